// Exports of the module `store`: copying rows to pages that outlive a pipeline (see src/kernel/README.md for the conventions).
export * from './strings'
