/**
 * The changes between two versions, as a table of rows (table/changes.ts).
 *
 * Each commit says for itself whether its changes are recorded (change data feed) or are those of its files. Rows are read with the schema of
 * the version that the table is at; columns that came later are NULL in older ones.
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import { BIGINT, VARCHAR } from '../../core/types.ts'
import { type ChangeMode, type ChangeType, type ChangesRequest, type TableChanges } from '../changes.ts'
import { type ChangeTask, createChangesTable } from '../changes-table.ts'
import type { ColumnSource, DeleteFilter, Pushdown, TableStatistics, VersionSpec } from '../table.ts'
import type { DeltaFile, Metadata } from './actions.ts'
import { ColumnBinder, HIDDEN_COLUMNS } from './column-sources.ts'
import { type CommitChanges, type FileChange, readCommitChanges } from './commit-changes.ts'
import { type CommitTimeSource, CommitTimes } from './commit-times.ts'
import { readDeletionVector } from './deletion-vector.ts'
import { statisticsOf } from './file-statistics.ts'
import { type LogListing, earliestVersion } from './log-listing.ts'
import { assertSupported } from './protocol.ts'
import { ScanPruner } from './pruning.ts'
import { type ScanContext, type ScanMetrics, deletesOf, emptyMetrics, fileUrl } from './scan.ts'
import { fieldOf } from './schema.ts'

export interface ChangesContext extends ScanContext {
  /** Display name of the table. */
  readonly name: string
  readonly listing: LogListing
  readonly commitTime: CommitTimeSource
}

/** What `_change_type` is in files of recorded changes. */
const TYPE_NAMES: ReadonlyMap<string, ChangeType> = new Map<string, ChangeType>([
  ['insert', 'insert'],
  ['delete', 'delete'],
  ['update_preimage', 'update_before'],
  ['update_postimage', 'update_after'],
])

const RECORDED_TYPE: ColumnSource = { kind: 'file', field: { names: ['_change_type'], type: VARCHAR, children: [] } }

const MODES: ReadonlySet<ChangeMode> = new Set<ChangeMode>(['auto', 'append', 'changelog', 'cdc', 'diff'])

/** Rows of a file that does not say, by its bytes. */
const BYTES_A_ROW = 100

interface Commit extends CommitChanges {
  /** Micros since 1970. */
  readonly timestamp: bigint | null
}

/** Errors: 0A000 for modes that Delta has not, 22023 for versions that are gone. */
export async function readChanges(context: ChangesContext, request: ChangesRequest): Promise<TableChanges> {
  const { name, schema, access } = context
  const { mode, identifierColumns } = request
  if (!MODES.has(mode)) throw unsupported(`reading the changes of Delta table "${name}" in mode "${mode}"`)
  const from = request.from === null ? -1 : await versionOf(context, request.from, 'from')
  const to = request.to === null ? context.snapshot.version : await versionOf(context, request.to, 'to')
  if (from > to) throw new SqlError('22023', `changes from version ${from} to version ${to}: the range is reversed`)
  const usesRecorded = mode === 'auto' || mode === 'cdc' || mode === 'changelog'
  const times = new CommitTimes({
    access,
    listing: context.listing,
    metadata: context.snapshot.metadata,
    source: context.commitTime,
  })
  const commits: Commit[] = []
  let hasFeed = hasChangeFeed(context.snapshot.metadata)
  for (let version = from + 1; version <= to; version++) {
    const commit = await readCommitChanges(access, commitUrl(context, version), version, usesRecorded)
    checkCommit(context, commit)
    hasFeed ||= commit.changes.some(({ kind }) => kind === 'recorded')
    const ms = await times.timeOf(version, commit.info)
    commits.push({ ...commit, timestamp: ms === undefined ? null : BigInt(ms) * 1000n })
  }
  if (mode === 'cdc' && !hasFeed) {
    throw unsupported(`reading recorded changes of Delta table "${name}", which has no change data feed,`, {
      hint: "Leave out mode => 'cdc' to compare its files.",
    })
  }
  const wanted = mode === 'append' ? commits.filter(isAppend) : commits
  const rewrites = wanted.some((commit) => commit.rewrites)
  let metrics = emptyMetrics()
  return {
    rows: createChangesTable({
      name,
      format: 'delta',
      fields: schema.fields.map(fieldOf),
      hiddenColumns: HIDDEN_COLUMNS,
      versionType: BIGINT,
      statistics: async () => estimate(wanted),
      plan: (pushdown) => planChanges(context, wanted, pushdown, (metrics = emptyMetrics())),
      metrics: () => ({ ...metrics }),
    }),
    typeNames: TYPE_NAMES,
    // Where changes are recorded, what is not recorded is meant as it stands.
    carriesRowsOver: rewrites && !(hasFeed && (mode === 'auto' || mode === 'cdc')),
    net: request.net || mode === 'diff',
    pairBy: identifierColumns,
    insertsOnly: wanted.every(isAppend),
  }
}

function hasChangeFeed({ configuration }: Metadata): boolean {
  return configuration.get('delta.enableChangeDataFeed')?.toLowerCase() === 'true'
}

function isAppend({ changes }: CommitChanges): boolean {
  return changes.every(({ kind }) => kind === 'insert')
}

/** The number of a version that a range begins or ends with; -1 is before the first. 22023 when there is none. */
export async function versionOf(context: ChangesContext, spec: VersionSpec, which: 'from' | 'to'): Promise<number> {
  const { listing, access, snapshot, commitTime, name } = context
  if (spec.kind === 'version') {
    const version = Number(spec.value)
    const least = which === 'from' ? -1 : 0
    if (Number.isSafeInteger(version) && version >= least && version <= snapshot.version) return version
    throw new SqlError('22023', `version ${spec.value} of table "${name}" not found`, {
      hint: `Its last version is ${snapshot.version}; from => -1 is before the first.`,
    })
  }
  const times = new CommitTimes({ access, listing, metadata: snapshot.metadata, source: commitTime })
  const ms = Number(spec.micros / 1000n) - (spec.micros % 1000n < 0n ? 1 : 0)
  try {
    return await times.versionAt(ms, name)
  } catch (error) {
    // Before all versions: from the beginning, if that is kept.
    if (which === 'from' && error instanceof SqlError && listing.commits.has(0)) return -1
    throw error
  }
}

function commitUrl({ listing, name }: ChangesContext, version: number): string {
  const url = listing.commits.get(version)
  if (url !== undefined) return url
  const kept = [...listing.commits.keys()].reduce((a, b) => Math.min(a, b), Infinity)
  throw new SqlError('22023', `the changes of version ${version} of table "${name}" are no longer kept`, {
    hint: `The log begins with version ${Number.isFinite(kept) ? kept : (earliestVersion(listing) ?? 0)}.`,
  })
}

/** Changes across a change of what rows are divided by cannot be read with one schema. */
function checkCommit({ name, snapshot }: ChangesContext, { version, metadata, protocol }: CommitChanges): void {
  if (protocol !== undefined) assertSupported(protocol, name)
  const columns = snapshot.metadata.partitionColumns
  if (metadata === undefined || metadata.partitionColumns.length === columns.length) return
  throw unsupported(
    `reading changes of Delta table "${name}" at version ${version}, where its partition columns changed,`,
  )
}

function checkPartition({ partitions, name }: ChangesContext, change: FileChange): void {
  if (change.kind !== 'delete' || change.hasPartition || partitions.length === 0) return
  throw unsupported(`reading changes of Delta table "${name}", whose log has no partition values of removed files,`, {
    detail: `file "${change.file.path}"`,
  })
}

async function* planChanges(
  context: ChangesContext,
  commits: readonly Commit[],
  pushdown: Pushdown,
  metrics: ScanMetrics,
): AsyncGenerator<ChangeTask> {
  const binder = new ColumnBinder(pushdown.columns, context)
  const pruner = new ScanPruner(pushdown, context.schema, binder)
  for (const [ordinal, { version, timestamp, changes }] of commits.entries()) {
    for (const change of changes) {
      const { file } = change
      checkPartition(context, change)
      const values = binder.partitionValues(file)
      metrics.files_total++
      if (!pruner.partitionMightMatch(values)) {
        metrics.files_skipped_by_partition++
        continue
      }
      if (pruner.wantsStatistics && !pruner.fileMightMatch(file, statisticsOf(file), values)) {
        metrics.files_skipped_by_statistics++
        continue
      }
      const url = fileUrl(context, file)
      const columns = binder.sources(url, file, values)
      for (const { type, deletes, only } of await rowsOf(context, change)) {
        yield {
          task: {
            file: { url, format: 'parquet', byteCount: file.byteCount },
            columns,
            deletes,
            ...(only === undefined ? {} : { only }),
            residual: pushdown.predicate,
          },
          change: { type, version: BigInt(version), timestamp, ordinal },
        }
      }
    }
  }
}

interface ChangedRows {
  readonly type: ChangeType | ColumnSource
  readonly deletes: readonly DeleteFilter[]
  readonly only?: readonly DeleteFilter[]
}

async function rowsOf(context: ChangesContext, change: FileChange): Promise<readonly ChangedRows[]> {
  switch (change.kind) {
    case 'recorded':
      return [{ type: RECORDED_TYPE, deletes: [] }]
    case 'insert':
    case 'delete':
      return [{ type: change.kind, deletes: await deletesOf(context, change.file) }]
    case 'vector': {
      const before = await deletedRows(context, change.before)
      const after = await deletedRows(context, change.file)
      const parts: ChangedRows[] = []
      const gone = without(after, before)
      const back = without(before, after)
      if (gone.length > 0) parts.push({ type: 'delete', deletes: [], only: [{ kind: 'positions', rows: gone }] })
      if (back.length > 0) parts.push({ type: 'insert', deletes: [], only: [{ kind: 'positions', rows: back }] })
      return parts
    }
  }
}

async function deletedRows({ access, tableUrl }: ScanContext, { deletionVector }: DeltaFile): Promise<BigInt64Array> {
  if (deletionVector === undefined) return new BigInt64Array()
  return readDeletionVector(access, tableUrl, deletionVector)
}

/** The numbers of `rows` that `others` lacks; both ascend. */
function without(rows: BigInt64Array, others: BigInt64Array): BigInt64Array {
  let at = 0
  return rows.filter((row) => {
    while (at < others.length && others[at]! < row) at++
    return others[at] !== row
  })
}

function estimate(commits: readonly Commit[]): TableStatistics {
  const files = commits.flatMap(({ changes }) => changes.map(({ file }) => file))
  const rows = files.map((file) => statisticsOf(file).rowCount ?? Math.ceil(file.byteCount / BYTES_A_ROW))
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
  return {
    rowCount: sum(rows),
    exact: false,
    byteCount: sum(files.map(({ byteCount }) => byteCount)),
    fileCount: files.length,
    columns: new Map(),
  }
}
