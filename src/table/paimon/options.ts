/**
 * Options of a table that decide which rows it has. Those that are known and change nothing about reading (how to write, compact, expire) are
 * passed over; those that would change rows and are not implemented are refused by name.
 *
 * Spec: Apache Paimon, "Configurations", CoreOptions.
 */
import { unsupported } from '../../core/errors.ts'

export type MergeEngineName = 'deduplicate' | 'partial-update' | 'aggregation' | 'first-row'

export interface PaimonOptions {
  readonly mergeEngine: MergeEngineName
  readonly sequenceFields: readonly string[]
  readonly sequenceDescending: boolean
  readonly ignoreDelete: boolean
  readonly deletionVectors: boolean
  /** Level 0 is merged with what deletion vectors leave of the levels above. */
  readonly mergesOnRead: boolean
  readonly defaultPartitionName: string
  readonly legacyPartitionName: boolean
  readonly dataFileDirectory: string | undefined
  /** Files of deletion vectors lie beside the data. */
  readonly indexInDataFolder: boolean
  readonly fallbackBranch: string | undefined
  readonly dataEvolution: boolean
  readonly rowTracking: boolean
  /** The number of the highest level. */
  readonly topLevel: number
  readonly all: ReadonlyMap<string, string>
}

const MERGE_ENGINES: readonly string[] = ['deduplicate', 'partial-update', 'aggregation', 'first-row']

/** Options with the only values that are read; other values are refused. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  type: ['table', 'materialized-table'],
  'scan.mode': ['default', 'latest-full', 'full'],
  'chain-table.enabled': ['false'],
  'pk-clustering-override': ['false'],
  'sequence.snapshot-ordering': ['false'],
  'query-auth.enabled': ['false'],
  'postpone.merge-on-read': ['false'],
  'sequence.field.sort-order': ['ascending', 'descending'],
  'sort-engine': ['loser-tree', 'min-heap'],
  branch: ['main'],
}

/** Options that choose a part of the table, or another one. */
const REFUSED: readonly string[] = [
  'scan.snapshot-id',
  'scan.tag-name',
  'scan.timestamp',
  'scan.timestamp-millis',
  'scan.watermark',
  'scan.version',
  'scan.bucket',
  'scan.creation-time-millis',
  'scan.file-creation-time-millis',
  'scan.fallback-snapshot-branch',
  'scan.fallback-delta-branch',
  'scan.primary-branch',
  'incremental-between',
  'incremental-between-timestamp',
  'incremental-to-auto-tag',
  'consumer-id',
]

/** Errors: 0A000 naming the option. */
export function readOptions(options: ReadonlyMap<string, string>): PaimonOptions {
  for (const key of REFUSED) {
    if (options.has(key)) throw unsupported(`the Paimon table option "${key}"`)
  }
  for (const [key, values] of Object.entries(ONLY)) {
    const value = options.get(key)?.toLowerCase()
    if (value !== undefined && !values.includes(value)) {
      throw unsupported(`the Paimon table option "${key}" = "${options.get(key)}"`)
    }
  }
  const isSet = (key: string, byDefault = false): boolean =>
    (options.get(key)?.trim().toLowerCase() ?? String(byDefault)) === 'true'
  const mergeEngine = options.get('merge-engine')?.trim().toLowerCase() ?? 'deduplicate'
  if (!MERGE_ENGINES.includes(mergeEngine)) throw unsupported(`the Paimon merge engine "${mergeEngine}"`)
  return {
    mergeEngine: mergeEngine as MergeEngineName,
    sequenceFields: listOf(options.get('sequence.field')),
    sequenceDescending: options.get('sequence.field.sort-order')?.toLowerCase() === 'descending',
    ignoreDelete: isIgnoreDelete(options),
    deletionVectors: isSet('deletion-vectors.enabled'),
    mergesOnRead: isSet('deletion-vectors.merge-on-read'),
    defaultPartitionName: options.get('partition.default-name') ?? '__DEFAULT_PARTITION__',
    legacyPartitionName: isSet('partition.legacy-name', true),
    dataFileDirectory: options.get('data-file.path-directory'),
    indexInDataFolder: isSet('index-file-in-data-file-dir'),
    fallbackBranch: options.get('scan.fallback-branch'),
    dataEvolution: isSet('data-evolution.enabled'),
    rowTracking: isSet('row-tracking.enabled'),
    topLevel: topLevelOf(options),
    all: options,
  }
}

const COMPACTION_TRIGGER = 5

/** Unless it is set, there is one level more than sorted runs that start a compaction; levels count from 0. */
function topLevelOf(options: ReadonlyMap<string, string>): number {
  const trigger = Number(options.get('num-sorted-run.compaction-trigger') ?? COMPACTION_TRIGGER)
  return Number(options.get('num-levels') ?? trigger + 1) - 1
}

/** Older names of the option go on to work. */
function isIgnoreDelete(options: ReadonlyMap<string, string>): boolean {
  const names = ['', 'first-row.', 'deduplicate.', 'partial-update.'].map((prefix) => `${prefix}ignore-delete`)
  return names.some((name) => options.get(name)?.trim().toLowerCase() === 'true')
}

/** Names between commas. */
export function listOf(text: string | undefined): readonly string[] {
  return text === undefined
    ? []
    : text
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '')
}
