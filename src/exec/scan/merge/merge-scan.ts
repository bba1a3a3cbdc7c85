/**
 * Reads a task that merges sorted runs (table/merge.ts), step by step in bounded memory:
 *
 *   a batch of each run's keys --merge-window--> rows in order --engine--> rows of the result --filters--> batches
 *
 * Engines that choose a row of each key read the other columns for the chosen rows only, file by file: `pieces`. Engines that make each field by
 * itself read all rows of the step and hand out `batches`.
 */
import { Arena } from '../../../core/arena.ts'
import { unsupported } from '../../../core/errors.ts'
import type { Batch } from '../../../core/vector.ts'
import type { PhysicalScan } from '../../../plan/physical.ts'
import type { MergeTask } from '../../../table/merge.ts'
import type { QueryContext } from '../../query-context.ts'
import type { Morsel } from '../morsel.ts'
import type { RoundTask } from '../scan-round.ts'
import type { ScanFilters } from '../scan-filters.ts'
import { FieldMerger } from './field-merger.ts'
import { mergeChecks } from './merge-checks.ts'
import { mergeShape } from './merge-keys.ts'
import { type WindowPart, nextParts, orderParts } from './merge-window.ts'
import { type Piece, PieceReader } from './piece-reader.ts'
import { type MergeReading, RunReader } from './run-reader.ts'

export class MergeScan implements Morsel {
  readonly #reading: MergeReading
  readonly #readers: readonly RunReader[]
  /** For the step under way. */
  readonly #arena: Arena
  readonly #pieces: PieceReader
  readonly #fields: FieldMerger | null

  constructor(context: QueryContext, plan: PhysicalScan, task: RoundTask, filters: ScanFilters) {
    const merge = task.merge!
    const types = [...plan.columns, ...merge.extraColumns].map(({ type }) => type)
    const leading = leadingColumns(merge)
    const checks = mergeChecks(context, filters, task)
    const put = [...plan.projection, ...checks.flatMap(({ columns }) => columns)]
    const fields = merge.engine.kind === 'fields' ? new FieldMerger(context, merge, merge.engine, types, put) : null
    const wanted = [...new Set([...leading, ...put, ...(fields?.columns ?? [])])]
    const shape = mergeShape(merge, types)
    this.#reading = { context, plan, filters, checks: task.checks, merge, shape, leading, wanted }
    this.#readers = merge.runs.map((run, i) => new RunReader(this.#reading, run, i))
    this.#arena = new Arena(context.memory, 'a merge')
    this.#pieces = new PieceReader(context, plan, checks)
    this.#fields = fields
  }

  get bytesRead(): number {
    return this.#readers.reduce((sum, reader) => sum + reader.bytesRead, 0)
  }

  get rowsScanned(): number {
    return this.#readers.reduce((sum, reader) => sum + reader.rowsScanned, 0)
  }

  next(): Batch | null {
    const { context } = this.#reading
    for (;;) {
      const batch = this.#fields?.next() ?? this.#pieces.next()
      if (batch !== null) return batch
      context.checkCancelled()
      context.arena.reset()
      this.#arena.reset()
      if (!this.#step()) return null
    }
  }

  close(): void {
    for (const reader of this.#readers) reader.close()
    this.#arena.free()
  }

  /** Merges what is complete now; false at the end. */
  #step(): boolean {
    const { context, shape } = this.#reading
    const own = { memory: context.memory, kernels: context.kernels, arena: this.#arena }
    const parts = nextParts(own, shape, this.#readers)
    if (parts === null) return false
    if (this.#fields !== null) {
      this.#fields.merge(own, orderParts(own, shape, parts), shape, this.#pieces)
      return true
    }
    this.#choose(own, parts)
    return true
  }

  #choose(
    own: { memory: QueryContext['memory']; kernels: QueryContext['kernels']; arena: Arena },
    parts: WindowPart[],
  ): void {
    const { shape, merge } = this.#reading
    const { sort } = own.kernels
    const [only] = parts
    if (parts.length === 1 && only !== undefined) {
      const { reader, from, to } = only
      if (!reader.hasRetractions || merge.keepRetractions === true) {
        this.#pieces.add({ ...only, selection: null })
        return
      }
      sort.markInserts(to - from, reader.rows + from * shape.stride, shape.stride)
    } else {
      const { order, starts, keyCount } = orderParts(own, shape, parts)
      const isFirst = merge.engine.kind === 'first-row'
      const [ignore, keep] = [merge.ignoreRetractions ? 1 : 0, merge.keepRetractions === true ? 1 : 0]
      const refuse = isFirst && ignore === 0 ? 1 : 0
      const marked = sort.markRows(keyCount, order, starts, isFirst ? 0 : 1, ignore, keep, refuse)
      if (marked < 0) {
        throw unsupported('a first-row table that received deletes or updates', {
          hint: 'Set the option "ignore-delete" of the table.',
        })
      }
    }
    for (const part of parts) this.#pieces.add(markedRows(own, part))
  }
}

function leadingColumns({ keys, ordering, rowKinds }: MergeTask): readonly number[] {
  const all = [...keys, ...[...ordering, ...rowKinds].map(({ column }) => column)]
  return [...new Set(all)]
}

/** The rows of a part whose mask is set. */
function markedRows(
  { arena, kernels }: { readonly arena: Arena; readonly kernels: QueryContext['kernels'] },
  { reader, from, to }: WindowPart,
): Piece {
  const pointer = arena.allocate((to - from + 8) * 4)
  const count = kernels.vector.selectTrue(reader.mask + from, to - from, pointer)
  return { reader, from, to, selection: count === to - from ? null : { pointer, count } }
}
