// Exports of the module `sort` (see src/kernel/README.md for the conventions).
export * from './encode'
export * from './sort'
export * from './merge'
export * from './bounds'
