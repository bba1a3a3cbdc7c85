/** Which columns take their values from a sequence: what their defaults say. */
import type { Catalog } from '../../catalog/catalog.ts'
import type { Sequence } from '../../catalog/sequence.ts'
import { renamedIn } from './default-text.ts'

export interface SequenceUser {
  readonly schema: string
  readonly table: string
  readonly column: string
  /** Its default. */
  readonly text: string
}

/** Columns of the catalog's tables whose defaults name the sequence. Opens all of them. */
export async function usersOf(catalog: Catalog, sequence: Sequence): Promise<readonly SequenceUser[]> {
  const users: SequenceUser[] = []
  for (const schema of await catalog.schemas()) {
    for await (const { name, format } of catalog.tables(schema)) {
      if (format !== 'iceberg') continue
      const table = await catalog.table(schema, name).catch(() => undefined)
      for (const [column, text] of table?.rules?.defaults ?? []) {
        if (renamedIn(text, sequence, sequence.name) !== undefined) users.push({ schema, table: name, column, text })
      }
    }
  }
  return users
}
