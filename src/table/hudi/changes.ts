/**
 * Hudi's incremental query: the newest state of each record that commits of a range wrote.
 *
 *   commits after `from`, up to `to`   by completion time (layout 2) or instant (layout 1)
 *     --write stats--> files they wrote --file slices of those files alone--> merged rows --`_hoodie_commit_time` is one of theirs--> rows
 *
 * Deletes leave no state. What was in files before the range takes no part: so an older row of the log can show that the table itself no longer
 * has, as Hudi's own reader shows it. Mode `cdc` is change-images.ts.
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import { type Field, TIMESTAMPTZ, VARCHAR } from '../../core/types.ts'
import { joinLocation } from '../../storage/file-location.ts'
import { type ChangesRequest, type TableChanges, changeFields } from '../changes.ts'
import type { ColumnSource, Pushdown, ScanTask, Table, TableStatistics, VersionSpec } from '../table.ts'
import { changeImages } from './change-images.ts'
import { readCommit } from './commit-metadata.ts'
import { type FileSlice, type ListedDataFile, type SliceView, slicesOf } from './file-slices.ts'
import { hasArchive } from './history.ts'
import { type Instant, microsOf } from './instant.ts'
import { MergePlanner, type TextFilter } from './merge-task.ts'
import { listPartition } from './partitions.ts'
import { type HudiSnapshot, META_COLUMNS, readSlices, sliceView } from './snapshot.ts'
import { compareTexts } from './timeline.ts'
import { instantOfMicros } from './version.ts'
import { withConstants } from './with-constants.ts'

const COMMIT_TIME = { name: '_hoodie_commit_time', type: VARCHAR } as const

/** 0A000 for modes that the table has not, 22023 for a beginning that is not remembered any more. */
export async function hudiChanges(
  snapshot: HudiSnapshot,
  { from, to, mode, net, identifierColumns, asRows }: ChangesRequest,
  statistics: () => Promise<TableStatistics>,
): Promise<TableChanges> {
  const { name, config, fields } = snapshot
  if (mode !== 'auto' && mode !== 'incremental' && mode !== 'cdc')
    throw unsupported(`table_changes of Hudi table "${name}" in mode "${mode}"`)
  if (!config.hasMetaFields) throw unsupported(`table_changes of Hudi table "${name}", which has no meta columns,`)
  const range = await rangeOf(snapshot, from, to)
  if (mode === 'cdc') {
    if (range.isFromStart) await assertNothingArchived(snapshot)
    return changeImages(snapshot, range.commits, { net, identifierColumns, statistics })
  }
  const rows: Table = {
    name: `changes of ${name}`,
    format: 'hudi',
    schema: { fields: [...fields, ...changeFields(VARCHAR)] },
    hiddenColumns: META_COLUMNS,
    // An estimate: most rows of a range are fewer.
    statistics: async () => ({ ...(await statistics()), exact: false, columns: new Map() }),
    scan: (pushdown) => planChanges(snapshot, range, pushdown),
    metadataTables: () => [],
  }
  return { rows, carriesRowsOver: false, net: false, pairBy: [], ...(asRows === true ? { show: 'rows' } : {}) }
}

interface Range {
  /** The completed writes in it. */
  readonly commits: readonly Instant[]
  /** It begins before the table does: everything that is there belongs to it. */
  readonly isFromStart: boolean
}

async function rangeOf(
  { name, url, storage, config, timeline }: HudiSnapshot,
  from: VersionSpec | null,
  to: VersionSpec | null,
): Promise<Range> {
  const [after, until] = [from, to].map((version) => (version === null ? undefined : timeOf(version)))
  const [start] = timeline.writes
  const commits = timeline.writes.filter((instant) => {
    const time = instant.completedAt ?? instant.time
    return (after === undefined || time > after) && (until === undefined || time <= until)
  })
  const isFromStart = after === undefined || Number(after) === 0
  // Commits that were archived have left no list of what they wrote.
  const isBefore = !isFromStart && start !== undefined && after < start.time
  if (isBefore && (await hasArchive(storage, url, config))) {
    throw new SqlError('22023', `the changes of table "${name}" since "${after}" are gone`, {
      detail: `the timeline begins at instant "${start.time}"`,
    })
  }
  return { commits, isFromStart }
}

/** Commits that were archived have left no list of what they wrote. */
async function assertNothingArchived({ name, storage, url, config, timeline }: HudiSnapshot): Promise<void> {
  if (!(await hasArchive(storage, url, config))) return
  throw new SqlError('22023', `the first changes of table "${name}" are gone`, {
    detail: `the timeline begins at instant "${timeline.writes[0]?.time ?? ''}"`,
  })
}

/** A version as the time that completed (layout 1: requested) instants are compared with. */
export function timeOf(version: VersionSpec): string {
  return version.kind === 'timestamp' ? instantOfMicros(version.micros) : String(version.value)
}

async function* planChanges(
  snapshot: HudiSnapshot,
  { commits, isFromStart }: Range,
  pushdown: Pushdown,
): AsyncGenerator<ScanTask> {
  const last = commits
    .map(({ time }) => time)
    .sort(compareTexts)
    .at(-1)
  if (last === undefined) return
  const until = { ...snapshot, until: last }
  const view = await sliceView(until)
  const slices = isFromStart ? (await readSlices(until)).slices : await writtenSlices(snapshot, commits, view)
  const [typeField, versionField, timeField] = changeFields(VARCHAR) as readonly [Field, Field, Field]
  // Our version is a column of the rows.
  const columns = pushdown.columns.map((column) =>
    column.name === versionField.name ? { ...column, ...COMMIT_TIME } : column,
  )
  const planner = new MergePlanner(snapshot, view, { ...pushdown, columns }, [COMMIT_TIME])
  const parts = partsOf(
    { commits, isFromStart },
    columns.some(({ name }) => name === timeField.name),
  )
  for (const slice of slices) {
    for (const { filter, micros } of parts) {
      const task = planner.filteredTask(slice, filter)
      if (task === undefined) continue
      const constants = new Map<string, ColumnSource>([
        [typeField.name, { kind: 'constant', value: 'update_after', type: VARCHAR }],
        [timeField.name, { kind: 'constant', value: micros, type: TIMESTAMPTZ }],
      ])
      yield withConstants(task, columns, constants)
    }
  }
}

interface Part {
  readonly filter: TextFilter
  readonly micros: bigint | null
}

/** The rows of a range: together, or by their commits where the times of these are asked for. */
function partsOf({ commits, isFromStart }: Range, isByCommit: boolean): readonly Part[] {
  const { name } = COMMIT_TIME
  const values = commits.map(({ time }) => time)
  const others = { filter: { name, values, negated: true }, micros: null }
  if (!isByCommit)
    return [
      isFromStart
        ? { ...others, filter: { ...others.filter, values: [] } }
        : { ...others, filter: { name, values, negated: false } },
    ]
  const own = commits.map((commit) => ({
    filter: { name, values: [commit.time], negated: false },
    micros: microsOf(commit),
  }))
  return isFromStart ? [...own, others] : own
}

/** The slices made of the files that the commits wrote; 22023 when some of them were cleaned. */
async function writtenSlices(
  { name, storage, url }: HudiSnapshot,
  commits: readonly Instant[],
  view: SliceView,
): Promise<FileSlice[]> {
  const written = new Map<string, Map<string, WrittenFile>>()
  for (const commit of commits) {
    const { time } = commit
    for (const { partition, path, fileId } of (await readCommit(storage, commit)).writes) {
      let files = written.get(partition)
      if (files === undefined) written.set(partition, (files = new Map()))
      files.set(path.slice(path.lastIndexOf('/') + 1), { fileId, time })
    }
  }
  const slices: FileSlice[] = []
  for (const [partition, names] of [...written].sort(([a], [b]) => compareTexts(a, b))) {
    const folder = partition === '' ? url : joinLocation(url, partition)
    const files = (await listPartition(storage, folder)).filter((file) => names.has(file.name))
    assertComplete(name, files, names, (fileId) => view.replacedBy(partition, fileId) !== undefined)
    slices.push(...slicesOf(partition, files, view))
  }
  return slices
}

interface WrittenFile {
  readonly fileId: string
  /** Of the commit. */
  readonly time: string
}

/** A file that was cleaned is missed unless a base file that followed it, which has its rows too, was written in the range. */
function assertComplete(
  table: string,
  files: readonly ListedDataFile[],
  written: ReadonlyMap<string, WrittenFile>,
  isReplaced: (fileId: string) => boolean,
): void {
  const present = new Set(files.map(({ name }) => name))
  const newestBase = new Map<string, string>()
  for (const { parsed } of files) {
    const known = newestBase.get(parsed.fileId)
    if (parsed.kind === 'base' && (known === undefined || known < parsed.instant)) {
      newestBase.set(parsed.fileId, parsed.instant)
    }
  }
  for (const [file, { fileId, time }] of written) {
    if (present.has(file) || isReplaced(fileId) || (newestBase.get(fileId) ?? '') >= time) continue
    throw new SqlError('22023', `what commit "${time}" of table "${table}" wrote is no longer kept`, {
      detail: `file "${file}" is gone`,
    })
  }
}
