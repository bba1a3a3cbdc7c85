/**
 * Metadata as tables: `t$snapshots`, `t$files`, ... with the columns of Iceberg's own for Spark. A kind is a function beside this file and a line in
 * KINDS.
 *
 * Spec: Iceberg documentation, "Spark Queries, Inspecting tables".
 */
import { SqlError } from '../../../core/errors.ts'
import type { Field } from '../../../core/types.ts'
import { createMemoryTable } from '../../memory/memory-table.ts'
import type { Table } from '../../table.ts'
import { type MetadataTableContext, allManifestsOf } from './content.ts'
import type { Content } from '../../metadata-content.ts'
import { allManifests, entries, files, manifests } from './file-tables.ts'
import { partitions } from './partitions-table.ts'
import { PositionDeletesTable } from './position-deletes-table.ts'
import { history, metadataLog, refs, snapshots } from './snapshot-tables.ts'

type Reader = (context: MetadataTableContext) => Content | Promise<Content>

const KINDS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['snapshots', snapshots],
  ['history', history],
  ['refs', refs],
  ['metadata_log_entries', metadataLog],
  ['manifests', manifests],
  ['files', async (context) => files(context, () => true)],
  ['data_files', async (context) => files(context, (file) => file.content === 'data')],
  ['delete_files', async (context) => files(context, (file) => file.content !== 'data')],
  ['entries', async (context) => entries(context)],
  ['all_files', async (context) => files(context, () => true, allManifestsOf)],
  ['all_data_files', async (context) => files(context, (file) => file.content === 'data', allManifestsOf)],
  ['all_delete_files', async (context) => files(context, (file) => file.content !== 'data', allManifestsOf)],
  ['all_entries', async (context) => entries(context, allManifestsOf)],
  ['all_manifests', allManifests],
  ['partitions', partitions],
])

const POSITION_DELETES = 'position_deletes'

export const METADATA_TABLES: readonly string[] = [...KINDS.keys(), POSITION_DELETES]

/** 42P01 for a kind that is not one of METADATA_TABLES. */
export async function openMetadataTable(kind: string, context: MetadataTableContext): Promise<Table> {
  if (kind === POSITION_DELETES) return new PositionDeletesTable(context)
  const read = KINDS.get(kind)
  if (read === undefined) throw new SqlError('42P01', `table "${context.name}" has no metadata table "${kind}"`)
  const { columns, rows } = await read(context)
  const fields = columns.map(([name, type]): Field => ({ name, type, nullable: true }))
  const values = columns.map((_, i) => rows.map((row) => row[i]!))
  return createMemoryTable(`${context.name}$${kind}`, { fields }, values)
}
