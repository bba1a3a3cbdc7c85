// Selections: row numbers from masks and look-up tables.
import { SET_BITS } from './set-bits'

/**
 * Row numbers of the bytes that are not 0. Returns how many; writes up to 8 more u32 behind them (slack).
 * 8 rows at a time: the numbers of a byte's set bits come from a table, so the cost does not depend on what is selected.
 */
export function selectTrue(mask: usize, n: i32, out: usize): i32 {
  let to = out
  let i = 0
  for (; i + 16 <= n; i += 16) {
    const bits = i8x16.bitmask(i8x16.ne(v128.load(mask + i), i8x16.splat(0)))
    if (bits == 0) continue
    to = putRows(bits & 0xff, i, to)
    to = putRows(bits >> 8, i + 8, to)
  }
  for (; i < n; i++) {
    store<u32>(to, i)
    to += <usize>(load<u8>(mask + i) != 0) << 2
  }
  return <i32>((to - out) >> 2)
}

// @ts-ignore: decorator
@inline
function putRows(bits: i32, base: i32, to: usize): usize {
  const bytes = v128.load64_zero(SET_BITS + (<usize>bits << 3))
  const words = i16x8.extend_low_i8x16_u(bytes)
  const first = i32x4.splat(base)
  v128.store(to, i32x4.add(i32x4.extend_low_i16x8_u(words), first))
  v128.store(to, i32x4.add(i32x4.extend_high_i16x8_u(words), first), 16)
  return to + (<usize>popcnt(bits) << 2)
}

/** The row numbers in `selection` whose byte of `mask`, one a selected row, is not 0. `out` may be `selection`. */
export function compactSelection(mask: usize, selection: usize, n: i32, out: usize): i32 {
  let count = 0
  for (let i = 0; i < n; i++) {
    store<u32>(out + (<usize>count << 2), load<u32>(selection + (<usize>i << 2)))
    count += <i32>(load<u8>(mask + i) != 0)
  }
  return count
}

/** Rows whose code is marked in `lut` (one byte a dictionary value) and that are not NULL. */
export function selectByCode(codes: usize, lut: usize, validity: usize, n: i32, out: usize): i32 {
  let count = 0
  if (validity == 0) {
    for (let i = 0; i < n; i++) {
      store<u32>(out + (<usize>count << 2), i)
      count += <i32>load<u8>(lut + load<u32>(codes + (<usize>i << 2)))
    }
    return count
  }
  for (let i = 0; i < n; i++) {
    store<u32>(out + (<usize>count << 2), i)
    count += <i32>(load<u8>(lut + load<u32>(codes + (<usize>i << 2))) & load<u8>(validity + i))
  }
  return count
}

/** As selectByCode, of the rows in `selection` only. `out` may be `selection`. */
export function refineByCode(codes: usize, lut: usize, validity: usize, selection: usize, n: i32, out: usize): i32 {
  let count = 0
  for (let i = 0; i < n; i++) {
    const row = load<u32>(selection + (<usize>i << 2))
    store<u32>(out + (<usize>count << 2), row)
    const hit = load<u8>(lut + load<u32>(codes + (<usize>row << 2)))
    count += <i32>(validity == 0 ? hit : hit & load<u8>(validity + row))
  }
  return count
}

/** out[i] = lut[codes[i]], a byte each. */
export function lookUpI8(codes: usize, lut: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) store<u8>(out + i, load<u8>(lut + load<u32>(codes + (<usize>i << 2))))
}

/** Row numbers of the bytes that are 0. */
export function selectFalse(mask: usize, n: i32, out: usize): i32 {
  let count = 0
  for (let i = 0; i < n; i++) {
    store<u32>(out + (<usize>count << 2), i)
    count += <i32>(load<u8>(mask + i) == 0)
  }
  return count
}

/** How many bytes are not 0. */
export function countTrue(mask: usize, n: i32): i32 {
  let count = 0
  let i = 0
  for (; i + 16 <= n; i += 16) {
    count += popcnt(i8x16.bitmask(i8x16.ne(v128.load(mask + i), i8x16.splat(0))))
  }
  for (; i < n; i++) count += <i32>(load<u8>(mask + i) != 0)
  return count
}
