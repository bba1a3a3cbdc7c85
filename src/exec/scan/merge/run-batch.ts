/**
 * Rows of a run that were read together: their keys, and where their other columns are.
 *
 * Columns are read for ascending parts of a batch, each part once. A batch is there as long as its row group is open.
 */
import type { Arena } from '../../../core/arena.ts'
import type { Pointer } from '../../../core/memory.ts'
import { sliceVector } from '../../../core/vector-values.ts'
import type { Selection, Vector } from '../../../core/vector.ts'
import type { RowGroupReader } from '../../../format/format.ts'
import { type VectorContext, takeVector } from '../../rows/vectors.ts'
import type { FileScan } from '../file-scan.ts'

export interface BatchOrigin {
  readonly file: FileScan
  readonly reader: RowGroupReader
  /** Row number in the file of the row group's first row. */
  readonly firstRow: number
  /** Within the row group. */
  readonly start: number
  /** The rows that are not deleted, from `start`; null: all. */
  readonly base: Selection | null
}

export interface BatchKeys {
  readonly count: number
  /** The first record (merge-keys.ts). */
  readonly rows: Pointer
  /** The mask bytes of the records. */
  readonly mask: Pointer
  readonly hasRetractions: boolean
  /** Columns that are read already, by number. */
  readonly columns: readonly (Vector | undefined)[]
}

export class RunBatch {
  readonly count: number
  readonly rows: Pointer
  readonly mask: Pointer
  readonly hasRetractions: boolean
  readonly #context: Omit<VectorContext, 'arena'>
  readonly #origin: BatchOrigin
  readonly #columns: readonly (Vector | undefined)[]

  constructor(context: Omit<VectorContext, 'arena'>, origin: BatchOrigin, keys: BatchKeys) {
    this.count = keys.count
    this.rows = keys.rows
    this.mask = keys.mask
    this.hasRetractions = keys.hasRetractions
    this.#context = context
    this.#origin = origin
    this.#columns = keys.columns
  }

  /** Column `column` of rows [from, to), or of those of `selection` (relative to `from`). */
  read(column: number, from: number, to: number, selection: Selection | null, arena: Arena): Vector {
    const known = this.#columns[column]
    if (known === undefined) return readOrigin(this.#context, this.#origin, column, { from, to, selection }, arena)
    const part = sliceVector(known, from, to - from)
    const { memory, kernels } = this.#context
    return selection === null ? part : takeVector({ memory, kernels, arena }, part, selection.pointer, selection.count)
  }
}

interface BatchRows {
  readonly from: number
  readonly to: number
  readonly selection: Selection | null
}

/** A column of some rows from the file. */
export function readOrigin(
  context: Omit<VectorContext, 'arena'>,
  { file, reader, firstRow, start, base }: BatchOrigin,
  column: number,
  rows: BatchRows,
  arena: Arena,
): Vector {
  const count = rows.selection?.count ?? rows.to - rows.from
  const place = base === null ? rows : throughBase(context, base, rows, arena)
  const range = { start: start + place.from, end: start + place.to }
  if (file.target(column) < 0) return file.computed(column, firstRow + range.start, count, place.selection, arena)
  return file.read(reader, column, { range, selection: place.selection, firstRow }, arena)
}

/** The same rows, as rows of the slice with the deleted ones. */
function throughBase(
  { memory }: Omit<VectorContext, 'arena'>,
  base: Selection,
  rows: BatchRows,
  arena: Arena,
): BatchRows {
  const { u32 } = memory
  const at = (base.pointer >>> 2) + rows.from
  if (rows.from >= rows.to) return { from: 0, to: 0, selection: null }
  const first = u32[at]!
  const count = rows.selection?.count ?? rows.to - rows.from
  const pointer = arena.allocate(count * 4)
  for (let i = 0; i < count; i++) {
    const row = rows.selection === null ? i : u32[(rows.selection.pointer >>> 2) + i]!
    u32[(pointer >>> 2) + i] = u32[at + row]! - first
  }
  return { from: first, to: u32[at + rows.to - rows.from - 1]! + 1, selection: { pointer, count } }
}
