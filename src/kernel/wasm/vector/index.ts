// Exports of the module `vector`: kernels over whole vectors (see src/kernel/README.md for the conventions).
export * from './select'
