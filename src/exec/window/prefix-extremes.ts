/** Least, greatest and first values of growing frames: each state takes over that of the row before when it is the better one. */
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import type { Accumulator } from '../aggregate/accumulator.ts'
import { InternalError } from '../../core/errors.ts'
import { widthOf } from '../../core/types.ts'

/** States from[i] are added to to[i], in order. Of fixed-width values only. */
export function prefixExtremes(
  memory: EngineMemory,
  { kind, storage, offset, seenOffset }: Accumulator,
  from: Pointer,
  to: Pointer,
  count: number,
): void {
  const { u8, u32, bulk } = memory
  const compare = kind === 'any' ? () => 0 : comparison(memory, storage)
  const width = widthOf(storage)
  const wanted = kind === 'min' ? -1 : 1
  for (let i = 0; i < count; i++) {
    const before = u32[(from >>> 2) + i]!
    const own = u32[(to >>> 2) + i]!
    if (u8[before + seenOffset] === 0) continue
    const isBetter = u8[own + seenOffset] === 0 || compare(before + offset, own + offset) * wanted > 0
    if (!isBetter) continue
    u8[own + seenOffset] = 1
    bulk.copyWithin(own + offset, before + offset, before + offset + width)
  }
}

/** Compares the values at two addresses: below 0, 0, above 0. */
function comparison(
  { u8, i8, i32, u32, i64, u64, f32, f64 }: EngineMemory,
  storage: Accumulator['storage'],
): (a: Pointer, b: Pointer) => number {
  switch (storage) {
    case 'i8':
      return (a, b) => i8[a]! - i8[b]!
    case 'i32':
      return (a, b) => i32[a >>> 2]! - i32[b >>> 2]!
    case 'i64':
      return (a, b) => i32[(a >>> 2) + 1]! - i32[(b >>> 2) + 1]! || u32[a >>> 2]! - u32[b >>> 2]!
    case 'f32':
      return (a, b) => compareFloats(f32[a >>> 2]!, f32[b >>> 2]!)
    case 'f64':
      return (a, b) => compareFloats(f64[a >>> 3]!, f64[b >>> 3]!)
    case 'i128':
      return (a, b) =>
        compareExact(i64[(a >>> 3) + 1]!, i64[(b >>> 3) + 1]!) || compareExact(u64[a >>> 3]!, u64[b >>> 3]!)
    case 'b128':
      return (a, b) => {
        for (let i = 0; i < 16; i++) if (u8[a + i] !== u8[b + i]) return u8[a + i]! - u8[b + i]!
        return 0
      }
    default:
      throw new InternalError(`extremes of ${storage}`)
  }
}

function compareExact(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** NaN is the greatest. */
function compareFloats(a: number, b: number): number {
  if (a !== a || b !== b) return a !== a ? (b !== b ? 0 : 1) : -1
  return a - b || 0
}
