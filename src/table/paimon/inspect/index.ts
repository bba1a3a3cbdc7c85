/**
 * Metadata as tables: `t$snapshots`, `t$files`, ... with the columns of Paimon's own. A kind is a function beside this file and a line in
 * KINDS. `t$ro` is the table without what needs merging, `t$audit_log` the table with the kinds of rows.
 *
 * Spec: Apache Paimon, "System Tables".
 */
import { SqlError } from '../../../core/errors.ts'
import type { Field } from '../../../core/types.ts'
import { createMemoryTable } from '../../memory/memory-table.ts'
import type { Table } from '../../table.ts'
import type { PaimonContext } from '../context.ts'
import type { PaimonScanOptions } from '../scan.ts'
import type { Content } from '../../metadata-content.ts'
import { buckets, files, manifests, partitions } from './file-tables.ts'
import { branches, consumers, options, schemas, snapshots, tags } from './snapshot-tables.ts'

type Reader = (context: PaimonContext) => Content | Promise<Content>

const KINDS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['snapshots', snapshots],
  ['schemas', schemas],
  ['options', options],
  ['tags', tags],
  ['branches', branches],
  ['consumers', consumers],
  ['files', files],
  ['manifests', manifests],
  ['partitions', partitions],
  ['buckets', buckets],
])

/** The table itself, read otherwise. */
const SCANS: ReadonlyMap<string, PaimonScanOptions> = new Map([
  ['ro', { readOptimized: true }],
  ['audit_log', { audit: true }],
])

export const METADATA_TABLES: readonly string[] = [...KINDS.keys(), ...SCANS.keys()]

/** How the table itself is read; undefined for other kinds. */
export function scanOptionsOf(kind: string): PaimonScanOptions | undefined {
  return SCANS.get(kind)
}

/** 42P01 for a kind that is not one of METADATA_TABLES, or is the table itself. */
export async function openMetadataTable(kind: string, name: string, context: PaimonContext): Promise<Table> {
  const read = KINDS.get(kind)
  if (read === undefined) throw new SqlError('42P01', `table "${name}" has no metadata table "${kind}"`)
  const { columns, rows } = await read(context)
  const fields = columns.map(([column, type]): Field => ({ name: column, type, nullable: true }))
  const values = columns.map((_, i) => rows.map((row) => row[i]!))
  return createMemoryTable(`${name}$${kind}`, { fields }, values)
}
