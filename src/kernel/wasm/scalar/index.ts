// Exports of the module `scalar`: functions of numbers and times (see src/kernel/README.md for the conventions).
export * from './choose'
export * from './divide'
export { dayFields, clockFields, microsOfMinute, floorDivideI64, truncateToStep, truncateDays } from './fields'
export * from './numbers'
export * from './print'
export * from './shift'
