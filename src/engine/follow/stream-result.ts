/** The result of a query over a STREAM: what each commit gives is a result of its own; together they are one that does not end. */
import type { EngineMemory } from '../../core/memory.ts'
import type { Field } from '../../core/types.ts'
import { type OwnedBatch, type ResultPart, StatementResult } from '../result.ts'
import type { Offset } from './offset.ts'

export interface StreamPart extends ResultPart {
  readonly offset: Offset
}

export class StreamResult extends StatementResult {
  readonly #parts: () => AsyncGenerator<StreamPart>

  constructor(fields: readonly Field[], parts: () => AsyncGenerator<StreamPart>, memory: () => EngineMemory) {
    super(fields, 'SELECT', { kind: 'batches', batches: batchesOf(parts) }, memory)
    this.#parts = parts
  }

  /** The results one by one, each to be read (or not) before the next. */
  override parts(): AsyncGenerator<StreamPart> {
    this.markRead()
    return this.#parts()
  }
}

async function* batchesOf(parts: () => AsyncGenerator<StreamPart>): AsyncGenerator<OwnedBatch> {
  for await (const { result } of parts()) yield* result.ownedBatches()
}
