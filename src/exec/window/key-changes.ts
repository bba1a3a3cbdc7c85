/** Where the key of ordered rows differs from that of the row before. */
import type { Pointer } from '../../core/memory.ts'
import { storageOf } from '../../core/types.ts'
import type { Batch, FlatVector, Vector } from '../../core/vector.ts'
import { compileExprs } from '../../expr/evaluate.ts'
import type { PhysicalSortKey, PhysicalWindow } from '../../plan/physical.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { flatten } from '../rows/vectors.ts'
import { encodeKeys } from '../sort/encode-keys.ts'
import { type SortShape, sortShape } from '../sort/sort-shape.ts'

/**
 * Keys are compared as the bytes that the sort makes of them, so that what it holds to be equal is equal here; of strings these have the
 * first eight bytes, and the rest is compared where those are the same.
 */
export class KeyChanges {
  readonly #context: OperatorContext
  readonly #shape: SortShape | null
  readonly #evaluate: (batch: Batch) => readonly Vector[]
  readonly #strings: readonly number[]
  #isFirst = true
  /** Of the last row so far. */
  #lastKey: Uint32Array = new Uint32Array(0)
  #lastStrings: readonly Uint8Array[] = []

  constructor(context: OperatorContext, plan: PhysicalWindow, keys: readonly PhysicalSortKey[]) {
    this.#context = context
    const { id, output, estimate, child } = plan
    this.#shape =
      keys.length === 0 ? null : sortShape({ kind: 'sort', id, output, estimate, child, keys, limit: null, offset: 0 })
    this.#evaluate = compileExprs(
      keys.map(({ expr }) => expr),
      context,
    )
    this.#strings = keys.flatMap(({ expr }, i) => (storageOf(expr.type) === 'bytes' ? [i] : []))
  }

  /** A byte a row of the batch, in the context's arena: 1 where the key is a new one. */
  mark(batch: Batch): Pointer {
    const { arena, memory } = this.#context
    const { rowCount } = batch
    const marks = arena.allocateZeroed(rowCount)
    if (rowCount === 0) return marks
    const shape = this.#shape
    if (shape !== null) this.#compare(batch, shape, marks)
    if (this.#isFirst) memory.u8[marks] = 1
    this.#isFirst = false
    return marks
  }

  #compare(batch: Batch, shape: SortShape, marks: Pointer): void {
    const { rowCount } = batch
    const { u8, u32 } = this.#context.memory
    const values = this.#evaluate(batch)
    const keys = encodeKeys(this.#context, shape, values, rowCount) >>> 2
    const strings = this.#strings.map((i) => flatten(this.#context, values[i]!))
    const words = shape.keyBytes / 4
    if (!this.#isFirst) {
      const first = u32.subarray(keys, keys + words)
      const isSame =
        this.#lastKey.every((word, i) => word === first[i]) &&
        strings.every((vector, i) => equalBytes(this.#text(vector, 0), this.#lastStrings[i]!))
      if (!isSame) u8[marks] = 1
    }
    for (let row = 1; row < rowCount; row++) {
      const at = keys + row * words
      let isSame = true
      for (let i = 0; i < words && isSame; i++) isSame = u32[at + i] === u32[at + i - words]
      if (isSame) for (const vector of strings) isSame &&= this.#equalText(vector, row)
      if (!isSame) u8[marks + row] = 1
    }
    const last = keys + (rowCount - 1) * words
    this.#lastKey = u32.slice(last, last + words)
    this.#lastStrings = strings.map((vector) => this.#text(vector, rowCount - 1).slice())
  }

  #text({ data, validity }: FlatVector, row: number): Uint8Array {
    const { u8, u32 } = this.#context.memory
    if (validity !== 0 && u8[validity + row] === 0) return u8.subarray(0, 0)
    const at = (data >>> 2) + row * 2
    return u8.subarray(u32[at]!, u32[at]! + u32[at + 1]!)
  }

  /** Whether the row's string is that of the row before, whose encoded key is the same. */
  #equalText({ data, validity }: FlatVector, row: number): boolean {
    const { u8, u32 } = this.#context.memory
    // Both are NULL or none is: the encoded keys say so.
    if (validity !== 0 && u8[validity + row] === 0) return true
    const at = (data >>> 2) + row * 2
    const length = u32[at + 1]!
    if (length !== u32[at - 1]) return false
    const [a, b] = [u32[at]!, u32[at - 2]!]
    if (a === b) return true
    for (let i = 8; i < length; i++) if (u8[a + i] !== u8[b + i]) return false
    return true
  }
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
