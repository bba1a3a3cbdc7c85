/** `ATTACH 'dir' AS x (TYPE lake)`: every table found under a directory, whatever its format. */
import { type AttachOptions, accessOf, checkOptions } from './attach-options.ts'
import type { Catalog } from './catalog.ts'
import { baseOfBinlog, binlogQuery, isBinlog } from '../table/paimon/inspect/binlog.ts'
import { LakeDirectory } from './lake-directory.ts'

/** 58P01 when there is no such directory; its content can't make this fail. */
export async function attachLake(name: string, uri: string, options: AttachOptions): Promise<Catalog> {
  checkOptions(options, ['type', 'remap'])
  const directory = new LakeDirectory(uri, accessOf(options))
  await directory.assertExists()
  return {
    name,
    kind: 'lake',
    schemas: async () => directory.schemas(),
    tables: (schema) => directory.tables(schema),
    table: async (schema, table, at, settings) => directory.open(schema, table, at, settings),
    hasViews: async (names) => names.some(isBinlog),
    async view(schema, name) {
      const table = isBinlog(name) ? await directory.open(schema, baseOfBinlog(name)) : undefined
      if (table?.format !== 'paimon') return undefined
      return { sql: binlogQuery(baseOfBinlog(name), table.schema.fields), columns: [], schema }
    },
  }
}
