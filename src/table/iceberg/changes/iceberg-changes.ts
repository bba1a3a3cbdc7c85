/**
 * The changes of an Iceberg table between two snapshots (table/changes.ts).
 *
 * | mode        | what                                                                                                       |
 * |-------------|------------------------------------------------------------------------------------------------------------|
 * | `changelog` | each commit's inserted and deleted rows; updates are paired by `identifier_columns`                          |
 * | `auto`      | the same; without `identifier_columns` paired by the schema's identifier fields, else by row lineage           |
 * | `append`    | rows of files that append commits added                                                                    |
 * | `diff`      | the difference of the two snapshots' rows, whatever lies between them                                         |
 *
 * Spec: Iceberg table spec, "Snapshots" (operations) and "Row Lineage"; modes as Iceberg's Spark procedure create_changelog_view.
 */
import { unsupported } from '../../../core/errors.ts'
import { BIGINT } from '../../../core/types.ts'
import type { ChangesRequest, TableChanges } from '../../changes.ts'
import { type ChangeTask, createChangesTable } from '../../changes-table.ts'
import type { Pushdown, Table, TableStatistics } from '../../table.ts'
import { ColumnBinder } from '../column-sources.ts'
import type { MetadataTableContext } from '../inspect/content.ts'
import { ScanPruner } from '../pruning.ts'
import { fieldsById } from '../schema.ts'
import { type CommitStep, commitRange } from './commit-range.ts'
import { type ChangeMetrics, SnapshotDeletes, planStep } from './plan-step.ts'

const MODES: ReadonlySet<ChangesRequest['mode']> = new Set(['auto', 'append', 'changelog', 'diff'])

/** 0A000 for modes of other formats, 22023 for versions that are not there. */
export function icebergChanges(
  context: MetadataTableContext,
  { schema, hiddenColumns }: Pick<Table, 'schema' | 'hiddenColumns'>,
  request: ChangesRequest,
): TableChanges {
  const { mode, net } = request
  if (!MODES.has(mode)) {
    throw unsupported(`mode "${mode}" for changes of an Iceberg table`, { hint: `Modes: ${[...MODES].join(', ')}.` })
  }
  const steps = commitRange(context.metadata, context.name, request)
  const metrics: ChangeMetrics = { files_total: 0, commits_total: 0, commits_skipped: 0, files_skipped: 0 }
  const rows = createChangesTable({
    name: context.name,
    format: 'iceberg',
    fields: schema.fields,
    hiddenColumns,
    versionType: BIGINT,
    statistics: async () => estimate(steps),
    plan: (pushdown) => planChanges(context, steps, { pushdown, appendsOnly: mode === 'append', metrics }),
    metrics: () => ({ ...metrics }),
  })
  return {
    rows,
    carriesRowsOver: mode !== 'append' && steps.some(mayCarryOver),
    net: net && steps.length > 1,
    pairBy: mode === 'append' ? [] : pairingColumns(context, request, steps),
    insertsOnly: mode === 'append' || !steps.some(mayRemove),
  }
}

async function* planChanges(
  context: MetadataTableContext,
  steps: readonly CommitStep[],
  options: { readonly pushdown: Pushdown; readonly appendsOnly: boolean; readonly metrics: ChangeMetrics },
): AsyncGenerator<ChangeTask> {
  const { pushdown, appendsOnly, metrics } = options
  Object.assign(metrics, { files_total: 0, commits_total: 0, commits_skipped: 0, files_skipped: 0 })
  const binder = new ColumnBinder(pushdown.columns, context.schema, context.mapping)
  const pruner = new ScanPruner(pushdown, (index) => binder.boundedId(index))
  const deletes = new SnapshotDeletes(context)
  for (const step of steps) yield* planStep({ context, binder, pruner, deletes, appendsOnly, metrics }, step)
}

/** Commits that remove files or rows may write some of these rows again. */
function mayCarryOver({ snapshot, isCommit, before }: CommitStep): boolean {
  if (before === undefined) return false
  const operation = snapshot.summary.get('operation')
  return !isCommit || (operation !== 'append' && operation !== 'replace')
}

/** Whether a step may take rows away. */
function mayRemove({ snapshot, isCommit, before }: CommitStep): boolean {
  return before !== undefined && (!isCommit || snapshot.summary.get('operation') !== 'append')
}

function pairingColumns(
  { schema, metadata }: MetadataTableContext,
  { mode, identifierColumns }: ChangesRequest,
  steps: readonly CommitStep[],
): readonly string[] {
  if (identifierColumns.length > 0) return identifierColumns
  if (mode !== 'auto' || !steps.some(mayCarryOver)) return []
  const fields = fieldsById(schema)
  const names = schema.identifierFieldIds.flatMap((id) => {
    // Identifier fields within structs have no column of their own to pair by.
    const field = fields.get(id)
    return field !== undefined && schema.fields.includes(field) ? [field.name] : []
  })
  if (names.length > 0 && names.length === schema.identifierFieldIds.length) return names
  return metadata.formatVersion >= 3 ? ['_row_id'] : []
}

/** From the snapshots' summaries. */
function estimate(steps: readonly CommitStep[]): TableStatistics {
  const count = (step: CommitStep, key: string): number => Number(step.snapshot.summary.get(key) ?? 0) || 0
  const sum = (...keys: string[]): number =>
    steps.reduce((total, step) => total + keys.reduce((part, key) => part + count(step, key), 0), 0)
  return {
    rowCount: sum('added-records', 'deleted-records', 'added-position-deletes', 'added-equality-deletes'),
    exact: false,
    byteCount: sum('added-files-size', 'removed-files-size'),
    fileCount: sum('added-data-files', 'deleted-data-files'),
    columns: new Map(),
  }
}
