/**
 * RANGE with offsets: where the keys that lie within an offset of a row's key begin and end.
 *
 * Keys of a partition are in order, so the bounds only move forward: one walk over the rows finds them all. A row whose key is NULL has
 * its peers, the other NULLs; the others never see NULLs by their offset. Exact numbers are compared as bigints of one scale: nothing
 * wraps. NaN is the greatest number, and infinities are within an infinite offset of each other, as in PostgreSQL.
 */
import { defined } from '../../core/assert.ts'
import { SqlError, unsupported } from '../../core/errors.ts'
import { infinityOf, infinitySign } from '../../core/infinity.ts'
import { type DataType, TIMESTAMP, isFloat, isInteger, typeName } from '../../core/types.ts'
import type { IntervalValue, LiteralValue } from '../../core/value.ts'
import { valueAt } from '../../core/vector-values.ts'
import { BATCH_ROWS_MAX } from '../../core/vector.ts'
import { functionByName } from '../../expr/functions/index.ts'
import type { PhysicalFrameBound, PhysicalSortKey } from '../../plan/physical.ts'
import { type WindowBlock, readValues } from './window-block.ts'

type Key = number | bigint

interface Arithmetic {
  /** A key that is not NULL in the form that is compared. */
  key(value: LiteralValue): Key
  /** The key an offset away: `sign` is -1 towards smaller keys. */
  shifted(value: LiteralValue, sign: number): Key
}

const DAY_MICROS = 86_400_000_000n

export class RangeBounds {
  readonly #block: WindowBlock
  readonly #sort: PhysicalSortKey
  readonly #arithmetic: Arithmetic
  /** Of the bound: -1 where it lies at smaller keys. */
  readonly #sign: number

  constructor(block: WindowBlock, sort: PhysicalSortKey, { kind, offset }: PhysicalFrameBound, value: LiteralValue) {
    this.#block = block
    this.#sort = sort
    this.#sign = (kind === 'preceding') === sort.descending ? 1 : -1
    this.#arithmetic = arithmeticOf(block, sort.expr.type, offset!.type, value)
  }

  /** The word index of a u32 array: the first row of each row's bound (`isStart`), or the first one behind it. */
  find(isStart: boolean): number {
    const { arena, context, rows } = this.#block
    const { u32 } = context.memory
    const { rowCount, partitionStart, partitionEnd } = rows
    const out = arena.allocate(rowCount * 4) >>> 2
    const values = this.#readKeys()
    for (let first = 0; first < rowCount; first = u32[partitionEnd + first]!) {
      if (u32[partitionStart + first] === first) this.#findIn(values, first, u32[partitionEnd + first]!, isStart, out)
    }
    return out
  }

  #readKeys(): LiteralValue[] {
    const { context, rows } = this.#block
    const values: LiteralValue[] = []
    for (let first = 0; first < rows.rowCount; first += BATCH_ROWS_MAX) {
      const count = Math.min(BATCH_ROWS_MAX, rows.rowCount - first)
      const mark = context.arena.mark()
      const addresses = (rows.addresses + first) * 4
      const vector = readValues(this.#block, this.#sort.expr, addresses, count)
      for (let i = 0; i < count; i++) values.push(valueAt(context.memory, vector, i))
      context.arena.release(mark)
    }
    return values
  }

  #findIn(values: readonly LiteralValue[], first: number, end: number, isStart: boolean, out: number): void {
    const { context, rows } = this.#block
    const { u32 } = context.memory
    let [low, high] = [first, end]
    while (low < high && values[low] === null) low++
    while (high > low && values[high - 1] === null) high--
    for (let row = first; row < end; row++)
      if (row < low || row >= high) u32[out + row] = u32[(isStart ? rows.peerStart : rows.peerEnd) + row]!
    const direction = this.#sort.descending ? -1 : 1
    let at = low
    for (let row = low; row < high; row++) {
      if ((row & 8191) === 0) context.checkCancelled()
      const bound = this.#arithmetic.shifted(values[row]!, this.#sign)
      for (; at < high; at++) {
        const order = compare(this.#arithmetic.key(values[at]!), bound) * direction
        if (isStart ? order >= 0 : order > 0) break
      }
      u32[out + row] = at
    }
  }
}

function compare(a: Key, b: Key): number {
  if (a !== a || b !== b) return a !== a ? (b !== b ? 0 : 1) : -1
  return a < b ? -1 : a > b ? 1 : 0
}

function arithmeticOf({ context }: WindowBlock, key: DataType, offset: DataType, value: LiteralValue): Arithmetic {
  const keyScale = exactScale(key)
  const offsetScale = exactScale(offset)
  if (keyScale !== null && offsetScale !== null)
    return exactArithmetic(keyScale, offsetScale, BigInt(value as bigint | number))
  if (isFloat(key) && (isFloat(offset) || offsetScale !== null)) {
    const size = isFloat(offset) ? (value as number) : Number(BigInt(value as bigint | number)) / 10 ** offsetScale!
    return floatArithmetic(size)
  }
  const isTime = key.kind === 'date' || (key.kind === 'timestamp' && key.unit === 'us')
  if (!isTime || offset.kind !== 'interval') {
    throw unsupported(
      `RANGE with offset PRECEDING/FOLLOWING for type ${typeName(key)} and offset type ${typeName(offset)}`,
    )
  }
  const interval = value as IntervalValue
  const days = BigInt(interval.months) * 30n + BigInt(interval.days)
  refuseNegative(days * DAY_MICROS + interval.micros < 0n)
  const [plus, minus] = ['add', 'subtract'].map((name) => {
    const added = defined(functionByName(name), name)
    return { added, signature: defined(added.resolve([key, offset]), `${name} of a time`) }
  })
  const inMicros = (one: LiteralValue, type: DataType): Key => {
    if (type.kind !== 'date') return one as bigint
    const sign = infinitySign(one, type)
    return sign === 0 ? BigInt(one as number) * DAY_MICROS : (infinityOf(TIMESTAMP, sign) as bigint)
  }
  return {
    key: (one) => inMicros(one, key),
    shifted: (one, sign) => {
      const { added, signature } = sign > 0 ? plus! : minus!
      const moved = signature.args[0]!.kind === 'date' ? one : inMicros(one, key)
      return inMicros(added.scalar([moved, value], signature, context.session), signature.result)
    },
  }
}

/** Decimal places of exact numbers; null for other types. */
function exactScale(type: DataType): number | null {
  if (isInteger(type)) return 0
  return type.kind === 'decimal' ? type.scale : null
}

function exactArithmetic(keyScale: number, offsetScale: number, value: bigint): Arithmetic {
  const scale = Math.max(keyScale, offsetScale)
  const factor = 10n ** BigInt(scale - keyScale)
  const offset = value * 10n ** BigInt(scale - offsetScale)
  refuseNegative(offset < 0n)
  const key = (one: LiteralValue): bigint => BigInt(one as bigint | number) * factor
  return { key, shifted: (one, sign) => key(one) + (sign > 0 ? offset : -offset) }
}

function floatArithmetic(offset: number): Arithmetic {
  refuseNegative(!(offset >= 0))
  return {
    key: (one) => one as number,
    shifted(one, sign) {
      const key = one as number
      const bound = key + sign * offset
      // Infinity less infinity: everything is within reach.
      return bound !== bound && key === key ? sign * Infinity : bound
    },
  }
}

function refuseNegative(isNegative: boolean): void {
  if (isNegative) throw new SqlError('22013', 'invalid preceding or following size in window function')
}
