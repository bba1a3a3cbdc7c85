/** Reads the groups of an aggregate, keys and results: a morsel is a chunk of rows, or a spilled part, which is merged first. */
import { type Pointer, freePages } from '../../core/memory.ts'
import { INTEGER } from '../../core/types.ts'
import { type Batch, type Vector, BATCH_ROWS_MAX } from '../../core/vector.ts'
import type { HashAggregate } from '../../plan/physical.ts'
import type { OperatorContext, Source } from '../operators/operator.ts'
import { FLAG_MERGED } from '../rows/row-layout.ts'
import { PARTITIONS, type RowBlock } from '../rows/row-spill.ts'
import { readColumn } from '../rows/row-reader.ts'
import type { RowChunk } from '../rows/row-store.ts'
import { flatVector } from '../rows/vectors.ts'
import type { CallPlan } from './accumulator.ts'
import type { AggregateShape } from './aggregate-shape.ts'
import { finishCall } from './finish-calls.ts'
import { type MergedGroups, mergeTables } from './merge-groups.ts'
import { loadGroups } from './spilled-groups.ts'

export class AggregateSource implements Source {
  readonly #context: OperatorContext
  readonly #node: HashAggregate
  readonly #shape: AggregateShape
  /** In memory. */
  readonly #chunks: readonly RowChunk[]
  readonly #spilled: readonly (readonly RowBlock[])[]
  /** Of the part under way. */
  #loaded: RowChunk[] = []
  #pages: readonly Pointer[] = []
  #chunk: RowChunk | null = null
  #done = 0

  constructor(context: OperatorContext, node: HashAggregate, shape: AggregateShape, state: readonly MergedGroups[]) {
    this.#context = context
    this.#node = node
    this.#shape = shape
    this.#chunks = state.flatMap(({ chunks }) => chunks)
    const spills = state.filter(({ spilled }) => spilled.length > 0)
    this.#spilled =
      spills.length === 0
        ? []
        : Array.from({ length: PARTITIONS }, (_, part) => spills.flatMap(({ spilled }) => spilled[part] ?? []))
  }

  next(): Batch | null {
    const { arena, kernels } = this.#context
    const { rowBytes } = this.#shape.layout
    for (;;) {
      if (this.#chunk === null || this.#done === this.#chunk.count) {
        this.#context.checkCancelled()
        this.#chunk = this.#nextChunk()
        this.#done = 0
        if (this.#chunk === null) return null
      }
      const count = Math.min(BATCH_ROWS_MAX, this.#chunk.count - this.#done)
      const start = this.#chunk.start + this.#done * rowBytes
      const rows = arena.allocate((count + 1) * 4)
      const found = kernels.table.selectFlagged(count, start, rowBytes, FLAG_MERGED, 0, rows)
      this.#done += count
      if (found > 0) return this.#read(rows, found)
    }
  }

  #nextChunk(): RowChunk | null {
    if (this.#spilled.length === 0) return this.#chunks[this.#context.nextMorsel()] ?? null
    while (this.#loaded.length === 0) {
      this.#freePart()
      const part = this.#context.nextMorsel()
      if (part >= PARTITIONS) return null
      this.#loadPart(part)
    }
    return this.#loaded.shift()!
  }

  #loadPart(part: number): void {
    const context = this.#context
    const { chunks, pages } = loadGroups(context, this.#shape, this.#spilled[part]!)
    this.#pages = pages
    const rowCount = chunks.reduce((sum, { count }) => sum + count, 0)
    const table = { chunks, pages, rowCount, dense: null }
    const mark = context.arena.mark()
    mergeTables(context, this.#shape, [table], { part, parts: PARTITIONS, holdsAll: true })
    context.arena.release(mark)
    this.#loaded = [...chunks]
  }

  #freePart(): void {
    for (const page of this.#pages) freePages(this.#context.memory, page)
    this.#pages = []
  }

  #read(rows: Pointer, count: number): Batch {
    const { layout, plan } = this.#shape
    const keys = this.#node.groups.map((_, i) => readColumn(this.#context, layout.columns[i]!, rows, count))
    const results = plan.calls.map((call) =>
      call.name === 'grouping'
        ? this.#grouping(call, rows, count)
        : finishCall(this.#context, this.#shape, call, rows, count),
    )
    return { rowCount: count, columns: [...keys, ...results] }
  }

  /** grouping(a, b): bits, the last argument's lowest, set where the row's grouping set leaves the argument out. */
  #grouping(call: CallPlan, rows: Pointer, count: number): Vector {
    const { arena, kernels, memory } = this.#context
    const { groupingSets, layout } = this.#shape
    const texts = this.#node.groups.map((group) => exprText(group))
    const places = call.args.map((arg) => texts.indexOf(exprText(arg)))
    const sets = groupingSets ?? [new Set(texts.keys())]
    const bySet = arena.allocate(sets.length * 4)
    sets.forEach((members, set) => {
      memory.i32[(bySet >>> 2) + set] = places.reduce((bits, place) => (bits << 1) | (members.has(place) ? 0 : 1), 0)
    })
    const numbers = groupingSets === null ? arena.allocateZeroed(count * 4) : arena.allocate(count * 4)
    if (groupingSets !== null) kernels.table.gatherRows4(count, rows, layout.columns.at(-1)!.offset, numbers)
    const data = arena.allocate(count * 4)
    kernels.table.take4(count, numbers, bySet, data)
    return flatVector(INTEGER, count, data, 0)
  }

  close(): void {
    // Rows that were in memory belong to the aggregate's state.
    this.#freePart()
  }
}

function exprText(expr: unknown): string {
  return JSON.stringify(expr, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part))
}
