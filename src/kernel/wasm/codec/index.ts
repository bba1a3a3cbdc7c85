// Exports of the module `codec`: decompression (see src/kernel/README.md for the conventions).
export * from './snappy'
