/**
 * Keys of a query that equal each other by their bits: a row for each, found by hash or directly, with a few bytes that the caller uses.
 *
 * NULL equals NULL. Floats compare by their bits with one NaN, as in Java's maps: -0.0 differs from 0.0.
 */
import type { Pointer } from '../../core/memory.ts'
import { BIGINT, type DataType, INTEGER, storageOf } from '../../core/types.ts'
import type { Vector } from '../../core/vector.ts'
import { GroupTable } from '../aggregate/group-table.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { layoutRows } from './row-layout.ts'
import { type VectorContext, flatVector, flatten } from './vectors.ts'

export class KeyTable {
  /** Where the caller's bytes lie in a row; zero in new rows. */
  readonly stateOffset: number
  readonly #context: OperatorContext
  readonly #table: GroupTable

  /** `types` have no lists and structs; `what` names the user of the memory in errors. */
  constructor(
    context: OperatorContext,
    types: readonly DataType[],
    { stateBytes, what }: { readonly stateBytes: number; readonly what: string },
  ) {
    this.#context = context
    const keys = types.map(bitsType)
    const isInteger = keys.length === 1 && (storageOf(keys[0]!) === 'i32' || storageOf(keys[0]!) === 'i64')
    const layout = layoutRows({ keys, wideKeys: isInteger, payload: [], withHash: !isInteger, stateBytes })
    this.stateOffset = layout.statesOffset
    this.#table = new GroupTable(context, layout, isInteger ? 'integer' : 'rows', what)
  }

  get keyCount(): number {
    return this.#table.rowCount
  }

  /** The rows of the keys, made where there are none: u32 in the context's arena. */
  add(keys: readonly Vector[], rowCount: number): Pointer {
    return this.#table.find(this.#bitsOf(keys), rowCount)
  }

  /** The same, 0 where there is none. */
  find(keys: readonly Vector[], rowCount: number): Pointer {
    return this.#table.lookup(this.#bitsOf(keys), rowCount)
  }

  free(): void {
    this.#table.abort()
  }

  #bitsOf(keys: readonly Vector[]): readonly Vector[] {
    return keys.map((key) => floatBits(this.#context, key))
  }
}

function bitsType(type: DataType): DataType {
  const storage = storageOf(type)
  return storage === 'f32' ? INTEGER : storage === 'f64' ? BIGINT : type
}

function floatBits(context: VectorContext, key: Vector): Vector {
  const storage = storageOf(key.type)
  if (storage !== 'f32' && storage !== 'f64') return key
  const { length, data, validity } = flatten(context, key)
  const { floatBits32, floatBits64 } = context.kernels.table
  const out = context.arena.allocate(length * 8)
  if (storage === 'f32') floatBits32(length, data, out)
  else floatBits64(length, data, out)
  return flatVector(bitsType(key.type), length, out, validity)
}
