// Exports of the module `string`: functions of texts over views (see src/kernel/README.md for the conventions).
export * from './cut'
export * from './find'
export * from './fold'
export { checkJson, jsonMembers, jsonSpans } from './json'
export * from './make'
export { md5Rows } from './md5'
