// Exports of the module `lance` (see src/kernel/README.md for the conventions).
export * from './bit-packing'
export * from './values'
