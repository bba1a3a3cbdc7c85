// Exports of the module `codec` (see src/kernel/README.md for the conventions).
export * from './version'
