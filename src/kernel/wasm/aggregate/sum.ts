// count and sum. Two forms of each: `...Rows` adds value i to the state in row rows[i]; `...Runs` adds runs of values to one
// state each, in registers: run r is order[end of run r-1 .. end) and its row is given beside its end (pairs of u32); order 0 =
// the values in their own order. `mask` (one byte a value; 0 = all): which values count.
import { add64To128, add128To192 } from './wide'

export function countRows(n: i32, rows: usize, mask: usize, offset: i32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const p = <usize>load<u32>(rows + (i << 2)) + offset
    store<i64>(p, load<i64>(p) + (mask == 0 ? 1 : <i64>load<u8>(mask + i)))
  }
}

export function countRuns(runCount: i32, runs: usize, order: usize, mask: usize, offset: i32): void {
  let i: usize = 0
  for (let r: usize = 0; r < <usize>runCount; r++) {
    const p = <usize>load<u32>(runs + (r << 3)) + offset
    const end = <usize>load<u32>(runs + (r << 3), 4)
    let count: i64 = <i64>(end - i)
    if (mask != 0) {
      count = 0
      for (; i < end; i++) count += load<u8>(mask + (order == 0 ? i : <usize>load<u32>(order + (i << 2))))
    }
    i = end
    store<i64>(p, load<i64>(p) + count)
  }
}

/** i32 values into an i64: it takes 2^32 rows of the same extreme to overflow. */
export function sumI32Rows(n: i32, rows: usize, values: usize, mask: usize, offset: i32, seen: i32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    if (mask != 0 && load<u8>(mask + i) == 0) continue
    const row = <usize>load<u32>(rows + (i << 2))
    store<i64>(row + offset, load<i64>(row + offset) + <i64>load<i32>(values + (i << 2)))
    store<u8>(row + seen, 1)
  }
}

export function sumI64Rows(n: i32, rows: usize, values: usize, mask: usize, offset: i32, seen: i32): void {
  if (mask == 0) {
    for (let i: usize = 0; i < <usize>n; i++) {
      const row = <usize>load<u32>(rows + (i << 2))
      add64To128(row + offset, load<i64>(values + (i << 3)))
      store<u8>(row + seen, 1)
    }
    return
  }
  for (let i: usize = 0; i < <usize>n; i++) {
    if (load<u8>(mask + i) == 0) continue
    const row = <usize>load<u32>(rows + (i << 2))
    add64To128(row + offset, load<i64>(values + (i << 3)))
    store<u8>(row + seen, 1)
  }
}

/** i64 values into sums of 192 bits. */
export function sumNarrowRows(n: i32, rows: usize, values: usize, mask: usize, offset: i32, seen: i32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    if (mask != 0 && load<u8>(mask + i) == 0) continue
    const row = <usize>load<u32>(rows + (i << 2))
    const value = load<i64>(values + (i << 3))
    add128To192(row + offset, <u64>value, value >> 63)
    store<u8>(row + seen, 1)
  }
}

export function sumI128Rows(n: i32, rows: usize, values: usize, mask: usize, offset: i32, seen: i32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    if (mask != 0 && load<u8>(mask + i) == 0) continue
    const row = <usize>load<u32>(rows + (i << 2))
    add128To192(row + offset, load<u64>(values + (i << 4)), load<i64>(values + (i << 4), 8))
    store<u8>(row + seen, 1)
  }
}

/** Flags of a float sum: 1 = has values, 2 = met an infinity or NaN (so an infinite sum is no overflow). */
// @ts-ignore: decorator
@inline
function floatFlags(value: f64): u8 {
  return value - value == 0 ? 1 : 3
}

// @ts-ignore: decorator
@inline
function sumFloatRows<T>(n: i32, rows: usize, values: usize, mask: usize, offset: i32, seen: i32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    if (mask != 0 && load<u8>(mask + i) == 0) continue
    const row = <usize>load<u32>(rows + (i << 2))
    const value = <f64>load<T>(values + i * sizeof<T>())
    store<f64>(row + offset, load<f64>(row + offset) + value)
    store<u8>(row + seen, load<u8>(row + seen) | floatFlags(value))
  }
}

export function sumF32Rows(n: i32, rows: usize, values: usize, mask: usize, offset: i32, seen: i32): void {
  sumFloatRows<f32>(n, rows, values, mask, offset, seen)
}

export function sumF64Rows(n: i32, rows: usize, values: usize, mask: usize, offset: i32, seen: i32): void {
  sumFloatRows<f64>(n, rows, values, mask, offset, seen)
}

// @ts-ignore: decorator
@inline
function at(order: usize, i: usize): usize {
  return order == 0 ? i : <usize>load<u32>(order + (i << 2))
}

/** Adds a run of i64 values exactly: low and high halves apart cannot overflow within a batch. */
// @ts-ignore: decorator
@inline
function addRun<T>(p: usize, seen: usize, i: usize, end: usize, order: usize, values: usize, mask: usize, words: i32): void {
  let low: u64 = 0
  let high: i64 = 0
  let any = end > i
  if (mask == 0) {
    if (order == 0) {
      for (; i < end; i++) {
        const value = <i64>load<T>(values + i * sizeof<T>())
        low += <u64>value & 0xffffffff
        high += value >> 32
      }
    } else {
      for (; i < end; i++) {
        const value = <i64>load<T>(values + <usize>load<u32>(order + (i << 2)) * sizeof<T>())
        low += <u64>value & 0xffffffff
        high += value >> 32
      }
    }
  } else {
    any = false
    for (; i < end; i++) {
      const place = at(order, i)
      if (load<u8>(mask + place) == 0) continue
      const value = <i64>load<T>(values + place * sizeof<T>())
      low += <u64>value & 0xffffffff
      high += value >> 32
      any = true
    }
  }
  if (!any) return
  store<u8>(seen, 1)
  if (sizeof<T>() == 4) {
    store<i64>(p, load<i64>(p) + (high << 32) + <i64>low)
    return
  }
  // (high << 32) + low, as 128 bits.
  const shifted = <u64>high << 32
  const sum = shifted + low
  const top = (high >> 32) + <i64>(sum < shifted)
  if (words == 3) {
    add128To192(p, sum, top)
    return
  }
  const before = load<u64>(p)
  store<u64>(p, before + sum)
  store<i64>(p, load<i64>(p, 8) + top + <i64>(before + sum < before), 8)
}

export function sumI32Runs(runCount: i32, runs: usize, order: usize, values: usize, mask: usize, offset: i32, seen: i32): void {
  let i: usize = 0
  for (let r: usize = 0; r < <usize>runCount; r++) {
    const row = <usize>load<u32>(runs + (r << 3))
    const end = <usize>load<u32>(runs + (r << 3), 4)
    addRun<i32>(row + offset, row + seen, i, end, order, values, mask, 2)
    i = end
  }
}

export function sumI64Runs(runCount: i32, runs: usize, order: usize, values: usize, mask: usize, offset: i32, seen: i32): void {
  let i: usize = 0
  for (let r: usize = 0; r < <usize>runCount; r++) {
    const row = <usize>load<u32>(runs + (r << 3))
    const end = <usize>load<u32>(runs + (r << 3), 4)
    addRun<i64>(row + offset, row + seen, i, end, order, values, mask, 2)
    i = end
  }
}

/** i64 values into sums of 192 bits. */
export function sumNarrowRuns(runCount: i32, runs: usize, order: usize, values: usize, mask: usize, offset: i32, seen: i32): void {
  let i: usize = 0
  for (let r: usize = 0; r < <usize>runCount; r++) {
    const row = <usize>load<u32>(runs + (r << 3))
    const end = <usize>load<u32>(runs + (r << 3), 4)
    addRun<i64>(row + offset, row + seen, i, end, order, values, mask, 3)
    i = end
  }
}

export function sumI128Runs(runCount: i32, runs: usize, order: usize, values: usize, mask: usize, offset: i32, seen: i32): void {
  let i: usize = 0
  for (let r: usize = 0; r < <usize>runCount; r++) {
    const row = <usize>load<u32>(runs + (r << 3))
    const end = <usize>load<u32>(runs + (r << 3), 4)
    for (; i < end; i++) {
      const place = at(order, i)
      if (mask != 0 && load<u8>(mask + place) == 0) continue
      add128To192(row + offset, load<u64>(values + (place << 4)), load<i64>(values + (place << 4), 8))
      store<u8>(row + seen, 1)
    }
  }
}

// @ts-ignore: decorator
@inline
function sumFloatRuns<T>(runCount: i32, runs: usize, order: usize, values: usize, mask: usize, offset: i32, seen: i32): void {
  let i: usize = 0
  for (let r: usize = 0; r < <usize>runCount; r++) {
    const row = <usize>load<u32>(runs + (r << 3))
    const end = <usize>load<u32>(runs + (r << 3), 4)
    let sum = load<f64>(row + offset)
    let flags = load<u8>(row + seen)
    for (; i < end; i++) {
      const place = at(order, i)
      if (mask != 0 && load<u8>(mask + place) == 0) continue
      const value = <f64>load<T>(values + place * sizeof<T>())
      sum += value
      flags |= floatFlags(value)
    }
    store<f64>(row + offset, sum)
    store<u8>(row + seen, flags)
  }
}

export function sumF32Runs(runCount: i32, runs: usize, order: usize, values: usize, mask: usize, offset: i32, seen: i32): void {
  sumFloatRuns<f32>(runCount, runs, order, values, mask, offset, seen)
}

export function sumF64Runs(runCount: i32, runs: usize, order: usize, values: usize, mask: usize, offset: i32, seen: i32): void {
  sumFloatRuns<f64>(runCount, runs, order, values, mask, offset, seen)
}
