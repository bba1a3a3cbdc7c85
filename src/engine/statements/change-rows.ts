/**
 * Runs the query of an INSERT, DELETE, UPDATE or MERGE (plan/bind/change-target.ts) into a table's change.
 *
 *   batch -> file and position of each row -> set of rows that go     (a row that was there already: skipped, or 21000 in a MERGE)
 *         -> rows that come, as a selection of the batch -> append
 *         -> RETURNING, kept until the commit has happened
 */
import { SqlError } from '../../core/errors.ts'
import type { EngineMemory } from '../../core/memory.ts'
import type { Field } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { isNullAt, valueAt } from '../../core/vector-values.ts'
import type { Batch, Vector } from '../../core/vector.ts'
import { ACTION_AT, type ChangeQuery, FILE_AT, POSITION_AT, type RowAction } from '../../plan/bind/change-target.ts'
import { RowSet } from '../../table/row-set.ts'
import type { TableWrite } from '../../table/table.ts'
import { checkNotNull, checkRows } from './check-rows.ts'
import { ReturnedRows } from './returned-rows.ts'

/** What a row that is changed twice means. */
export type Repetition = 'first' | 'error'

export class RowChanger {
  readonly #change: ChangeQuery
  readonly #write: TableWrite
  readonly #memory: EngineMemory
  readonly #repetition: Repetition
  readonly #fields: readonly Field[]
  readonly #returned: ReturnedRows | null
  readonly #files = new Map<string, number>()
  /** By the numbers that `#files` gives. */
  readonly #sets: RowSet[] = []
  #ascending = new Int32Array(0)
  rowCount = 0

  constructor(
    change: ChangeQuery,
    write: TableWrite,
    { memory, repetition, fields }: { memory: EngineMemory; repetition: Repetition; fields: readonly Field[] },
  ) {
    this.#change = change
    this.#write = write
    this.#memory = memory
    this.#repetition = repetition
    this.#fields = fields
    this.#returned = change.returning === null ? null : new ReturnedRows(memory, change.returning.length)
  }

  /** The rows that RETURNING asks for; null without it. */
  get returned(): readonly (readonly LiteralValue[])[] | null {
    return this.#returned?.rows ?? null
  }

  /** The rows that go, by file. */
  get removed(): ReadonlyMap<string, RowSet> {
    const removed = new Map<string, RowSet>()
    for (const [path, number] of this.#files) if (this.#sets[number]!.size > 0) removed.set(path, this.#sets[number]!)
    return removed
  }

  async add(batch: Batch): Promise<void> {
    const { valuesAt, returningAt } = this.#change
    const { changed, appended } = this.#take(batch)
    this.rowCount += changed.length
    const columns = valuesAt === null ? [] : batch.columns.slice(valuesAt, valuesAt + this.#fields.length)
    if (valuesAt !== null) checkNotNull(this.#memory, this.#fields, columns, appended)
    checkRows(this.#memory, this.#change, this.#fields, batch, appended)
    if (valuesAt !== null) {
      await this.#write.append({ rowCount: batch.rowCount, columns }, appended)
    }
    this.#returned?.add(batch.columns.slice(returningAt), changed)
  }

  /** Notes which rows go. Returns the batch's rows to which something happens, and those of them that come. */
  #take(batch: Batch): { readonly changed: Int32Array; readonly appended: Int32Array } {
    const { actions, hasActionColumn } = this.#change
    if (!hasActionColumn && actions[0] === 'insert') {
      const rows = this.#firstRows(batch.rowCount)
      return { changed: rows, appended: rows }
    }
    const files = fileReader(this.#memory, batch.columns[FILE_AT]!, (path) => this.#fileNumber(path))
    const positions = integerReader(this.#memory, batch.columns[POSITION_AT]!)
    const numbers = hasActionColumn ? integerReader(this.#memory, batch.columns[ACTION_AT]!) : null
    const changed = new Int32Array(batch.rowCount)
    const appended = new Int32Array(batch.rowCount)
    let changedCount = 0
    let appendedCount = 0
    for (let row = 0; row < batch.rowCount; row++) {
      const action: RowAction = actions[numbers === null ? 0 : numbers(row)]!
      if (action !== 'insert') {
        const isFirst = this.#sets[files(row)]!.add(positions(row))
        if (!isFirst && this.#repetition === 'error') throw changedTwice()
        if (!isFirst) continue
      }
      changed[changedCount++] = row
      if (action !== 'delete') appended[appendedCount++] = row
    }
    return { changed: changed.subarray(0, changedCount), appended: appended.subarray(0, appendedCount) }
  }

  #firstRows(count: number): Int32Array {
    if (this.#ascending.length < count) {
      this.#ascending = new Int32Array(count)
      for (let row = 0; row < count; row++) this.#ascending[row] = row
    }
    return this.#ascending.subarray(0, count)
  }

  #fileNumber(path: string): number {
    let number = this.#files.get(path)
    if (number === undefined) {
      number = this.#sets.length
      this.#files.set(path, number)
      this.#sets.push(new RowSet())
    }
    return number
  }
}

function changedTwice(): SqlError {
  return new SqlError('21000', 'MERGE command cannot affect row a second time', {
    hint: 'Ensure that not more than one source row matches any one target row.',
  })
}

/** The number of a row's file: looked up once a batch, or once a value of its dictionary. */
function fileReader(memory: EngineMemory, vector: Vector, numberOf: (path: string) => number): (row: number) => number {
  if (vector.encoding === 'constant') {
    let number: number | undefined
    return () => (number ??= numberOf(valueAt(memory, vector, 0) as string))
  }
  const first = vector.data >>> 2
  const known = new Map<number, number>()
  const isDictionary = vector.encoding === 'dictionary'
  const values = isDictionary ? vector.dictionary : vector
  return (row) => {
    // Texts at one address are one text.
    const key = isDictionary ? memory.i32[first + row]! : memory.u32[first + 2 * row]!
    let number = known.get(key)
    if (number === undefined) {
      number = numberOf(valueAt(memory, values, isDictionary ? key : row) as string)
      known.set(key, number)
    }
    return number
  }
}

/** Values of an integer or bigint vector without NULLs where it is asked for. */
function integerReader(memory: EngineMemory, vector: Vector): (row: number) => number {
  if (vector.encoding !== 'flat') return (row) => Number(valueAt(memory, vector, row))
  if (vector.type.kind !== 'bigint') {
    const first = vector.data >>> 2
    return (row) => (isNullAt(memory, vector, row) ? Number.NaN : memory.i32[first + row]!)
  }
  // Row numbers have 53 bits at most: two words make them without a bigint.
  const first = vector.data >>> 2
  return (row) => memory.u32[first + 2 * row]! + memory.i32[first + 2 * row + 1]! * 0x1_0000_0000
}
