/**
 * Whether what other writers committed since a statement read the table conflicts with what it did.
 *
 *   they did               | delete | update, merge | copy-on-write
 *   removed a touched file | yes    | yes           | yes
 *   added rows that the statement might have read          | serializable only
 *   added deletes to a touched file | no | yes      | yes
 *
 * A touched file is one whose rows the statement leaves out. Two statements that delete the same row agree; two that update it would leave two rows.
 * Rewrites of data (operation `replace`) add no rows.
 *
 * Spec: Iceberg table spec, "Serializable isolation"; Iceberg's isolation levels of row-level operations (`write.*.isolation-level`).
 */
import { SqlError } from '../../../core/errors.ts'
import type { LiteralValue } from '../../../core/value.ts'
import type { Pushdown } from '../../table.ts'
import { snapshotDifference } from '../changes/manifest-difference.ts'
import { ColumnBinder, nameMappingOf } from '../column-sources.ts'
import { mayNamePath, onlyPathOf } from '../delete-index.ts'
import type { ContentFile, ManifestEntry } from '../manifest.ts'
import type { Snapshot, TableMetadata } from '../metadata.ts'
import { type BoundSpec, bindSpecs, partitionKey, partitionValues } from '../partition.ts'
import { ScanPruner } from '../pruning.ts'
import { currentSchema } from '../snapshot.ts'
import { type CommitTarget } from './publish.ts'

export interface ConflictCheck {
  readonly isolation: 'serializable' | 'snapshot'
  /** Touched data files as recorded, with the partition (of their spec) that they are in. */
  readonly touched: ReadonlyMap<string, string>
  /** What the statement read of the table. */
  readonly reads: readonly Pushdown[]
  /** Deletes that others added to touched files are conflicts. */
  readonly refusesDeletes: boolean
}

/** 40001 when the table's way from `base` to `current` conflicts. */
export async function checkConflicts(
  { access, name }: CommitTarget,
  { base, current }: { readonly base: TableMetadata; readonly current: TableMetadata },
  check: ConflictCheck,
): Promise<void> {
  if (base.currentSnapshotId === current.currentSnapshotId) return
  const after = currentSnapshot(current)
  if (after === undefined) throw conflict(name, 'All its rows were removed meanwhile.')
  const { data, deletes } = await snapshotDifference(access, currentSnapshot(base), after)
  if (data.removed.some(({ file }) => check.touched.has(file.path))) {
    throw conflict(name, 'A data file whose rows are changed was removed meanwhile.')
  }
  if (check.refusesDeletes && deletes.added.some(({ file }) => appliesToTouched(file, check.touched))) {
    throw conflict(name, 'Rows of a data file whose rows are changed were changed meanwhile.')
  }
  if (check.isolation === 'serializable' && data.added.some(readsAny(current, check.reads))) {
    throw conflict(name, 'Rows that the statement might have changed were added meanwhile.')
  }
}

function currentSnapshot({ snapshots, currentSnapshotId }: TableMetadata): Snapshot | undefined {
  return snapshots.find(({ id }) => id === currentSnapshotId)
}

function conflict(name: string, detail: string): SqlError {
  return new SqlError('40001', `could not serialize access to "${name}" due to concurrent update`, {
    detail,
    hint: 'The transaction might succeed if retried.',
  })
}

/** On any doubt it applies. */
function appliesToTouched(file: ContentFile, touched: ReadonlyMap<string, string>): boolean {
  const own = file.referencedDataFile ?? onlyPathOf(file)
  if (own !== undefined) return touched.has(own)
  const partition = partitionKey(file)
  const utf8 = new TextEncoder()
  for (const [path, of] of touched) {
    if (file.content === 'equality-deletes') return true
    if (of === partition && mayNamePath(file, utf8.encode(path))) return true
  }
  return false
}

function readsAny(metadata: TableMetadata, reads: readonly Pushdown[]): (entry: ManifestEntry) => boolean {
  const schema = currentSchema(metadata)
  const specs = bindSpecs(metadata, schema)
  const mapping = nameMappingOf(metadata)
  const pruners = reads.map((read) => {
    const binder = new ColumnBinder(read.columns, schema, mapping)
    return new ScanPruner(read, (index) => binder.boundedId(index))
  })
  const replaces = new Set(
    metadata.snapshots.filter(({ summary }) => summary.get('operation') === 'replace').map(({ id }) => id),
  )
  return ({ file, snapshotId }) => {
    if (snapshotId !== undefined && replaces.has(snapshotId)) return false
    const spec = specs.get(file.specId)
    const values = valuesOf(spec, file)
    return pruners.some((pruner) => pruner.fileMightMatch(spec, values, file) === 'keep')
  }
}

function valuesOf(spec: BoundSpec | undefined, file: ContentFile): readonly (LiteralValue | undefined)[] {
  return spec === undefined ? [] : partitionValues(spec, file)
}
