/** A session's cursors: queries whose rows are read as they are asked for. */
import { SqlError } from '../core/errors.ts'
import type { Field } from '../core/types.ts'
import type { LiteralValue } from '../core/value.ts'
import type { Identifier } from '../sql/ast.ts'
import type { StatementResult } from './result.ts'

type Row = readonly LiteralValue[]

interface Cursor {
  readonly fields: readonly Field[]
  readonly chunks: AsyncIterator<readonly Row[]>
  /** Read and not yet fetched. */
  rows: readonly Row[]
  /** It outlives the transaction: all its rows are at hand. */
  readonly hold: boolean
}

export class Cursors {
  readonly #cursors = new Map<string, Cursor>()

  /** 42P03 for a name that is taken. With `hold` the rows are read now. */
  async declare({ name, at }: Identifier, result: StatementResult, hold: boolean): Promise<void> {
    if (this.#cursors.has(name)) throw new SqlError('42P03', `cursor "${name}" already exists`, { at })
    const rows: Row[] = []
    const chunks = result.chunks()
    if (hold) for await (const chunk of chunks) for (const row of chunk) rows.push(row)
    this.#cursors.set(name, { fields: result.fields, chunks, rows, hold })
  }

  /** The next rows: at most `count`, all that are left where it is null. 34000 for an unknown cursor. */
  async fetch(
    name: Identifier,
    count: number | null,
  ): Promise<{ readonly fields: readonly Field[]; readonly rows: readonly Row[] }> {
    const cursor = this.#find(name)
    const wanted = count ?? Infinity
    const rows: Row[] = []
    for (;;) {
      const taken = cursor.rows.slice(0, wanted - rows.length)
      for (const row of taken) rows.push(row)
      cursor.rows = cursor.rows.slice(taken.length)
      if (rows.length >= wanted) break
      const next = await cursor.chunks.next()
      if (next.done === true) break
      cursor.rows = next.value
    }
    return { fields: cursor.fields, rows }
  }

  /** Closes a cursor, or all. */
  async close(name: Identifier | null): Promise<void> {
    const names = name === null ? [...this.#cursors.keys()] : [name.name]
    for (const one of names) {
      const cursor = name === null ? this.#cursors.get(one)! : this.#find(name)
      this.#cursors.delete(one)
      await cursor.chunks.return?.()
    }
  }

  /** Closes those that don't outlive their transaction. */
  async endTransaction(): Promise<void> {
    for (const [name, { hold, chunks }] of this.#cursors) {
      if (hold) continue
      this.#cursors.delete(name)
      await chunks.return?.()
    }
  }

  #find({ name, at }: Identifier): Cursor {
    const cursor = this.#cursors.get(name)
    if (cursor === undefined) throw new SqlError('34000', `cursor "${name}" does not exist`, { at })
    return cursor
  }
}
