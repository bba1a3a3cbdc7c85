/**
 * Builds columns from Avro records: one builder a (type in the data, type wanted), each reading its own values from the cursor.
 *
 * Numbers go into growing typed arrays; strings stay where they are in the block, only their places are noted. So no object is made a row.
 * Types are promoted as Avro's and Hudi's schema evolution allow: int to long, float and double, float to double, decimals to a wider scale.
 */
import { unsupported } from '../../core/errors.ts'
import { type DataType, type Storage, storageOf, typeName, widthOf } from '../../core/types.ts'
import { constantVector } from '../../core/vector-values.ts'
import type { Vector } from '../../core/vector.ts'
import type { VectorContext } from '../../expr/gather.ts'
import { rescale } from '../../expr/values/decimal.ts'
import { bytesMin } from '../avro/skip.ts'
import type { AvroType } from '../avro/schema.ts'
import type { TargetField } from '../format.ts'
import type { ByteCursor } from './byte-cursor.ts'

export interface ColumnBuilder {
  /** Reads one value from the cursor. */
  read(cursor: ByteCursor): void
  addNull(): void
  /** The column of all rows read, in the context's arena. */
  finish(context: VectorContext): Vector
}

/** Lists, maps and structs within each other at most. */
const DEPTH_MAX = 100

/** A builder of `target`'s column from values of `type`. 0A000 when the one can't become the other. */
export function builderOf(type: AvroType, target: TargetField, depth: number = 0): ColumnBuilder {
  if (depth > DEPTH_MAX) throw unsupported('Avro data nested this deeply')
  if (type.kind === 'union') return new UnionBuilder(type.branches, target, depth)
  switch (target.type.kind) {
    case 'struct':
      if (type.kind === 'record') return new StructBuilder(type.fields, target, depth)
      break
    case 'list':
      if (type.kind === 'array') {
        const element = builderOf(type.items, target.children[0]!, depth + 1)
        return new ListBuilder(target.type, bytesMin(type.items), [(cursor) => element.read(cursor)], [element])
      }
      break
    case 'map':
      if (type.kind === 'map') {
        const [key, value] = target.children
        const keys = builderOf({ kind: 'string' }, key!, depth + 1)
        const values = builderOf(type.values, value!, depth + 1)
        const steps = [keys, values].map((builder) => (cursor: ByteCursor) => builder.read(cursor))
        return new ListBuilder(target.type, 1 + bytesMin(type.values), steps, [keys, values])
      }
      break
    default:
      return new ValueBuilder(target.type, valueReader(type, target.type))
  }
  throw mismatch(type, target.type)
}

function mismatch(type: AvroType, to: DataType): Error {
  return unsupported(`reading Avro ${type.kind} as ${typeName(to)}`)
}

/** A null or a value of one other type. */
class UnionBuilder implements ColumnBuilder {
  readonly #value: ColumnBuilder
  readonly #nullBranch: number
  readonly #branchCount: number

  constructor(branches: readonly AvroType[], target: TargetField, depth: number) {
    const values = branches.filter(({ kind }) => kind !== 'null')
    if (values.length > 1) throw unsupported('an Avro union of several types')
    this.#nullBranch = branches.findIndex(({ kind }) => kind === 'null')
    this.#branchCount = branches.length
    this.#value = values[0] === undefined ? new NullBuilder(target.type) : builderOf(values[0], target, depth + 1)
  }

  read(cursor: ByteCursor): void {
    const branch = cursor.int()
    if (branch < 0 || branch >= this.#branchCount) throw cursor.error(`a union has no branch ${branch}`)
    if (branch === this.#nullBranch) this.#value.addNull()
    else this.#value.read(cursor)
  }

  addNull(): void {
    this.#value.addNull()
  }

  finish(context: VectorContext): Vector {
    return this.#value.finish(context)
  }
}

class NullBuilder implements ColumnBuilder {
  readonly #type: DataType
  #length = 0

  constructor(type: DataType) {
    this.#type = type
  }

  read(): void {
    this.#length++
  }

  addNull(): void {
    this.#length++
  }

  finish({ memory, arena }: VectorContext): Vector {
    return constantVector(memory, arena, this.#type, null, this.#length)
  }
}

/** Growing validity bytes; they cost nothing while there is no NULL. */
class Validity {
  length = 0
  #bytes: Uint8Array | null = null

  add(isValid: boolean): void {
    if (!isValid && this.#bytes === null) this.#bytes = new Uint8Array(Math.max(64, this.length + 1)).fill(1)
    if (this.#bytes !== null) {
      if (this.length === this.#bytes.length) {
        const larger = new Uint8Array(this.length * 2).fill(1)
        larger.set(this.#bytes)
        this.#bytes = larger
      }
      if (!isValid) this.#bytes[this.length] = 0
    }
    this.length++
  }

  place({ memory, arena }: VectorContext): number {
    if (this.#bytes === null) return 0
    const pointer = arena.allocate(this.length)
    memory.u8.set(this.#bytes.subarray(0, this.length), pointer)
    return pointer
  }
}

/** Where a reader of single values puts them. */
export class Words {
  /** Each value takes `width` bytes. */
  readonly width: number
  i32: Int32Array
  f32: Float32Array
  f64: Float64Array
  u8: Uint8Array
  /** Of the value that is being written: in values. */
  at = 0

  constructor(width: number) {
    this.width = width
    const buffer = new ArrayBuffer(64 * Math.max(8, width))
    this.i32 = new Int32Array(buffer)
    this.f32 = new Float32Array(buffer)
    this.f64 = new Float64Array(buffer)
    this.u8 = new Uint8Array(buffer)
  }

  reserve(): void {
    if ((this.at + 1) * this.width <= this.u8.length) return
    const buffer = new ArrayBuffer(this.u8.length * 2)
    new Uint8Array(buffer).set(this.u8)
    this.i32 = new Int32Array(buffer)
    this.f32 = new Float32Array(buffer)
    this.f64 = new Float64Array(buffer)
    this.u8 = new Uint8Array(buffer)
  }

  setLong(low: number, high: number): void {
    this.i32[this.at * 2] = low
    this.i32[this.at * 2 + 1] = high
  }
}

type ValueReader = (cursor: ByteCursor, words: Words) => void

class ValueBuilder implements ColumnBuilder {
  readonly #type: DataType
  readonly #read: ValueReader
  readonly #words: Words
  readonly #validity = new Validity()

  constructor(type: DataType, read: ValueReader) {
    this.#type = type
    this.#read = read
    this.#words = new Words(widthOf(storageOf(type)))
  }

  read(cursor: ByteCursor): void {
    this.#words.reserve()
    this.#read(cursor, this.#words)
    this.#words.at++
    this.#validity.add(true)
  }

  addNull(): void {
    // Zeroes: what lies under a NULL must be readable.
    this.#words.reserve()
    this.#words.at++
    this.#validity.add(false)
  }

  finish(context: VectorContext): Vector {
    const { at: length, width, u8 } = this.#words
    const data = context.arena.allocate(length * width)
    context.memory.u8.set(u8.subarray(0, length * width), data)
    const validity = this.#validity.place(context)
    return { encoding: 'flat', type: this.#type, length, data, validity, children: [] }
  }
}

class StructBuilder implements ColumnBuilder {
  readonly #type: DataType
  readonly #steps: readonly ((cursor: ByteCursor) => void)[]
  readonly #children: readonly ColumnBuilder[]
  readonly #missing: readonly ColumnBuilder[]
  readonly #validity = new Validity()

  constructor(
    fields: readonly { readonly name: string; readonly type: AvroType }[],
    target: TargetField,
    depth: number,
  ) {
    this.#type = target.type
    const { steps, builders, missing } = recordBuilders(fields, target.children, depth + 1)
    this.#steps = steps
    this.#children = builders
    this.#missing = missing
  }

  read(cursor: ByteCursor): void {
    if (++cursor.depth > DEPTH_MAX) throw cursor.error('records are nested too deeply')
    for (const step of this.#steps) step(cursor)
    for (const builder of this.#missing) builder.addNull()
    cursor.depth--
    this.#validity.add(true)
  }

  addNull(): void {
    for (const child of this.#children) child.addNull()
    this.#validity.add(false)
  }

  finish(context: VectorContext): Vector {
    const children = this.#children.map((child) => child.finish(context))
    const { length } = this.#validity
    const validity = this.#validity.place(context)
    return { encoding: 'flat', type: this.#type, length, data: 0, validity, children }
  }
}

/**
 * What to do with each field of a record to build the targets' columns.
 *
 * `steps`: one a field of the record, in order. `builders`: one a target. `missing`: those of targets that the record has not.
 */
export function recordBuilders(
  fields: readonly { readonly name: string; readonly type: AvroType }[],
  targets: readonly TargetField[],
  depth: number,
): {
  readonly steps: readonly ((cursor: ByteCursor) => void)[]
  readonly builders: readonly ColumnBuilder[]
  readonly missing: readonly ColumnBuilder[]
} {
  const byField = new Map<number, ColumnBuilder>()
  const missing: ColumnBuilder[] = []
  const builders = targets.map((target) => {
    const index = findField(fields, target.names)
    if (index < 0) {
      const builder = new NullBuilder(target.type)
      missing.push(builder)
      return builder
    }
    // Two columns may be of one field.
    const known = byField.get(index)
    if (known !== undefined) return known
    const builder = builderOf(fields[index]!.type, target, depth)
    byField.set(index, builder)
    return builder
  })
  const steps = fields.map(({ type }, i) => {
    const builder = byField.get(i)
    return builder === undefined ? skipperOf(type, 0) : (cursor: ByteCursor) => builder.read(cursor)
  })
  return { steps, builders, missing }
}

/** The field of one of the names, best first; without regard to case where no field has it exactly. -1: none. */
export function findField(fields: readonly { readonly name: string }[], names: readonly string[]): number {
  for (const name of names) {
    const exact = fields.findIndex((field) => field.name === name)
    if (exact >= 0) return exact
    const folded = name.toLowerCase()
    const alike = fields.flatMap((field, i) => (field.name.toLowerCase() === folded ? [i] : []))
    if (alike.length === 1) return alike[0]!
  }
  return -1
}

/** Lists, and maps as lists of keys and values. */
class ListBuilder implements ColumnBuilder {
  readonly #type: DataType
  readonly #itemBytesMin: number
  readonly #steps: readonly ((cursor: ByteCursor) => void)[]
  readonly #children: readonly ColumnBuilder[]
  readonly #views = new Words(8)
  readonly #validity = new Validity()
  #childCount = 0

  constructor(
    type: DataType,
    itemBytesMin: number,
    steps: readonly ((cursor: ByteCursor) => void)[],
    children: readonly ColumnBuilder[],
  ) {
    this.#type = type
    this.#itemBytesMin = itemBytesMin
    this.#steps = steps
    this.#children = children
  }

  read(cursor: ByteCursor): void {
    if (++cursor.depth > DEPTH_MAX) throw cursor.error('lists are nested too deeply')
    const start = this.#childCount
    const count = cursor.items(this.#itemBytesMin, () => {
      for (const step of this.#steps) step(cursor)
    })
    cursor.depth--
    this.#childCount += count
    this.#add(start, count, true)
  }

  addNull(): void {
    this.#add(this.#childCount, 0, false)
  }

  finish(context: VectorContext): Vector {
    const children = this.#children.map((child) => child.finish(context))
    const { at: length, u8 } = this.#views
    const data = context.arena.allocate(length * 8)
    context.memory.u8.set(u8.subarray(0, length * 8), data)
    return { encoding: 'flat', type: this.#type, length, data, validity: this.#validity.place(context), children }
  }

  #add(start: number, count: number, isValid: boolean): void {
    this.#views.reserve()
    this.#views.setLong(start, count)
    this.#views.at++
    this.#validity.add(isValid)
  }
}

/** Passes over a value. */
export function skipperOf(type: AvroType, depth: number): (cursor: ByteCursor) => void {
  if (depth > DEPTH_MAX) throw unsupported('Avro data nested this deeply')
  switch (type.kind) {
    case 'null':
      return () => undefined
    case 'boolean':
      return (cursor) => void cursor.byte()
    case 'int':
    case 'long':
    case 'enum':
      return (cursor) => cursor.long()
    case 'float':
      return (cursor) => void cursor.take(4)
    case 'double':
      return (cursor) => void cursor.take(8)
    case 'bytes':
    case 'string':
      return (cursor) => void cursor.take(cursor.count('a length'))
    case 'fixed': {
      const { size } = type
      return (cursor) => void cursor.take(size)
    }
    case 'array': {
      const skip = skipperOf(type.items, depth + 1)
      return (cursor) => void cursor.items(bytesMin(type.items), () => skip(cursor))
    }
    case 'map': {
      const skip = skipperOf(type.values, depth + 1)
      return (cursor) =>
        void cursor.items(1 + bytesMin(type.values), () => {
          cursor.take(cursor.count('a length'))
          skip(cursor)
        })
    }
    case 'record': {
      const skips = type.fields.map((field) => skipperOf(field.type, depth + 1))
      return (cursor) => {
        for (const skip of skips) skip(cursor)
      }
    }
    case 'union': {
      const skips = type.branches.map((branch) => skipperOf(branch, depth + 1))
      return (cursor) => {
        const skip = skips[cursor.int()]
        if (skip === undefined) throw cursor.error('a union has no such branch')
        skip(cursor)
      }
    }
  }
}

/** How a value of an Avro type becomes one of `to`. */
function valueReader(type: AvroType, to: DataType): ValueReader {
  const storage = storageOf(to)
  const logical = 'logical' in type ? type.logical : undefined
  switch (type.kind) {
    case 'boolean':
      if (to.kind === 'boolean') return (cursor, words) => void (words.u8[words.at] = cursor.byte() === 0 ? 0 : 1)
      break
    case 'int':
    case 'long': {
      const factor = timeFactor(
        logical?.kind === 'timestamp' || logical?.kind === 'time' ? logical.unit : undefined,
        to,
      )
      if (factor !== undefined) return integerReader(storage, factor) ?? fail(type, to)
      break
    }
    case 'float':
    case 'double': {
      const isDouble = type.kind === 'double'
      const read = (cursor: ByteCursor): number => (isDouble ? cursor.double() : cursor.float())
      if (to.kind === 'double') return (cursor, words) => void (words.f64[words.at] = read(cursor))
      if (to.kind === 'real' && !isDouble) return (cursor, words) => void (words.f32[words.at] = read(cursor))
      break
    }
    case 'string':
    case 'bytes':
      if (logical?.kind === 'decimal' && to.kind === 'decimal') {
        return decimalReader((cursor) => cursor.count('a length'), logical.scale, to)
      }
      if (storage === 'bytes') return (cursor, words) => view(cursor, words, cursor.count('a length'))
      break
    case 'fixed': {
      const { size } = type
      if (logical?.kind === 'decimal' && to.kind === 'decimal') return decimalReader(() => size, logical.scale, to)
      if (to.kind === 'bytea') return (cursor, words) => view(cursor, words, size)
      break
    }
    default:
  }
  return fail(type, to)
}

function fail(type: AvroType, to: DataType): never {
  throw mismatch(type, to)
}

function view(cursor: ByteCursor, words: Words, length: number): void {
  words.setLong(cursor.take(length), length)
}

/** What integers are multiplied with to become micros (nanos); undefined: they can't become `to`. */
function timeFactor(unit: 'ms' | 'us' | 'ns' | undefined, to: DataType): bigint | undefined {
  const wanted = to.kind === 'timestamp' ? to.unit : to.kind === 'time' ? 'us' : undefined
  if (unit === undefined || wanted === undefined || unit === wanted) return 1n
  if (unit === 'ms') return wanted === 'ns' ? 1_000_000n : 1000n
  return unit === 'us' ? 1000n : undefined
}

function integerReader(storage: Storage, factor: bigint): ValueReader | undefined {
  switch (storage) {
    case 'i32':
      return (cursor, words) => void (words.i32[words.at] = cursor.int())
    case 'i64':
      if (factor === 1n) {
        return (cursor, words) => {
          cursor.long()
          words.setLong(cursor.low, cursor.high)
        }
      }
      return (cursor, words) => {
        cursor.long()
        const value = ((BigInt(cursor.high) << 32n) | BigInt(cursor.low >>> 0)) * factor
        words.setLong(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)))
      }
    case 'f32':
      return (cursor, words) => {
        cursor.long()
        words.f32[words.at] = cursor.high * 0x1_0000_0000 + (cursor.low >>> 0)
      }
    case 'f64':
      return (cursor, words) => {
        cursor.long()
        words.f64[words.at] = cursor.high * 0x1_0000_0000 + (cursor.low >>> 0)
      }
    default:
      return undefined
  }
}

/** Big-endian two's complement of any length. */
function decimalReader(
  length: (cursor: ByteCursor) => number,
  scale: number,
  to: DataType & { readonly kind: 'decimal' },
): ValueReader {
  const bytes = widthOf(storageOf(to))
  const isSameScale = scale === to.scale
  if (scale > to.scale) throw unsupported(`reading a decimal of scale ${scale} as ${typeName(to)}`)
  return (cursor, words) => {
    const count = length(cursor)
    const start = cursor.take(count)
    const out = words.at * bytes
    const fill = count > 0 && cursor.bytes[start]! >= 0x80 ? 0xff : 0
    for (let i = 0; i < count - bytes; i++) {
      if (cursor.bytes[start + i] !== fill) throw cursor.error('a decimal has more digits than its type')
    }
    for (let i = 0; i < bytes; i++) words.u8[out + i] = i < count ? cursor.bytes[start + count - 1 - i]! : fill
    if (isSameScale) return
    let value = 0n
    for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(words.u8[out + i]!)
    value = rescale(BigInt.asIntN(bytes * 8, value), scale, to.scale)
    for (let i = 0; i < bytes; i++, value >>= 8n) words.u8[out + i] = Number(value & 0xffn)
  }
}
