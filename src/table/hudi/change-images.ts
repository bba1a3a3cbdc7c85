/**
 * Hudi's change data: what each commit did to the rows of the file groups that it wrote or replaced.
 *
 *   commit C wrote file group f   slice of f before C  --> its rows as deletes
 *                                 slice of f after C   --> its rows as inserts
 *
 * The engine takes out what is in both and pairs the rest by record key (table/changes.ts). So changes come out whatever the writer's logging mode
 * is, also where it logged none; an update that changes no column is no change. Compactions change nothing and are passed over.
 *
 * Spec: Apache Hudi, "Change Data Capture" (RFC-51).
 */
import { SqlError } from '../../core/errors.ts'
import { type Field, INTEGER, TIMESTAMPTZ, VARCHAR } from '../../core/types.ts'
import { joinLocation } from '../../storage/file-location.ts'
import { CHANGE_ORDINAL, type ChangesRequest, type TableChanges, changeFields } from '../changes.ts'
import type { ColumnSource, Pushdown, ScanTask, TableStatistics } from '../table.ts'
import { type CommitMetadata, readCommit } from './commit-metadata.ts'
import { type FileSlice, slicesOf } from './file-slices.ts'
import { type Instant, microsOf } from './instant.ts'
import { MergePlanner } from './merge-task.ts'
import { listPartition } from './partitions.ts'
import { withConstants } from './with-constants.ts'
import { type HudiSnapshot, META_COLUMNS, sliceView } from './snapshot.ts'
import { compareTexts } from './timeline.ts'
import { assertRetained } from './version.ts'

/** Rewrites of rows that are there already. */
const REWRITES: ReadonlySet<string> = new Set(['COMPACT', 'LOG_COMPACT', 'CLUSTER'])

/** Rows that tell of an earlier and a later state of the same record. */
const IDENTITY = ['_hoodie_record_key', '_hoodie_partition_path'] as const

/** The changes of some completed commits, in their order. */
export function changeImages(
  snapshot: HudiSnapshot,
  commits: readonly Instant[],
  options: Pick<ChangesRequest, 'net' | 'identifierColumns'> & { readonly statistics: () => Promise<TableStatistics> },
): TableChanges {
  const { net, identifierColumns, statistics } = options
  const rows = {
    name: `changes of ${snapshot.name}`,
    format: 'hudi',
    schema: { fields: [...snapshot.fields, ...changeFields(VARCHAR)] },
    hiddenColumns: [...META_COLUMNS, CHANGE_ORDINAL],
    statistics: async () => ({ ...(await statistics()), exact: false, columns: new Map() }),
    scan: (pushdown: Pushdown) => planImages(snapshot, commits, pushdown),
    metadataTables: () => [],
  }
  return { rows, carriesRowsOver: true, net, pairBy: identifierColumns.length > 0 ? identifierColumns : IDENTITY }
}

async function* planImages(
  snapshot: HudiSnapshot,
  commits: readonly Instant[],
  pushdown: Pushdown,
): AsyncGenerator<ScanTask> {
  for (const [ordinal, commit] of commits.entries()) {
    const written = await readCommit(snapshot.storage, commit)
    if (REWRITES.has(written.operation.toUpperCase())) continue
    const groups = groupsOf(written)
    const before = snapshot.timeline.writes.findLast(({ time }) => time < commit.time)
    if (before !== undefined) {
      await assertReadable(snapshot, before.time, commit)
      yield* imagesAt({ ...snapshot, until: before.time }, groups, pushdown, sourcesOf('delete', commit, ordinal))
    }
    yield* imagesAt({ ...snapshot, until: commit.time }, groups, pushdown, sourcesOf('insert', commit, ordinal))
  }
}

/** Files of the version before may have been cleaned: without them all rows would look new. */
async function assertReadable(snapshot: HudiSnapshot, before: string, { time }: Instant): Promise<void> {
  try {
    await assertRetained(before, snapshot)
  } catch (error) {
    if (!(error instanceof SqlError)) throw error
    throw new SqlError('22023', `what commit "${time}" of table "${snapshot.name}" changed is gone`, {
      ...(error.detail === undefined ? {} : { detail: error.detail }),
      cause: error,
    })
  }
}

/** Ids of the file groups that a commit wrote or replaced, by partition. */
function groupsOf({ writes, replaced }: CommitMetadata): ReadonlyMap<string, ReadonlySet<string>> {
  const groups = new Map<string, Set<string>>()
  const add = (partition: string, fileId: string): void => {
    const ids = groups.get(partition)
    if (ids === undefined) groups.set(partition, new Set([fileId]))
    else ids.add(fileId)
  }
  for (const { partition, fileId } of writes) add(partition, fileId)
  for (const [partition, ids] of replaced) for (const id of ids) add(partition, id)
  return groups
}

/** The rows that file groups had at the snapshot's instant. */
async function* imagesAt(
  snapshot: HudiSnapshot,
  groups: ReadonlyMap<string, ReadonlySet<string>>,
  pushdown: Pushdown,
  constants: ReadonlyMap<string, ColumnSource>,
): AsyncGenerator<ScanTask> {
  const view = await sliceView(snapshot)
  const planner = new MergePlanner(snapshot, view, pushdown)
  for (const [partition, ids] of [...groups].sort(([a], [b]) => compareTexts(a, b))) {
    const folder = partition === '' ? snapshot.url : joinLocation(snapshot.url, partition)
    const files = (await listPartition(snapshot.storage, folder)).filter(({ parsed }) => ids.has(parsed.fileId))
    for (const slice of slicesOf(partition, files, view)) {
      const task = imageTask(planner, slice)
      if (task !== undefined) yield withConstants(task, pushdown.columns, constants)
    }
  }
}

function imageTask(planner: MergePlanner, slice: FileSlice): ScanTask | undefined {
  return planner.task(slice) ?? (slice.base === undefined ? undefined : planner.baseTask(slice.base, slice.partition))
}

function sourcesOf(type: 'insert' | 'delete', commit: Instant, ordinal: number): ReadonlyMap<string, ColumnSource> {
  const [typeField, versionField, timeField] = changeFields(VARCHAR) as readonly [Field, Field, Field]
  return new Map<string, ColumnSource>([
    [typeField.name, { kind: 'constant', value: type, type: VARCHAR }],
    [versionField.name, { kind: 'constant', value: commit.time, type: VARCHAR }],
    [timeField.name, { kind: 'constant', value: microsOf(commit), type: TIMESTAMPTZ }],
    [CHANGE_ORDINAL.name, { kind: 'constant', value: ordinal, type: INTEGER }],
  ])
}
