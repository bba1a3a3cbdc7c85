/**
 * Data evolution: columns that were written later than their rows, in files of their own.
 *
 *   rows 0-99    file A: id, name, v          rows 100-149   file C: id, name, v
 *                file B: v (newer)
 *
 * Files of the same rows have the same first row id and row count; a column is read from the newest of them that has it.
 *
 * Spec: Apache Paimon, "Data Evolution".
 */
import { unsupported } from '../../core/errors.ts'
import type { MergeRun, MergeTask } from '../merge.ts'
import type { ScanTask } from '../table.ts'
import type { PlannedFile } from './scan.ts'

/** Whether the file lacks columns that its schema has. */
export function isPart({ entry, schema }: PlannedFile): boolean {
  const { writeCols } = entry.file
  return writeCols !== undefined && schema.fields.some(({ name }) => !writeCols.includes(name))
}

/** Files by the rows that they have columns of, newest first. Errors: 0A000 for files whose rows overlap otherwise. */
export function groupByRows(files: readonly PlannedFile[]): PlannedFile[][] {
  const buckets = new Map<string, PlannedFile[]>()
  for (const file of files) {
    const key = `${file.partition.key}|${file.entry.bucket}`
    const bucket = buckets.get(key)
    if (bucket === undefined) buckets.set(key, [file])
    else bucket.push(file)
  }
  return [...buckets.values()].flatMap(groupBucket)
}

function groupBucket(files: readonly PlannedFile[]): PlannedFile[][] {
  const groups = new Map<bigint, PlannedFile[]>()
  const alone: PlannedFile[][] = []
  for (const file of files) {
    const { firstRowId } = file.entry.file
    const group = firstRowId === undefined ? undefined : groups.get(firstRowId)
    if (group !== undefined) group.push(file)
    else if (firstRowId === undefined) alone.push([file])
    else groups.set(firstRowId, [file])
  }
  const sorted = [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1))
  let end = 0n
  for (const [first, group] of sorted) {
    const counts = new Set(group.map(({ entry }) => entry.file.rowCount))
    if (counts.size > 1 || first < end) {
      throw unsupported('reading a Paimon table with data evolution whose files have rows in common in part', {
        detail: `file "${group[0]!.entry.file.fileName}"`,
      })
    }
    end = first + BigInt(group[0]!.entry.file.rowCount)
    group.sort((a, b) => (a.entry.file.maxSequenceNumber > b.entry.file.maxSequenceNumber ? -1 : 1))
  }
  return [...alone, ...sorted.map(([, group]) => group)]
}

/**
 * The task that puts the columns of a group together.
 *
 * @param tasks One a file of the group: the task that would read it alone.
 * @param fieldIds By column of the scan: the table's field; undefined for columns that need no file.
 */
export function zipTask(
  group: readonly PlannedFile[],
  tasks: readonly ScanTask[],
  fieldIds: readonly (number | undefined)[],
): ScanTask {
  if (tasks.some(({ deletes }) => deletes.length > 0)) {
    throw unsupported('reading a Paimon table with data evolution and deletion vectors')
  }
  const runOf = fieldIds.map((id) =>
    group.findIndex(({ entry, schema }) => {
      const field = schema.fields.find((one) => one.id === id)
      return field !== undefined && (entry.file.writeCols?.includes(field.name) ?? true)
    }),
  )
  const runs = tasks.map(({ file, columns, deletes }): MergeRun => ({
    isSorted: true,
    files: [{ file, columns, deletes }],
  }))
  const merge: MergeTask = {
    ...{ runs, extraColumns: [], keys: [], ordering: [], rowKinds: [], ignoreRetractions: false },
    engine: { kind: 'zip', runs: runOf },
  }
  const { file, rowCount, residual } = tasks[0]!
  return { file, columns: [], deletes: [], residual, merge, ...(rowCount === undefined ? {} : { rowCount }) }
}
