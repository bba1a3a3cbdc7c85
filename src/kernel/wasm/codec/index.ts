// Exports of the module `codec`: decompression (see src/kernel/README.md for the conventions).
export * from './snappy'
export * from './lz4'
export * from './lzo'
export { zstdBlock, zstdBound, zstdDecode, zstdStateBytes, zstdWorkBytes } from './zstd'
export * from './xxhash64'
export * from './inflate'
