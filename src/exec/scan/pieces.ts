/**
 * Pieces of row groups: what several threads share when a scan has few row groups.
 *
 *   row group 0   [ piece 0 | piece 1 | piece 2 ]      thread A began it, and takes its pieces in order
 *   row group 1   [ piece 0 | piece 1 | piece 2 ]      thread B
 *                             ^ thread A helps here when no row group is left that nobody began
 *
 * A thread keeps its reader from piece to piece, so pages are decompressed once unless somebody helps. Each row group that was begun has a
 * counter of pieces left in the control page (query-control.ts).
 */
import { BATCH_ROWS_MAX } from '../../core/vector.ts'
import type { RowRange } from '../../format/format.ts'
import { type QueryControl, SHARED_ROW_GROUPS_MAX } from '../query-control.ts'

/** Morsels a thread, so that none waits long for the last. */
const MORSELS_PER_WORKER = 8
const PIECE_ROWS_MIN = 16 * BATCH_ROWS_MAX

export interface RoundShape {
  readonly workerCount: number
  readonly taskCount: number
}

/** How many pieces a row group is read in, at most. All threads come to the same. */
export function piecesWanted(rowGroupCount: number, { workerCount, taskCount }: RoundShape): number {
  if (workerCount === 1 || rowGroupCount > countersOf(0, taskCount).count) return 1
  return Math.ceil((MORSELS_PER_WORKER * workerCount) / (taskCount * rowGroupCount))
}

/** The counters that a task of a round has. */
export function countersOf(task: number, taskCount: number): { readonly first: number; readonly count: number } {
  const count = Math.floor(SHARED_ROW_GROUPS_MAX / taskCount)
  return { first: task * count, count }
}

/** The row groups of one task, by their number in the task. */
export class RowGroupPieces {
  readonly #control: QueryControl
  readonly #rowCounts: readonly number[]
  readonly #wanted: number
  /** Number of the first row group's counter. */
  readonly #first: number

  /** `wanted`: see `piecesWanted`. */
  constructor(control: QueryControl, rowCounts: readonly number[], options: { wanted: number; first: number }) {
    this.#control = control
    this.#rowCounts = rowCounts
    this.#wanted = options.wanted
    this.#first = options.first
  }

  /** The caller reads row group `number`, and others may help: the first piece. */
  begin(number: number): RowRange {
    const count = this.#count(number)
    if (count > 1) this.#control.offerPieces(this.#first + number, count - 1)
    return this.#range(number, count)
  }

  /** The next piece of a row group, the caller's alone; null when none is left. */
  next(number: number): RowRange | null {
    const left = this.#control.takePiece(this.#first + number)
    return left === 0 ? null : this.#range(number, left)
  }

  /** A piece of a row group that another thread began. */
  help(): { readonly number: number; readonly range: RowRange } | null {
    for (let number = 0; number < this.#rowCounts.length; number++) {
      if (!this.#control.isWorthHelp(this.#first + number)) continue
      const range = this.next(number)
      if (range !== null) return { number, range }
    }
    return null
  }

  #rows(number: number): number {
    const rows = Math.ceil(this.#rowCounts[number]! / this.#wanted / BATCH_ROWS_MAX) * BATCH_ROWS_MAX
    return Math.max(PIECE_ROWS_MIN, rows)
  }

  #count(number: number): number {
    return Math.max(1, Math.ceil(this.#rowCounts[number]! / this.#rows(number)))
  }

  /** The piece with `left` pieces from it to the end. */
  #range(number: number, left: number): RowRange {
    const rowCount = this.#rowCounts[number]!
    const rows = this.#rows(number)
    const start = (this.#count(number) - left) * rows
    return { start, end: Math.min(rowCount, start + rows) }
  }
}
