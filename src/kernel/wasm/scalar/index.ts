// Exports of the module `scalar`: functions of numbers and times (see src/kernel/README.md for the conventions).
export * from './choose'
export * from './divide'
export { dayFields, clockFields, microsOfMinute, floorDivideI64, truncateToStep, truncateDays } from './fields'
export * from './lists'
export * from './numbers'
export { printDates, printF64, printI32, printI64, printMicros } from './print'
export { printTemplate } from './template'
export * from './shift'
