/** Workers simulated one after another on one thread, each with its own context over one memory: drives breakers in tests. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Arena } from '../../src/core/arena.ts'
import { type EngineMemory, createMemory, memoryUse } from '../../src/core/memory.ts'
import type { Batch } from '../../src/core/vector.ts'
import type { Breaker, OperatorContext, Source, StreamOperator } from '../../src/exec/operators/operator.ts'
import { createKernels } from '../../src/kernel/kernels.ts'
import { type Space, type Value, readBatch } from './vector-values.ts'

export interface WorkersOptions {
  readonly workers: number
  readonly limitBytes?: number
  readonly spillThresholdBytes?: number
}

/** Rows in batches: column values by batch. */
export type MakeBatch = (space: Space) => Batch

export class SimulatedWorkers {
  readonly memory: EngineMemory
  readonly contexts: readonly OperatorContext[]
  readonly counters: Map<string, number> = new Map()
  /** Holds what stands for data of a scan. */
  readonly #arenas: Arena[]
  #folder: string | null = null
  #morsel = 0

  constructor({ workers, limitBytes = 512 << 20, spillThresholdBytes = Number.MAX_SAFE_INTEGER }: WorkersOptions) {
    this.memory = createMemory(limitBytes)
    this.#arenas = []
    let files = 0
    this.contexts = Array.from({ length: workers }, (_, workerIndex) => {
      const arena = new Arena(this.memory, 'a test')
      this.#arenas.push(arena)
      return {
        memory: this.memory,
        kernels: createKernels(this.memory),
        arena,
        workerIndex,
        workerCount: workers,
        state: () => [],
        session: { nowMicros: 0n, timeZone: 'UTC' },
        nextMorsel: () => this.#morsel++,
        checkCancelled: () => undefined,
        spillFile: () => {
          this.#folder ??= mkdtempSync(join(tmpdir(), 'sluice-test-'))
          return join(this.#folder, `${files++}`)
        },
        spillThresholdBytes: () => spillThresholdBytes,
        count: (node: number, name: string, amount: number) => {
          const key = `${node}.${name}`
          this.counters.set(key, (this.counters.get(key) ?? 0) + amount)
        },
      }
    })
  }

  /** Runs a breaker over batches, dealt to the workers in turn; gives its state. */
  runBreaker(breaker: Breaker, batches: readonly MakeBatch[]): readonly unknown[] {
    const sinks = this.contexts.map((context) => breaker.createSink(context))
    batches.forEach((make, i) => {
      const worker = i % sinks.length
      const context = this.contexts[worker]!
      const space = { memory: this.memory, arena: context.arena }
      sinks[worker]!.push(make(space))
      context.arena.reset()
    })
    let outputs: readonly unknown[] = sinks.map((sink) => structuredClone(sink.finish()))
    for (const step of breaker.steps) {
      const workers = step.workers === 'all' ? this.contexts : this.contexts.slice(0, 1)
      const previous = outputs
      outputs = workers.map((context) => {
        const output = structuredClone(step.run(context, previous))
        context.arena.reset()
        return output
      })
    }
    return outputs
  }

  /** What operators left for the source behind them. */
  handOvers: unknown[] = []

  /** Pushes batches through an operator in each worker; gives all rows. */
  runOperator(make: (context: OperatorContext) => StreamOperator, batches: readonly MakeBatch[]): Value[][] {
    const operators = this.contexts.map(make)
    const rows: Value[][] = []
    const emit = (batch: Batch): boolean => {
      rows.push(...readBatch(this.memory, batch))
      return true
    }
    batches.forEach((makeBatch, i) => {
      const worker = i % operators.length
      const context = this.contexts[worker]!
      operators[worker]!.push(makeBatch({ memory: this.memory, arena: context.arena }), emit)
      context.arena.reset()
    })
    operators.forEach((operator, i) => {
      operator.finish(emit)
      if (operator.handOver !== undefined) this.handOvers.push(structuredClone(operator.handOver()))
      this.contexts[i]!.arena.reset()
    })
    return rows
  }

  /** Reads a source in all workers, or the first few, in turn. */
  runSource(
    make: (context: OperatorContext) => Source,
    { workers = this.contexts.length }: { readonly workers?: number } = {},
  ): Value[][] {
    this.#morsel = 0
    const sources = this.contexts.slice(0, workers).map(make)
    const rows: Value[][] = []
    const open = new Set(sources.keys())
    while (open.size > 0) {
      for (const worker of open) {
        const batch = sources[worker]!.next()
        if (batch === null) open.delete(worker)
        else rows.push(...readBatch(this.memory, batch))
        this.contexts[worker]!.arena.reset()
      }
    }
    sources.forEach((source) => source.close())
    return rows
  }

  /** Bytes still in use once the workers' arenas are empty: what leaked, when all state was released. */
  leakedBytes(): number {
    for (const arena of this.#arenas) arena.free()
    return memoryUse(this.memory).usedBytes
  }

  close(): void {
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true })
  }
}
