// Exports of the module `aggregate` (see src/kernel/README.md for the conventions).
export * from './version'
