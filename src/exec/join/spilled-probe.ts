/**
 * A hash join whose build side is in files: probe rows are stored by the same parts, then each part is joined by itself.
 *
 *   probe batch -> parts of its keys' hashes -> a store a part (in files too, when they grow)     SpillingProbe, in every worker
 *   part -> its build rows in a table -> its probe rows of all workers pushed through HashProbe   SpilledJoinSource, a part a morsel
 */
import { type Pointer, freePages } from '../../core/memory.ts'
import type { Batch, Vector } from '../../core/vector.ts'
import { compileExprs } from '../../expr/evaluate.ts'
import type { HashJoin } from '../../plan/physical.ts'
import { BatchStore } from '../batch-store.ts'
import type { OperatorContext, Source, StreamOperator } from '../operators/operator.ts'
import { hashKeys } from '../rows/key-hash.ts'
import { PARTITIONS } from '../rows/row-spill.ts'
import { takeBatch } from '../rows/vectors.ts'
import { type Segment, freeSegment, loadSegment } from '../segment.ts'
import type { JoinShape } from './join-shape.ts'
import type { JoinState } from './join-state.ts'
import { HashProbe } from './probe.ts'
import { loadBuildPart } from './spilled-part.ts'
import { UnmatchedSource } from './unmatched.ts'

/** Probe rows of one worker by part: plain data. */
export type SpilledProbe = readonly (readonly Segment[])[]

const WHAT = 'the probe side of a hash join'

export class SpillingProbe implements StreamOperator {
  readonly #context: OperatorContext
  readonly #plan: HashJoin
  readonly #keys: (batch: Batch) => readonly Vector[]
  readonly #stores: readonly BatchStore[]

  constructor(context: OperatorContext, plan: HashJoin) {
    this.#context = context
    this.#plan = plan
    this.#keys = compileExprs(plan.probeKeys, context)
    // There are many stores, so each is to hold little, and one that finds no memory has all give theirs up.
    const segmentBytes = context.spillThresholdBytes() / (4 * PARTITIONS)
    const whenFull = (): void => this.#spill()
    this.#stores = Array.from({ length: PARTITIONS }, () => new BatchStore(context, WHAT, whenFull, segmentBytes))
  }

  push(batch: Batch): boolean {
    const { rowCount } = batch
    if (rowCount === 0) return true
    const { order, runs, runCount, parts } = this.#split(batch)
    const { u32 } = this.#context.memory
    let begin = 0
    for (let run = 0; run < runCount; run++) {
      const end = u32[(runs >>> 2) + run * 2 + 1]!
      const part = u32[(parts >>> 2) + u32[(order >>> 2) + begin]!]!
      this.#stores[part]!.append(takeBatch(this.#context, batch, order + begin * 4, end - begin))
      begin = end
    }
    this.#spillIfLarge()
    return true
  }

  /** The batch's rows in the order of their parts. */
  #split(batch: Batch): { order: Pointer; runs: Pointer; runCount: number; parts: Pointer } {
    const { arena, kernels } = this.#context
    const { rowCount } = batch
    const hashes = hashKeys(this.#context, this.#keys(batch), rowCount)
    const parts = arena.allocate(Math.max(rowCount, PARTITIONS) * 4)
    kernels.table.partsOfHashes(rowCount, hashes, PARTITIONS, parts)
    const order = arena.allocate(rowCount * 4)
    const runs = arena.allocate(PARTITIONS * 8)
    const counts = arena.allocate(PARTITIONS * 4)
    const runCount = kernels.table.orderByGroup(rowCount, parts, PARTITIONS, parts, counts, order, runs)
    return { order, runs, runCount, parts }
  }

  #spillIfLarge(): void {
    const held = this.#stores.reduce((sum, store) => sum + store.byteCount, 0)
    if (held > this.#context.spillThresholdBytes()) this.#spill()
  }

  #spill(): void {
    for (const store of this.#stores) {
      if (store.byteCount === 0) continue
      const before = store.spilledBytes
      store.spill(this.#context.spillFile())
      this.#context.count(this.#plan.id, 'spilled_bytes', store.spilledBytes - before)
    }
  }

  finish(): void {
    // Rows are joined once all workers have stored theirs.
  }

  handOver(): SpilledProbe {
    return this.#stores.map((store) => store.detach())
  }

  abort(): void {
    for (const store of this.#stores) store.free()
  }
}

export class SpilledJoinSource implements Source {
  readonly #context: OperatorContext
  readonly #plan: HashJoin
  readonly #shape: JoinShape
  readonly #state: JoinState
  readonly #probes: readonly SpilledProbe[]
  readonly #batches: Generator<Batch, void>
  /** Rows put out for one probe batch. */
  readonly #output: BatchStore

  constructor(
    context: OperatorContext,
    plan: HashJoin,
    shape: JoinShape,
    state: JoinState,
    probes: readonly SpilledProbe[],
  ) {
    this.#context = context
    this.#plan = plan
    this.#shape = shape
    this.#state = state
    this.#probes = probes
    this.#output = new BatchStore(context, WHAT)
    this.#batches = this.#joinParts()
  }

  next(): Batch | null {
    return this.#batches.next().value ?? null
  }

  close(): void {
    this.#batches.return()
    this.#output.free()
  }

  *#joinParts(): Generator<Batch, void> {
    for (;;) {
      const part = this.#context.nextMorsel()
      if (part >= PARTITIONS) return
      this.#context.checkCancelled()
      const state = loadBuildPart(this.#context, this.#plan, this.#shape, this.#state, this.#state.spilled![part]!)
      try {
        yield* this.#probe(part, state)
        yield* this.#unmatched(state)
      } finally {
        for (const page of state.pages) freePages(this.#context.memory, page)
      }
    }
  }

  *#probe(part: number, state: JoinState): Generator<Batch, void> {
    const probe = new HashProbe(this.#context, this.#plan, this.#shape, [state])
    for (const segment of this.#probes.flatMap((parts) => parts[part] ?? [])) {
      const loaded = loadSegment(this.#context, segment)
      try {
        for (const batch of loaded.batches) {
          probe.push(batch, (rows) => {
            this.#output.append(rows)
            return true
          })
          yield* this.#drain()
        }
      } finally {
        loaded.release()
        freeSegment(this.#context.memory, segment)
      }
    }
  }

  *#drain(): Generator<Batch, void> {
    const segments = this.#output.detach()
    try {
      for (const segment of segments) yield* segment.batches
    } finally {
      for (const segment of segments) freeSegment(this.#context.memory, segment)
    }
  }

  *#unmatched(state: JoinState): Generator<Batch, void> {
    const { type } = this.#plan
    if (type !== 'right' && type !== 'full' && type !== 'right-semi' && type !== 'right-anti') return
    const chunks = [...state.chunks]
    const source = new UnmatchedSource(this.#context, this.#plan, this.#shape, () => chunks.shift() ?? null)
    for (let batch = source.next(); batch !== null; batch = source.next()) yield batch
  }
}
