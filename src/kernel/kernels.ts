/**
 * Instantiates the AssemblyScript modules of src/kernel/wasm over the engine's shared memory, each on first use.
 *
 * An instance belongs to one thread: module-level variables in AssemblyScript are WebAssembly globals, private to
 * the instance, but its static data (`memory.data`) is shared by all threads and so must be constant.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { InternalError } from '../core/errors.ts'
import type { EngineMemory } from '../core/memory.ts'
import type { AggregateKernels } from './generated/aggregate.ts'
import type { AvroKernels } from './generated/avro.ts'
import type { CodecKernels } from './generated/codec.ts'
import type { LanceKernels } from './generated/lance.ts'
import type { OrcKernels } from './generated/orc.ts'
import type { ParquetKernels } from './generated/parquet.ts'
import type { ScalarKernels } from './generated/scalar.ts'
import type { SortKernels } from './generated/sort.ts'
import type { StoreKernels } from './generated/store.ts'
import type { TableKernels } from './generated/table.ts'
import type { StringKernels } from './generated/string.ts'
import type { TextKernels } from './generated/text.ts'
import type { VectorKernels } from './generated/vector.ts'

/** Every kernel module, by name; pointers and counts are numbers, 64-bit values bigints. */
export interface Kernels {
  readonly vector: VectorKernels
  readonly table: TableKernels
  readonly parquet: ParquetKernels
  readonly codec: CodecKernels
  readonly aggregate: AggregateKernels
  readonly sort: SortKernels
  readonly store: StoreKernels
  readonly orc: OrcKernels
  readonly avro: AvroKernels
  readonly lance: LanceKernels
  readonly text: TextKernels
  readonly string: StringKernels
  readonly scalar: ScalarKernels
}

const modules = new Map<string, WebAssembly.Module>()
let tieringIsSet = false

/** The kernels over `memory`, for the calling thread. */
export function createKernels({ memory }: EngineMemory): Kernels {
  const kernels = {} as Kernels
  for (const name of MODULE_NAMES) {
    Object.defineProperty(kernels, name, {
      configurable: true,
      get() {
        const value = instantiate(name, memory)
        // From the second access on this is a plain property.
        Object.defineProperty(kernels, name, { value })
        return value
      },
    })
  }
  return kernels
}

const MODULE_NAMES = [
  'vector',
  'table',
  'parquet',
  'codec',
  'aggregate',
  'sort',
  'store',
  'orc',
  'avro',
  'lance',
  'text',
  'string',
  'scalar',
] as const

function instantiate(name: string, memory: WebAssembly.Memory): unknown {
  let module = modules.get(name)
  if (module === undefined) {
    preferOptimizedCode()
    module = new WebAssembly.Module(readFileSync(wasmFile(name)))
    modules.set(name, module)
  }
  return new WebAssembly.Instance(module, { env: { memory } }).exports
}

/** dist/src/kernel/<name>.wasm, from a bundle in dist/src/ or when this file runs as TypeScript from src/. */
function wasmFile(name: string): string {
  for (const candidate of [`../kernel/${name}.wasm`, `../../dist/src/kernel/${name}.wasm`]) {
    const file = fileURLToPath(new URL(candidate, import.meta.url))
    if (existsSync(file)) return file
  }
  throw new InternalError(`kernel module ${name}.wasm is missing: run npm run build`)
}

/**
 * V8 of Node 20 leaves hot loops in its baseline compiler for many calls; kernels are small, so compile them
 * with the optimizing compiler from the start. Guarded: the flag may go away.
 */
function preferOptimizedCode(): void {
  if (tieringIsSet) return
  tieringIsSet = true
  try {
    setFlagsFromString('--no-liftoff')
  } catch {
    // An unknown flag only costs speed.
  }
}
