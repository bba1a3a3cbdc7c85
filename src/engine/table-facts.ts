/** What a table is besides its columns, for people: by its metadata tables, where it has such. */
import { TIMESTAMPTZ } from '../core/types.ts'
import type { LiteralValue } from '../expr/expr.ts'
import type { Table } from '../table/table.ts'
import { formatText } from './format-value.ts'

/** Names and values: Format, Location, Snapshot, as far as they are known. Reads no more than opening the table did. */
export async function tableFacts(table: Table): Promise<readonly (readonly [name: string, value: string])[]> {
  const facts: [string, string][] = [['Format', table.format]]
  facts.push(...(table.layout?.() ?? []).map(([name, value]): [string, string] => [name, value]))
  if (table.facts !== undefined) return [...facts, ...table.facts()]
  const [file] = (await metadataRows(table, 'metadata_log_entries', ['file'])).at(-1) ?? []
  if (typeof file === 'string') facts.push(['Location', file.replace(/\/metadata\/[^/]*$/, '')])
  const snapshots = await metadataRows(table, 'snapshots', ['snapshot_id', 'committed_at'])
  // Older tables have no branch "main": the last snapshot that was made current is it.
  const [history] = (await metadataRows(table, 'history', ['snapshot_id'])).slice(-1)
  const branches = await metadataRows(table, 'refs', ['name', 'snapshot_id'])
  const current = branches.find(([name]) => name === 'main')?.[1] ?? history?.[0]
  const snapshot = snapshots.find(([id]) => id === current)
  if (snapshot !== undefined)
    facts.push(['Snapshot', `${String(snapshot[0])} (${formatText(snapshot[1]!, TIMESTAMPTZ)})`])
  return facts
}

/** Some columns of a metadata table; no rows when the table has none of that kind. */
async function metadataRows(table: Table, kind: string, columns: readonly string[]): Promise<LiteralValue[][]> {
  if (!table.metadataTables().includes(kind)) return []
  const metadata = await table.metadataTable?.(kind)
  const indexes = columns.map((name) => metadata?.schema.fields.findIndex((field) => field.name === name) ?? -1)
  return (metadata?.literalRows ?? []).map((row) => indexes.map((index) => row[index] ?? null))
}
