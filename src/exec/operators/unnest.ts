/**
 * UNNEST: for every row, one row an element of its lists, side by side; shorter lists are filled up with NULLs.
 *
 *   a | [1, 2]  | [x]          a | 1 | x
 *   b | []      | NULL    ->   a | 2 | NULL
 *                              b | NULL | NULL      only with `outer` (LEFT JOIN)
 *
 * Output: the input's columns, an element column a list, then the element's number (bigint, from 1) with `ordinality`.
 */
import { BIGINT } from '../../core/types.ts'
import { BATCH_ROWS_MAX, type Batch, type FlatVector, type Vector } from '../../core/vector.ts'
import { compileExpr } from '../../expr/evaluate.ts'
import type { PhysicalUnnest } from '../../plan/physical.ts'
import { flatten, takeVector } from '../rows/vectors.ts'
import type { Emit, OperatorContext, StreamOperator } from './operator.ts'

export function createUnnest(context: OperatorContext, plan: PhysicalUnnest): StreamOperator {
  const evaluators = plan.lists.map((list) => compileExpr(list, context))
  return {
    push(batch: Batch, emit: Emit): boolean {
      const lists = evaluators.map((evaluate) => flatten(context, evaluate(batch)))
      const output = new UnnestOutput(context, plan, batch, lists)
      for (let row = 0; row < batch.rowCount; row++) {
        const longest = output.longest(row)
        const rows = longest === 0 && plan.outer ? 1 : longest
        for (let i = 0; i < rows; i++) {
          if (output.isFull && !output.flush(emit)) return false
          output.add(row, i, longest > 0)
        }
      }
      return output.flush(emit)
    },
    finish: () => undefined,
  }
}

/** Collects row and element numbers of one output batch. */
class UnnestOutput {
  readonly #context: OperatorContext
  readonly #plan: PhysicalUnnest
  readonly #batch: Batch
  readonly #lists: readonly FlatVector[]
  readonly #rows: number
  readonly #ordinals: number
  readonly #hasOrdinal: number
  readonly #elements: readonly { readonly numbers: number; readonly validity: number }[]
  #count = 0

  constructor(context: OperatorContext, plan: PhysicalUnnest, batch: Batch, lists: readonly FlatVector[]) {
    const { arena } = context
    this.#context = context
    this.#plan = plan
    this.#batch = batch
    this.#lists = lists
    this.#rows = arena.allocate(BATCH_ROWS_MAX * 4)
    this.#ordinals = arena.allocate(BATCH_ROWS_MAX * 8)
    this.#hasOrdinal = arena.allocate(BATCH_ROWS_MAX)
    this.#elements = lists.map(() => ({
      numbers: arena.allocate(BATCH_ROWS_MAX * 4),
      validity: arena.allocate(BATCH_ROWS_MAX),
    }))
  }

  get isFull(): boolean {
    return this.#count === BATCH_ROWS_MAX
  }

  longest(row: number): number {
    let longest = 0
    for (const list of this.#lists) longest = Math.max(longest, this.#length(list, row))
    return longest
  }

  add(row: number, element: number, isElement: boolean): void {
    const { u8, u32, i64 } = this.#context.memory
    const at = this.#count++
    u32[(this.#rows >>> 2) + at] = row
    i64[(this.#ordinals >>> 3) + at] = BigInt(element + 1)
    u8[this.#hasOrdinal + at] = isElement ? 1 : 0
    for (let k = 0; k < this.#lists.length; k++) {
      const list = this.#lists[k]!
      const { numbers, validity } = this.#elements[k]!
      const exists = element < this.#length(list, row)
      u8[validity + at] = exists ? 1 : 0
      u32[(numbers >>> 2) + at] = exists ? u32[(list.data >>> 2) + 2 * row]! + element : 0
    }
  }

  flush(emit: Emit): boolean {
    const count = this.#count
    if (count === 0) return true
    this.#count = 0
    const columns = this.#batch.columns.map((vector) => takeVector(this.#context, vector, this.#rows, count))
    this.#lists.forEach((list, k) => columns.push(this.#elementColumn(list, k, count)))
    if (this.#plan.ordinality) {
      const [data, validity] = [this.#ordinals, this.#hasOrdinal]
      columns.push({ encoding: 'flat', type: BIGINT, length: count, data, validity, children: [] })
    }
    return emit({ rowCount: count, columns })
  }

  #elementColumn(list: FlatVector, k: number, count: number): Vector {
    const { numbers, validity } = this.#elements[k]!
    const { arena, memory } = this.#context
    const elements = list.children[0]!
    if (elements.length === 0) {
      return {
        encoding: 'constant',
        type: elements.type,
        length: count,
        data: 0,
        isNull: true,
        children: [],
      }
    }
    const gathered = flatten(this.#context, takeVector(this.#context, elements, numbers, count))
    const both = arena.allocate(count)
    for (let i = 0; i < count; i++) {
      const isElement = gathered.validity === 0 || memory.u8[gathered.validity + i] === 1
      memory.u8[both + i] = isElement && memory.u8[validity + i] === 1 ? 1 : 0
    }
    return { ...gathered, validity: both }
  }

  #length(list: FlatVector, row: number): number {
    const { u8, u32 } = this.#context.memory
    if (list.validity !== 0 && u8[list.validity + row] === 0) return 0
    return u32[(list.data >>> 2) + 2 * row + 1]!
  }
}
