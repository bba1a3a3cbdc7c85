// Exports of the module `table`: rows, hashes, join and group tables (see src/kernel/README.md for the conventions).
export * from './scatter'
export * from './gather'
export * from './select'
export * from './join'
export * from './compact-key'
export * from './filter'
export * from './group'
export { hashI8, hashI32, hashI64, hashF32, hashF64, hashB128, hashViews, hashCodes, hashRows } from './hash'
