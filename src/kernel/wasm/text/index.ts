// Exports of the module `text` (see src/kernel/README.md for the conventions).
export * from './csv-rows'
export * from './csv-views'
export * from './json-rows'
export * from './numbers'
export * from './times'
export * from './utf8'
