// Exports of the module `table` (see src/kernel/README.md for the conventions).
export * from './version'
