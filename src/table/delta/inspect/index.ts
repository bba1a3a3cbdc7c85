/** Metadata as tables: `t$history`, `t$detail`, `t$files`. A kind is a function beside this file and a line in KINDS. */
import { SqlError } from '../../../core/errors.ts'
import type { Field } from '../../../core/types.ts'
import { type MemoryTable, createMemoryTable } from '../../memory/memory-table.ts'
import type { MetadataTableContext } from './content.ts'
import type { Content } from '../../metadata-content.ts'
import { detail } from './detail-table.ts'
import { files } from './files-table.ts'
import { history } from './history-table.ts'

const KINDS: ReadonlyMap<string, (context: MetadataTableContext) => Promise<Content>> = new Map([
  ['history', history],
  ['detail', detail],
  ['files', files],
])

export const METADATA_TABLES: readonly string[] = [...KINDS.keys()]

/** 42P01 for a kind that is not one of METADATA_TABLES. */
export async function openMetadataTable(kind: string, context: MetadataTableContext): Promise<MemoryTable> {
  const read = KINDS.get(kind)
  if (read === undefined) throw new SqlError('42P01', `table "${context.name}" has no metadata table "${kind}"`)
  const { columns, rows } = await read(context)
  const fields = columns.map(([name, type]): Field => ({ name, type, nullable: true }))
  const values = columns.map((_, i) => rows.map((row) => row[i]!))
  return createMemoryTable(`${context.name}$${kind}`, { fields }, values)
}
