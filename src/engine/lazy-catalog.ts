/** The embedded catalog, opened at its first use: statements that name no table need not load what reads and writes tables. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Catalog, CatalogTransaction } from '../catalog/catalog.ts'

export function lazyEmbeddedCatalog(name: string, directory: string): Catalog {
  let opened: Promise<Catalog> | undefined
  const open = (): Promise<Catalog> => (opened ??= openEmbedded(name, directory))
  // Asked before each query: the catalog need not be opened for it.
  const hasViews = async (): Promise<boolean> => existsSync(join(directory, '.sluice', 'views'))
  // As cheap: only what is there is read.
  const functions: Catalog['functions'] = async (schema, of) =>
    existsSync(join(directory, '.sluice', 'functions')) ? (await open()).functions!(schema, of) : []
  return {
    ...lazyCatalog(name, open),
    hasViews,
    functions,
    transaction: () => lazyTransaction(name, async () => (await open()).transaction!(), { hasViews, functions }),
  }
}

function lazyCatalog(name: string, open: () => Promise<Catalog>): Catalog {
  return {
    name,
    kind: 'embedded',
    schemas: async () => (await open()).schemas(),
    async *tables(schema) {
      yield* (await open()).tables(schema)
    },
    table: async (schema, table, at) => (await open()).table(schema, table, at),
    createTable: async (request) => (await open()).createTable!(request),
    stageTable: async (request, context) => (await open()).stageTable!(request, context),
    dropTable: async (schema, table) => (await open()).dropTable!(schema, table),
    alterTable: async (schema, table, changes) => (await open()).alterTable!(schema, table, changes),
    renameTable: async (from, to) => (await open()).renameTable!(from, to),
    renameSchema: async (from, to) => (await open()).renameSchema!(from, to),
    createSchema: async (schema) => (await open()).createSchema!(schema),
    dropSchema: async (schema) => (await open()).dropSchema!(schema),
    view: async (schema, view) => (await open()).view!(schema, view),
    createView: async (schema, view, request) => (await open()).createView!(schema, view, request),
    dropView: async (schema, view) => (await open()).dropView!(schema, view),
    createFunction: async (schema, definition, orReplace) =>
      (await open()).createFunction!(schema, definition, orReplace),
    dropFunction: async (schema, definition) => (await open()).dropFunction!(schema, definition),
    sequences: async () => (await open()).sequences!(),
  }
}

/** Before its first use there is nothing to commit, and nothing to go back to but the beginning. */
function lazyTransaction(
  name: string,
  begin: () => Promise<CatalogTransaction>,
  unchanged: Pick<Catalog, 'hasViews' | 'functions'>,
): CatalogTransaction {
  let begun: Promise<CatalogTransaction> | undefined
  let inner: CatalogTransaction | undefined
  const open = (): Promise<CatalogTransaction> =>
    (begun ??= begin().then((transaction) => {
      inner = transaction
      first = transaction.savepoint()
      return transaction
    }))
  let first: unknown
  return {
    ...lazyCatalog(name, open),
    // Until it has made one.
    hasViews: async (names) => (inner === undefined ? unchanged.hasViews!(names) : inner.hasViews!(names)),
    functions: async (schema, of) =>
      inner === undefined ? unchanged.functions!(schema, of) : inner.functions!(schema, of),
    savepoint: () => inner?.savepoint(),
    rollbackTo: async (savepoint) => inner?.rollbackTo(savepoint ?? first),
    commit: async () => inner?.commit(),
    rollback: async () => inner?.rollback(),
  }
}

async function openEmbedded(name: string, directory: string): Promise<Catalog> {
  const { attachCatalog } = await import('../catalog/index.ts')
  return attachCatalog(name, directory, { type: 'embedded' })
}
