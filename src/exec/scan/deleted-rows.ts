/**
 * Numbers of a data file's deleted rows, from one list a delete file.
 *
 * A table that is changed often has many lists, and a scan that finds few rows asks for few of their numbers: so the lists are merged where they are
 * looked at, slice by slice.
 */
import type { Selection, Vector } from '../../core/vector.ts'
import { firstAtLeast } from '../../expr/prune/named-values.ts'
import type { QueryContext } from '../query-context.ts'
import { flatten } from '../rows/vectors.ts'
import { mergeAscending } from './merge-ascending.ts'

export class DeletedRows {
  /** Each ascending and not empty. */
  readonly #lists: readonly Float64Array[]
  #all: Float64Array | undefined

  private constructor(lists: readonly Float64Array[]) {
    this.#lists = lists
  }

  /** Of ascending lists; null when they are empty. */
  static of(lists: readonly Float64Array[]): DeletedRows | null {
    const filled = lists.filter(({ length }) => length > 0)
    return filled.length === 0 ? null : new DeletedRows(filled)
  }

  /** Ascending; numbers may repeat. */
  get all(): Float64Array {
    return (this.#all ??= mergeAscending(this.#lists))
  }

  /** Those in [start, end). */
  in(start: number, end: number): Float64Array {
    const parts: Float64Array[] = []
    for (const list of this.#all === undefined ? this.#lists : [this.#all]) {
      const from = firstAtLeast(list, start)
      const to = firstAtLeast(list, end)
      if (from < to) parts.push(list.subarray(from, to))
    }
    return mergeAscending(parts)
  }

  /** The rows of the selection (null: all) whose numbers are not among these; null when that is all rows of the vector. */
  missing(context: QueryContext, numbers: Vector, rowCount: number, selection: Selection | null): Selection | null {
    const { arena, memory } = context
    const { u32 } = memory
    const { data } = flatten(context, numbers)
    const rows = this.all
    const before = selection === null ? rowCount : selection.count
    const pointer = arena.allocate(before * 4)
    let count = 0
    let at = 0
    for (let i = 0; i < before; i++) {
      const row = selection === null ? i : u32[(selection.pointer >>> 2) + i]!
      const word = (data >>> 2) + 2 * row
      const number = u32[word]! + u32[word + 1]! * 0x1_0000_0000
      if (i === 0) at = firstAtLeast(rows, number)
      while (at < rows.length && rows[at]! < number) at++
      if (rows[at] !== number) u32[(pointer >>> 2) + count++] = row
    }
    return count === rowCount ? null : { pointer, count }
  }
}
