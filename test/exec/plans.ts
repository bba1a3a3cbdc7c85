/** Inputs of plan nodes under test, and their rows in batches. */
import type { DataType } from '../../src/core/types.ts'
import type { PhysicalPlan } from '../../src/plan/physical.ts'
import type { MakeBatch } from './simulated-workers.ts'
import { type Value, makeVector } from './vector-values.ts'

/** Stands for any input of these types. */
export function valuesPlan(id: number, types: readonly DataType[]): PhysicalPlan {
  const output = types.map((type, i) => ({ name: `c${i}`, type, nullable: true }))
  return { kind: 'values', id, output, estimate: { rows: 0, bytes: 0 }, rows: [] }
}

/** Rows as batches of at most `batchRows`, in encodings that vary from batch to batch. */
export function toBatches(
  types: readonly DataType[],
  rows: readonly (readonly Value[])[],
  batchRows: number,
): MakeBatch[] {
  const batches: MakeBatch[] = []
  for (let start = 0; start < rows.length; start += batchRows) {
    const slice = rows.slice(start, start + batchRows)
    batches.push((space) => ({
      rowCount: slice.length,
      columns: types.map((type, c) =>
        makeVector(
          space,
          type,
          slice.map((row) => row[c]!),
          start + c,
        ),
      ),
    }))
  }
  return batches
}
