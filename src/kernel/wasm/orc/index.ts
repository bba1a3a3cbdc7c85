// Exports of the module `orc` (see src/kernel/README.md for the conventions).
export * from './bytes'
export * from './integers'
export * from './decimals'
export * from './timestamps'
export * from './values'
