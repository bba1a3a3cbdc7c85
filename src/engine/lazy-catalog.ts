/** The embedded catalog, opened at its first use: statements that name no table need not load what reads and writes tables. */
import type { Catalog, CatalogTransaction } from '../catalog/catalog.ts'

export function lazyEmbeddedCatalog(name: string, directory: string): Catalog {
  let opened: Promise<Catalog> | undefined
  const open = (): Promise<Catalog> => (opened ??= openEmbedded(name, directory))
  return {
    ...lazyCatalog(name, open),
    transaction: () => lazyTransaction(name, async () => (await open()).transaction!()),
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
    createSchema: async (schema) => (await open()).createSchema!(schema),
  }
}

/** Before its first use there is nothing to commit, and nothing to go back to but the beginning. */
function lazyTransaction(name: string, begin: () => Promise<CatalogTransaction>): CatalogTransaction {
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
