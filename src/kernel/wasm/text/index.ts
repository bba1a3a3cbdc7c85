// Exports of the module `text` (see src/kernel/README.md for the conventions).
export * from './csv-rows'
export * from './csv-views'
export { jsonRows } from './json-rows'
export { jsonEscapedBytes, jsonViews } from './json-views'
export * from './numbers'
export * from './times'
export * from './utf8'
