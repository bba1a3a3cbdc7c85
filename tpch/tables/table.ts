/** What a generated table is. One table a file in this folder, one line in index.ts. */
import type { Chunk, ColumnSpec } from '../columns.ts'

export interface GeneratedTable {
  readonly name: string
  readonly columns: readonly ColumnSpec[]
  /**
   * What the scale multiplies: the row itself, or what several rows belong to (an order's lines, a part's suppliers). Work is cut
   * in these.
   */
  unitCount(scale: number): number
  /** Rows that a unit has on average, for progress and chunk sizes. */
  readonly rowsPerUnit: number
  /** Makes the rows of units [first, first + count), in order, chunk by chunk. */
  generator(scale: number, pool: Uint8Array): UnitGenerator
}

export interface UnitGenerator {
  /** Goes to unit `first` (0-based). */
  skipTo(first: number): void
  /** Appends the rows of the next unit to the chunk. */
  next(chunk: Chunk): void
}

export const bigint = (name: string): ColumnSpec => ({ name, kind: 'bigint' })
export const integer = (name: string): ColumnSpec => ({ name, kind: 'integer' })
export const money = (name: string): ColumnSpec => ({ name, kind: 'money' })
export const date = (name: string): ColumnSpec => ({ name, kind: 'date' })
export const text = (name: string): ColumnSpec => ({ name, kind: 'text' })

/** Streams that skip and finish rows together. */
export interface Stream {
  finishRow(): void
  skipRows(count: number): void
}

export function finishAll(streams: readonly Stream[]): void {
  for (const stream of streams) stream.finishRow()
}

export function skipAll(streams: readonly Stream[], count: number): void {
  for (const stream of streams) stream.skipRows(count)
}
