/** Conditions on rows that are written: CHECK constraints and what REPLACE WHERE asks. */
import { SqlError } from '../../core/errors.ts'
import type { EngineMemory } from '../../core/memory.ts'
import { isNullAt, valueAt } from '../../core/vector-values.ts'
import type { Batch, Vector } from '../../core/vector.ts'
import type { ChangeQuery } from '../../plan/bind/change-target.ts'

/** Throws for the first of the batch's `rows` that fails a check of the change. */
export function checkRows(
  memory: EngineMemory,
  { checks, checksAt }: Pick<ChangeQuery, 'checks' | 'checksAt'>,
  batch: Batch,
  rows: Int32Array,
): void {
  checks.forEach(({ mustBeTrue, sqlstate, message }, i) => {
    const passes = passesReader(memory, batch.columns[checksAt + i]!, mustBeTrue)
    for (const row of rows) if (!passes(row)) throw new SqlError(sqlstate, message)
  })
}

function passesReader(memory: EngineMemory, vector: Vector, mustBeTrue: boolean): (row: number) => boolean {
  if (vector.encoding !== 'flat') {
    return (row) => {
      const value = valueAt(memory, vector, row)
      return value === true || (value === null && !mustBeTrue)
    }
  }
  const { u8 } = memory
  return (row) => (isNullAt(memory, vector, row) ? !mustBeTrue : u8[vector.data + row] === 1)
}
