/**
 * What the planning thread decodes columnar metadata with (Parquet checkpoints, manifests): a memory and kernels of its own.
 *
 * Planning must not need an engine that is running, and what it decodes is small: a batch of one row group at a time.
 */
import { createMemory } from '../core/memory.ts'
import type { ReadContext } from '../format/format.ts'
import { createKernels } from '../kernel/kernels.ts'

/** Address space, touched as far as it is needed: the largest column chunk's pages of a batch of all columns. */
const MEMORY_BYTES = 512 << 20

let context: ReadContext | undefined

/** The context, made when it is first asked for. Its users free what they take before they wait for anything that may not come back. */
export function metadataReadContext(): ReadContext {
  if (context === undefined) {
    const memory = createMemory(MEMORY_BYTES)
    context = { memory, kernels: createKernels(memory) }
  }
  return context
}
