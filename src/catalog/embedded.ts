/**
 * The embedded catalog: Iceberg tables in folders of a directory, without a server.
 *
 *   lake/<table>            schema main
 *   lake/<schema>/<table>
 */
import { type AttachOptions, accessOf, checkOptions } from './attach-options.ts'
import type { Catalog } from './catalog.ts'
import { LakeDirectory } from './lake-directory.ts'

/** The directory need not exist: it is made when the first table is. */
export async function attachEmbedded(name: string, uri: string, options: AttachOptions): Promise<Catalog> {
  checkOptions(options, ['type', 'remap'])
  const directory = new LakeDirectory(uri, accessOf(options))
  return {
    name,
    kind: 'embedded',
    schemas: async () => directory.schemas(),
    tables: (schema) => directory.tables(schema),
    table: async (schema, table, at) => directory.open(schema, table, at),
  }
}
