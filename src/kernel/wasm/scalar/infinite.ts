// Whether there are infinite dates, timestamps or intervals (src/core/infinity.ts): the least and the greatest of what 32 and 64 bits hold.

/** 1 if one of `n` 32-bit values is the least or the greatest that there is. */
export function hasInfiniteI32(values: usize, n: i32): i32 {
  const least = i32x4.splat(i32.MIN_VALUE)
  const most = i32x4.splat(i32.MAX_VALUE)
  let found = i32x4.splat(0)
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const four = v128.load(values + (<usize>i << 2))
    found = v128.or(found, v128.or(i32x4.eq(four, least), i32x4.eq(four, most)))
  }
  if (v128.any_true(found)) return 1
  for (; i < n; i++) {
    const value = load<i32>(values + (<usize>i << 2))
    if (value == i32.MIN_VALUE || value == i32.MAX_VALUE) return 1
  }
  return 0
}

/** The same of 64-bit values, `step` bytes apart. */
export function hasInfiniteI64(values: usize, step: usize, n: i32): i32 {
  let found: i32 = 0
  for (let i = 0; i < n; i++) {
    const value = load<i64>(values + <usize>i * step)
    found |= i32(value == i64.MIN_VALUE) | i32(value == i64.MAX_VALUE)
  }
  return found
}
