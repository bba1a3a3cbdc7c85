/**
 * Rows of changes as a table: what a format's `changes` gives.
 *
 * The columns of the change itself are constants of a scan task: all rows of a task changed in the same way, in the same commit. A format plans
 * tasks for its own columns and gives each the change that its rows are.
 */
import type { DataType, Field } from '../core/types.ts'
import { type LiteralValue, and, conjuncts, input, rewriteExpr, walkExpr } from '../expr/expr.ts'
import { CHANGE_ORDINAL, type ChangeType, changeFields } from './changes.ts'
import type { ColumnSource, Pushdown, ScanTask, Table, TableStatistics } from './table.ts'

/** What the rows of a task are. */
export interface Change {
  /** A column of the file where its rows changed in several ways. */
  readonly type: ChangeType | ColumnSource
  /** bigint or text, as the table's versions are. */
  readonly version: bigint | string
  /** Microseconds since 1970, UTC; null when it is not known. */
  readonly timestamp: bigint | null
  /** The commit's place among those of the request, from 0. */
  readonly ordinal: number
}

/** A task over the format's own columns, with the change that its rows are. */
export interface ChangeTask {
  readonly task: ScanTask
  readonly change: Change
}

export interface ChangesTableOptions {
  /** Of the table whose changes these are. */
  readonly name: string
  readonly format: string
  readonly fields: readonly Field[]
  readonly hiddenColumns: readonly Field[]
  /** Type of `_commit_version`. */
  readonly versionType: DataType
  /** An estimate will do. */
  readonly statistics: () => Promise<TableStatistics>
  /**
   * Plans the tasks. Columns and predicate are the part of the scan's that is about the format's own columns. The predicate is for pruning only:
   * the engine checks rows by its own, so residuals of the tasks do not count.
   */
  readonly plan: (pushdown: Pushdown) => AsyncIterable<ChangeTask>
  readonly metrics?: () => Readonly<Record<string, number>>
}

/** A table of the changes that `plan` gives. */
export function createChangesTable(options: ChangesTableOptions): Table {
  const { name, format, fields, versionType, metrics } = options
  return {
    name: `changes of ${name}`,
    format,
    schema: { fields: [...fields, ...changeFields(versionType)] },
    hiddenColumns: [...options.hiddenColumns, CHANGE_ORDINAL],
    statistics: options.statistics,
    scan: (pushdown) => scanChanges(options, pushdown),
    ...(metrics === undefined ? {} : { scanMetrics: metrics }),
    metadataTables: () => [],
  }
}

async function* scanChanges({ plan, versionType }: ChangesTableOptions, pushdown: Pushdown): AsyncGenerator<ScanTask> {
  const known = [...changeFields(versionType), CHANGE_ORDINAL]
  const places = pushdown.columns.map(({ name, fieldId }) =>
    fieldId === undefined ? known.findIndex((field) => field.name === name) : -1,
  )
  for await (const { task, change } of plan(ownPushdown(pushdown, places))) {
    const { type, version, timestamp, ordinal } = change
    const values: readonly (LiteralValue | ColumnSource)[] = [type, version, timestamp, ordinal]
    let next = 0
    const sources = places.map((place): ColumnSource => {
      if (place < 0) return task.columns[next++]!
      if (place === 0 && typeof type !== 'string') return type
      return { kind: 'constant', value: values[place] as LiteralValue, type: known[place]!.type }
    })
    yield { ...task, columns: sources, residual: pushdown.predicate }
  }
}

/** The part of the pushdown that is about the format's own columns; what it prunes with is checked by the engine again. */
function ownPushdown({ columns, predicate }: Pushdown, places: readonly number[]): Pushdown {
  const own = columns.filter((_, i) => places[i]! < 0)
  if (predicate === null) return { columns: own, predicate }
  const indexes = places.map((place, i) => (place < 0 ? own.indexOf(columns[i]!) : -1))
  const parts = conjuncts(predicate).filter((part) =>
    walkExpr(part).every((node) => node.kind !== 'input' || indexes[node.index]! >= 0),
  )
  const renumbered = parts.map((part) =>
    rewriteExpr(part, (node) => (node.kind === 'input' ? input(indexes[node.index]!, node.type) : node)),
  )
  return { columns: own, predicate: renumbered.length === 0 ? null : and(renumbered) }
}
