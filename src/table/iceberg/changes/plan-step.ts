/**
 * What changed from one snapshot to the next, as scan tasks. For each data file, with D(s) the deletes that apply to it in snapshot s:
 *
 *   in the newer one only   inserts: its rows without D(newer)
 *   in the older one only   deletes: its rows without D(older)
 *   in both                 deletes: the rows that the added delete files hit, without D(older)
 *                           inserts: the rows that delete files hit which are gone, without D(newer)
 *
 * Files in both are looked for only when delete files changed, and read only when one of these applies to them. Rewriting files (compaction) gives rows
 * that cancel out; commits that say they did only that are not read at all.
 */
import type { DeleteFilter, ScanTask } from '../../table.ts'
import type { Change, ChangeTask } from '../../changes-table.ts'
import type { ColumnBinder } from '../column-sources.ts'
import { DeleteIndex } from '../delete-index.ts'
import { type ManifestEntry, readManifest, readManifestList } from '../manifest.ts'
import type { Snapshot } from '../metadata.ts'
import { partitionValues } from '../partition.ts'
import type { ScanPruner } from '../pruning.ts'
import { type ScanContext, dataFileRef } from '../scan.ts'
import type { CommitStep } from './commit-range.ts'
import { snapshotDifference } from './manifest-difference.ts'

export interface ChangePlanning {
  readonly context: ScanContext
  readonly binder: ColumnBinder
  readonly pruner: ScanPruner
  readonly deletes: SnapshotDeletes
  /** Inserted rows only, of files that a commit added: no deletes are looked at. */
  readonly appendsOnly: boolean
  readonly metrics: ChangeMetrics
}

export interface ChangeMetrics {
  files_total: number
  commits_total: number
  commits_skipped: number
  files_skipped: number
}

/** The tasks of one step. */
export async function* planStep(planning: ChangePlanning, step: CommitStep): AsyncGenerator<ChangeTask> {
  const { context, appendsOnly, metrics } = planning
  metrics.commits_total++
  if (step.isCommit && changesNothing(step.snapshot, appendsOnly)) {
    metrics.commits_skipped++
    return
  }
  const difference = await snapshotDifference(context.access, step.before, step.snapshot)
  const change = changeOf(step)
  const inserts: Change = { ...change, type: 'insert' }
  for (const entry of difference.data.added) {
    if (appendsOnly && entry.snapshotId !== step.snapshot.id) continue
    const deletes = appendsOnly ? [] : await planning.deletes.filtersFor(step.snapshot, entry)
    yield* taskFor(planning, entry, { deletes }, inserts)
  }
  if (appendsOnly) return
  for (const entry of difference.data.removed) {
    const deletes = await planning.deletes.filtersFor(step.before, entry)
    yield* taskFor(planning, entry, { deletes }, { ...change, type: 'delete' })
  }
  if (difference.deletes.added.length + difference.deletes.removed.length === 0) return
  const isNew = new Set(difference.data.added.map(({ file }) => file.path))
  const added = indexOf(context, difference.deletes.added)
  const removed = indexOf(context, difference.deletes.removed)
  for (const manifest of difference.dataManifests) {
    for await (const block of readManifest(context.access, manifest, planning.pruner.statistics)) {
      for (const entry of block) {
        if (entry.status === 'deleted' || isNew.has(entry.file.path)) continue
        yield* planDeletes(planning, step, entry, { added, removed })
      }
    }
  }
}

/** Whether a commit's own word is enough. */
function changesNothing({ summary }: Snapshot, appendsOnly: boolean): boolean {
  const operation = summary.get('operation')
  return operation === 'replace' || (appendsOnly && operation !== 'append')
}

function changeOf({ snapshot, ordinal }: CommitStep): Omit<Change, 'type'> {
  return { version: snapshot.id, timestamp: snapshot.timestampMs * 1000n, ordinal }
}

function indexOf(context: ScanContext, entries: readonly ManifestEntry[]): DeleteIndex {
  const index = new DeleteIndex(context)
  for (const entry of entries) index.add(entry)
  index.finish()
  return index
}

/** A file that both snapshots have. */
async function* planDeletes(
  planning: ChangePlanning,
  step: CommitStep,
  entry: ManifestEntry,
  { added, removed }: { readonly added: DeleteIndex; readonly removed: DeleteIndex },
): AsyncGenerator<ChangeTask> {
  const change = changeOf(step)
  const hit = await added.filtersFor(entry)
  if (hit.length > 0) {
    const deletes = await planning.deletes.filtersFor(step.before, entry)
    const only = withoutPositions(hit, deletes)
    if (only.length > 0) yield* taskFor(planning, entry, { deletes, only }, { ...change, type: 'delete' })
  }
  const freed = await removed.filtersFor(entry)
  if (freed.length > 0) {
    const deletes = await planning.deletes.filtersFor(step.snapshot, entry)
    const only = withoutPositions(freed, deletes)
    if (only.length > 0) yield* taskFor(planning, entry, { deletes, only }, { ...change, type: 'insert' })
  }
}

/** Deletion vectors without the rows that another one deletes anyway: what is left empty need not be read. */
function withoutPositions(only: readonly DeleteFilter[], deletes: readonly DeleteFilter[]): readonly DeleteFilter[] {
  const known = deletes.flatMap((filter) => (filter.kind === 'positions' ? [filter.rows] : []))
  if (known.length === 0) return only
  const gone = new Set(known.flatMap((rows) => [...rows]))
  return only.flatMap((filter): DeleteFilter[] => {
    if (filter.kind !== 'positions') return [filter]
    const rows = filter.rows.filter((row) => !gone.has(row))
    return rows.length === 0 ? [] : [{ kind: 'positions', rows }]
  })
}

async function* taskFor(
  { context, binder, pruner, metrics }: ChangePlanning,
  entry: ManifestEntry,
  filters: Pick<ScanTask, 'deletes' | 'only'>,
  change: Change,
): AsyncGenerator<ChangeTask> {
  const { file } = entry
  const spec = context.specs.get(file.specId)
  const values = spec === undefined ? [] : partitionValues(spec, file)
  if (pruner.fileMightMatch(spec, values, file) !== 'keep') {
    metrics.files_skipped++
    return
  }
  metrics.files_total++
  yield {
    change,
    task: {
      file: dataFileRef(context, file),
      rowCount: file.recordCount,
      columns: binder.sources(entry, spec, values),
      ...filters,
      residual: null,
    },
  }
}

/** The deletes of snapshots, each read once. */
export class SnapshotDeletes {
  readonly #context: ScanContext
  /** The last two: a step looks at two snapshots, the next one at the newer of them again. */
  readonly #indexes = new Map<bigint, DeleteIndex>()

  constructor(context: ScanContext) {
    this.#context = context
  }

  /** What deletes rows of a data file in a snapshot; `snapshot` undefined: the empty table. */
  async filtersFor(snapshot: Snapshot | undefined, entry: ManifestEntry): Promise<readonly DeleteFilter[]> {
    if (snapshot === undefined) return []
    let index = this.#indexes.get(snapshot.id)
    if (index === undefined) {
      index = await this.#read(snapshot)
      if (this.#indexes.size >= 2) this.#indexes.delete(this.#indexes.keys().next().value!)
      this.#indexes.set(snapshot.id, index)
    }
    return index.filtersFor(entry)
  }

  async #read(snapshot: Snapshot): Promise<DeleteIndex> {
    const { access } = this.#context
    const index = new DeleteIndex(this.#context)
    for await (const manifest of readManifestList(access, snapshot)) {
      if (manifest.content !== 'deletes') continue
      for await (const block of readManifest(access, manifest, 'all')) {
        for (const entry of block) if (entry.status !== 'deleted') index.add(entry)
      }
    }
    index.finish()
    return index
  }
}
