/** The embedded catalog, opened at its first use: statements that name no table need not load what reads and writes tables. */
import type { Catalog } from '../catalog/catalog.ts'

export function lazyEmbeddedCatalog(name: string, directory: string): Catalog {
  let opened: Promise<Catalog> | undefined
  const open = (): Promise<Catalog> => (opened ??= openEmbedded(name, directory))
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
    createSchema: async (schema) => (await open()).createSchema!(schema),
  }
}

async function openEmbedded(name: string, directory: string): Promise<Catalog> {
  const { attachCatalog } = await import('../catalog/index.ts')
  return attachCatalog(name, directory, { type: 'embedded' })
}
