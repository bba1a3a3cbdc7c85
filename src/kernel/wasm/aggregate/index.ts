// Exports of the module `aggregate`: states of aggregates in rows (see src/kernel/README.md for the conventions).
export * from './sum'
export {
  extremeI8Rows, extremeI32Rows, extremeI64Rows, extremeF32Rows, extremeF64Rows, extreme128Rows, extremeBytesRows,
  extremeI8Runs, extremeI32Runs, extremeI64Runs, extremeF32Runs, extremeF64Runs,
} from './extreme'
export * from './moments'
export * from './merge'
export * from './finish'
