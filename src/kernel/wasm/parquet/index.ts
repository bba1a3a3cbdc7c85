// Exports of the module `parquet` (see src/kernel/README.md for the conventions).
export * from './version'
