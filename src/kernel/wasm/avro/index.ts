// Exports of the module `avro` (see src/kernel/README.md for the conventions).
export * from './decode'
