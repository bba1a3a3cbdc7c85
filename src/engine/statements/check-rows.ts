/** Conditions on rows that are written: CHECK constraints and what REPLACE WHERE asks. */
import { SqlError } from '../../core/errors.ts'
import type { EngineMemory } from '../../core/memory.ts'
import { isNullAt, valueAt } from '../../core/vector-values.ts'
import type { Batch, Vector } from '../../core/vector.ts'
import type { Field } from '../../core/types.ts'
import type { ChangeQuery } from '../../plan/bind/change-target.ts'
import { formatText } from '../format-value.ts'

/** Characters of a value that an error shows (as in PostgreSQL). */
const SHOWN_MAX = 64

/** Throws for the first of the batch's `rows` that fails a check of the change, with its values for `fields`. */
export function checkRows(
  memory: EngineMemory,
  { checks, checksAt, valuesAt }: Pick<ChangeQuery, 'checks' | 'checksAt' | 'valuesAt'>,
  fields: readonly Field[],
  batch: Batch,
  rows: Int32Array,
): void {
  checks.forEach(({ mustBeTrue, sqlstate, message }, i) => {
    const passes = passesReader(memory, batch.columns[checksAt + i]!, mustBeTrue)
    const failing = rows.find((row) => !passes(row))
    if (failing === undefined) return
    const values = valuesAt === null ? null : batch.columns.slice(valuesAt, valuesAt + fields.length)
    const detail =
      values === null ? {} : { detail: `Failing row contains (${shownRow(memory, fields, values, failing)}).` }
    throw new SqlError(sqlstate, message, detail)
  })
}

/** 23502 for the first of the `rows` with a NULL in a column that has none. NULLs within values are the table's to find. */
export function checkNotNull(
  memory: EngineMemory,
  fields: readonly Field[],
  values: readonly Vector[],
  rows: Int32Array,
): void {
  fields.forEach(({ name, nullable }, i) => {
    const vector = values[i]!
    const hasNone = vector.encoding === 'constant' ? !vector.isNull : vector.validity === 0
    if (nullable || hasNone) return
    const failing = rows.find((row) => isNullAt(memory, vector, row))
    if (failing === undefined) return
    throw new SqlError('23502', `null value in column "${name}" violates not-null constraint`, {
      detail: `Failing row contains (${shownRow(memory, fields, values, failing)}).`,
    })
  })
}

function shownRow(memory: EngineMemory, fields: readonly Field[], values: readonly Vector[], row: number): string {
  const texts = values.map((vector, i) => {
    const value = valueAt(memory, vector, row)
    const text = value === null ? 'null' : formatText(value, fields[i]!.type)
    return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text
  })
  return texts.join(', ')
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
