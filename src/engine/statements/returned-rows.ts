/** Rows of RETURNING, copied out of the engine's memory: they are given when the statement has committed. */
import type { EngineMemory } from '../../core/memory.ts'
import type { LiteralValue } from '../../core/value.ts'
import { columnValues } from '../../core/vector-export.ts'
import type { Vector } from '../../core/vector.ts'

export class ReturnedRows {
  readonly #memory: EngineMemory
  readonly #width: number
  readonly rows: LiteralValue[][] = []

  constructor(memory: EngineMemory, width: number) {
    this.#memory = memory
    this.#width = width
  }

  /** Adds rows of a batch, given by their numbers. */
  add(columns: readonly Vector[], rows: Int32Array): void {
    if (rows.length === 0) return
    const values = columns.slice(0, this.#width).map((column) => columnValues(this.#memory, column))
    for (const row of rows) this.rows.push(values.map((column) => column[row]!))
  }
}
