/** `ATTACH 'dir' AS x (TYPE lake)`: every table found under a directory, whatever its format, and Iceberg's views. */
import { type AttachOptions, accessOf, checkOptions } from './attach-options.ts'
import type { Catalog, ViewDefinition } from './catalog.ts'
import { baseOfBinlog, binlogQuery, isBinlog } from '../table/paimon/inspect/binlog.ts'
import { ViewInsteadOfTable } from '../table/view-instead-of-table.ts'
import { LakeDirectory } from './lake-directory.ts'

/** 58P01 when there is no such directory; its content can't make this fail. */
export async function attachLake(name: string, uri: string, options: AttachOptions): Promise<Catalog> {
  checkOptions(options, ['type', 'remap'])
  const directory = new LakeDirectory(uri, accessOf(options))
  await directory.assertExists()
  // Nothing tells views from tables but their metadata, which is read when one is asked for as a table.
  const views = new Set<string>()
  return {
    name,
    kind: 'lake',
    schemas: async () => directory.schemas(),
    tables: (schema) => directory.tables(schema),
    async table(schema, table, at, settings) {
      try {
        return await directory.open(schema, table, at, settings)
      } catch (error) {
        if (error instanceof ViewInsteadOfTable) views.add(table)
        throw error
      }
    },
    hasViews: async (names) => names.some((table) => isBinlog(table) || views.has(table)),
    async view(schema, name) {
      if (views.has(name)) {
        const found = await icebergView(directory, schema, name)
        if (found !== undefined) return found
      }
      const table = isBinlog(name) ? await directory.open(schema, baseOfBinlog(name)) : undefined
      if (table?.format !== 'paimon') return undefined
      return { sql: binlogQuery(baseOfBinlog(name), table.schema.fields), columns: [], schema }
    },
  }
}

/** A view that another engine made; names in it are looked up in its own namespace, or where it lies. */
async function icebergView(
  directory: LakeDirectory,
  schema: string,
  name: string,
): Promise<ViewDefinition | undefined> {
  const { definitionOf, findView } = await import('./embedded-views.ts')
  const table = await directory.find(schema, name)
  const view = table?.format === 'iceberg' ? await findView(directory.access, table.url) : undefined
  if (view === undefined) return undefined
  const definition = definitionOf(view)
  const isSchema = (await directory.schemas()).includes(definition.schema)
  return isSchema ? definition : { ...definition, schema }
}
