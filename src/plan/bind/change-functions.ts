/** The functions that give changes: `table_changes`, and the names under which the formats' own engines have it. A new name: one entry below. */
import type { ChangeMode } from '../../table/changes.ts'

export type ChangeArgument = 'table' | 'schema' | 'from' | 'to' | 'mode' | 'net' | 'identifier_columns'

export interface ChangeFunction {
  /** By place. */
  readonly parameters: readonly ChangeArgument[]
  /** Delta's own function has the start as a part of the range. */
  readonly start: 'exclusive' | 'inclusive'
  /** Rows as they are after the changes, without what happened to them. */
  readonly asRows?: boolean
  /** Versions are times: integers and digits are milliseconds. */
  readonly byTime?: boolean
  /** The engine's names of modes, where they are not ours. */
  readonly modes?: ReadonlyMap<string, ChangeMode>
  /** The engine's word for the beginning. */
  readonly beginning?: string
}

const OURS: readonly ChangeArgument[] = ['table', 'from', 'to', 'mode', 'net', 'identifier_columns']

const FUNCTIONS: ReadonlyMap<string, ChangeFunction> = new Map<string, ChangeFunction>([
  ['table_changes', { parameters: OURS, start: 'exclusive' }],
  ['delta_table_changes', { parameters: OURS, start: 'inclusive' }],
  ['paimon_incremental_query', { parameters: OURS, start: 'exclusive', asRows: true }],
  ['paimon_incremental_between_timestamp', { parameters: OURS, start: 'exclusive', asRows: true, byTime: true }],
  [
    'hudi_table_changes',
    {
      parameters: ['table', 'mode', 'from', 'to'],
      start: 'exclusive',
      modes: new Map<string, ChangeMode>([
        ['latest_state', 'incremental'],
        ['cdc', 'cdc'],
      ]),
      beginning: 'earliest',
    },
  ],
])

/** Arguments as Trino's `system.table_changes` calls them. */
const OTHER_NAMES: ReadonlyMap<string, ChangeArgument> = new Map<string, ChangeArgument>([
  ['schema_name', 'schema'],
  ['table_name', 'table'],
  ['start_snapshot_id', 'from'],
  ['end_snapshot_id', 'to'],
  ['since_version', 'from'],
])

/** By its name in lower case. */
export function changeFunction(name: string): ChangeFunction | undefined {
  return FUNCTIONS.get(name)
}

/** The argument that a name in a call means. */
export function changeArgument(name: string): ChangeArgument | undefined {
  const lower = name.toLowerCase()
  return OURS.find((one) => one === lower) ?? OTHER_NAMES.get(lower)
}
