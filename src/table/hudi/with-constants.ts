/** Columns of a scan that no file has: constants of a task. */
import type { ColumnSource, ProjectedColumn, ScanTask } from '../table.ts'

/** The task with constants in the place of the columns that they are named after, in all its files. */
export function withConstants(
  task: ScanTask,
  columns: readonly ProjectedColumn[],
  constants: ReadonlyMap<string, ColumnSource>,
): ScanTask {
  const change = (sources: readonly ColumnSource[]): readonly ColumnSource[] =>
    sources.map((source, i) => constants.get(columns[i]?.name ?? '') ?? source)
  const { merge } = task
  if (merge === undefined) return { ...task, columns: change(task.columns) }
  const runs = merge.runs.map((run) => ({
    ...run,
    files: run.files.map((file) => ({ ...file, columns: change(file.columns) })),
  }))
  return { ...task, merge: { ...merge, runs } }
}
