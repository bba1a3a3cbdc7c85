// min, max and any_value. `kind`: 0 min, 1 max, 2 any (the first met). NaN is the greatest float. A state is the value and a
// byte at `seen` that says there is one.
import { compareBytes } from './bytes'

export const MIN = 0
export const MAX = 1
export const ANY = 2

/** Whether `value` takes the place of `best`. */
// @ts-ignore: decorator
@inline
function wins<T>(value: T, best: T, kind: i32): bool {
  if (kind == ANY) return false
  if (isFloat<T>()) {
    if (value != value) return kind == MAX && best == best
    if (best != best) return kind == MIN
  }
  return kind == MIN ? value < best : value > best
}

// @ts-ignore: decorator
@inline
function extremeRows<T>(n: i32, rows: usize, values: usize, mask: usize, offset: i32, seen: i32, kind: i32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    if (mask != 0 && load<u8>(mask + i) == 0) continue
    const row = <usize>load<u32>(rows + (i << 2))
    const value = load<T>(values + i * sizeof<T>())
    if (load<u8>(row + seen) == 0) {
      store<u8>(row + seen, 1)
      store<T>(row + offset, value)
    } else if (wins<T>(value, load<T>(row + offset), kind)) {
      store<T>(row + offset, value)
    }
  }
}

// @ts-ignore: decorator
@inline
function extremeRuns<T>(
  runCount: i32, runs: usize, order: usize, values: usize, mask: usize, offset: i32, seen: i32, kind: i32,
): void {
  let i: usize = 0
  for (let r: usize = 0; r < <usize>runCount; r++) {
    const row = <usize>load<u32>(runs + (r << 3))
    const end = <usize>load<u32>(runs + (r << 3), 4)
    let best = load<T>(row + offset)
    let has = load<u8>(row + seen)
    for (; i < end; i++) {
      const place = order == 0 ? i : <usize>load<u32>(order + (i << 2))
      if (mask != 0 && load<u8>(mask + place) == 0) continue
      const value = load<T>(values + place * sizeof<T>())
      if (has == 0 || wins<T>(value, best, kind)) best = value
      has = 1
    }
    store<T>(row + offset, best)
    store<u8>(row + seen, has)
  }
}

export function extremeI8Rows(n: i32, rows: usize, values: usize, mask: usize, offset: i32, seen: i32, kind: i32): void {
  extremeRows<u8>(n, rows, values, mask, offset, seen, kind)
}

export function extremeI32Rows(n: i32, rows: usize, values: usize, mask: usize, offset: i32, seen: i32, kind: i32): void {
  extremeRows<i32>(n, rows, values, mask, offset, seen, kind)
}

export function extremeI64Rows(n: i32, rows: usize, values: usize, mask: usize, offset: i32, seen: i32, kind: i32): void {
  extremeRows<i64>(n, rows, values, mask, offset, seen, kind)
}

export function extremeF32Rows(n: i32, rows: usize, values: usize, mask: usize, offset: i32, seen: i32, kind: i32): void {
  extremeRows<f32>(n, rows, values, mask, offset, seen, kind)
}

export function extremeF64Rows(n: i32, rows: usize, values: usize, mask: usize, offset: i32, seen: i32, kind: i32): void {
  extremeRows<f64>(n, rows, values, mask, offset, seen, kind)
}

export function extremeI8Runs(
  runCount: i32, runs: usize, order: usize, values: usize, mask: usize, offset: i32, seen: i32, kind: i32,
): void {
  extremeRuns<u8>(runCount, runs, order, values, mask, offset, seen, kind)
}

export function extremeI32Runs(
  runCount: i32, runs: usize, order: usize, values: usize, mask: usize, offset: i32, seen: i32, kind: i32,
): void {
  extremeRuns<i32>(runCount, runs, order, values, mask, offset, seen, kind)
}

export function extremeI64Runs(
  runCount: i32, runs: usize, order: usize, values: usize, mask: usize, offset: i32, seen: i32, kind: i32,
): void {
  extremeRuns<i64>(runCount, runs, order, values, mask, offset, seen, kind)
}

export function extremeF32Runs(
  runCount: i32, runs: usize, order: usize, values: usize, mask: usize, offset: i32, seen: i32, kind: i32,
): void {
  extremeRuns<f32>(runCount, runs, order, values, mask, offset, seen, kind)
}

export function extremeF64Runs(
  runCount: i32, runs: usize, order: usize, values: usize, mask: usize, offset: i32, seen: i32, kind: i32,
): void {
  extremeRuns<f64>(runCount, runs, order, values, mask, offset, seen, kind)
}

/** 16-byte values: `signed` i128, else bytes in order (uuid). */
// @ts-ignore: decorator
@inline
function wins128(value: usize, best: usize, kind: i32, signed: i32): bool {
  if (kind == ANY) return false
  const a = kind == MIN ? value : best
  const b = kind == MIN ? best : value
  if (signed) {
    const high = load<i64>(a, 8)
    const other = load<i64>(b, 8)
    return high != other ? high < other : load<u64>(a) < load<u64>(b)
  }
  const high = bswap<u64>(load<u64>(a))
  const other = bswap<u64>(load<u64>(b))
  return high != other ? high < other : bswap<u64>(load<u64>(a, 8)) < bswap<u64>(load<u64>(b, 8))
}

export function extreme128Rows(
  n: i32, rows: usize, values: usize, mask: usize, offset: i32, seen: i32, kind: i32, signed: i32,
): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    if (mask != 0 && load<u8>(mask + i) == 0) continue
    const row = <usize>load<u32>(rows + (i << 2))
    const value = values + (i << 4)
    if (load<u8>(row + seen) == 0 || wins128(value, row + offset, kind, signed)) {
      store<u8>(row + seen, 1)
      v128.store(row + offset, v128.load(value))
    }
  }
}

/**
 * Strings: the state is (address, length, capacity), its bytes are its own in the heap (two u32 at `heap`: next free byte, end). Stops
 * when the heap is full; returns the values done, counted from 0.
 */
export function extremeBytesRows(
  from: i32, n: i32, rows: usize, views: usize, mask: usize, offset: i32, seen: i32, kind: i32, heap: usize,
): i32 {
  for (let i = from; i < n; i++) {
    if (mask != 0 && load<u8>(mask + i) == 0) continue
    const row = <usize>load<u32>(rows + (<usize>i << 2))
    const view = views + (<usize>i << 3)
    const state = row + offset
    if (load<u8>(row + seen) != 0) {
      if (kind == ANY) continue
      const order = compareBytes(load<u32>(view), load<u32>(view, 4), load<u32>(state), load<u32>(state, 4))
      if (kind == MIN ? order >= 0 : order <= 0) continue
    }
    const length = load<u32>(view, 4)
    if (length > load<u32>(state, 8) || load<u8>(row + seen) == 0) {
      // Room for somewhat longer ones: the bytes left behind are lost.
      const capacity = (length + 15) & ~15
      const free = load<u32>(heap)
      if (<u64>free + capacity > <u64>load<u32>(heap, 4)) return i
      store<u32>(heap, free + capacity)
      store<u32>(state, free)
      store<u32>(state, capacity, 8)
    }
    memory.copy(load<u32>(state), load<u32>(view), length)
    store<u32>(state, length, 4)
    store<u8>(row + seen, 1)
  }
  return n
}
