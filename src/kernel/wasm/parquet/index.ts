// Exports of the module `parquet` (see src/kernel/README.md for the conventions).
export * from './hybrid'
export * from './levels'
export * from './move'
export * from './plain'
export * from './delta'
export * from './split'
export * from './nested'
export * from './convert'
