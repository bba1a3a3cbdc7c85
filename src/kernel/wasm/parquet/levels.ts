// Definition levels of columns without repetition, turned into validity bytes; selections among rows with NULLs.

/** Writes to `out` 1 where a level is `max`, else 0; returns how many are. In place is allowed. */
export function validityOf(levels: usize, n: i32, max: i32, out: usize): i32 {
  const wanted = i8x16.splat(<i8>max)
  const one = i8x16.splat(1)
  let total = 0
  let i = 0
  for (; i + 16 <= n; i += 16) {
    const same = i8x16.eq(v128.load(levels + <usize>i), wanted)
    v128.store(out + <usize>i, v128.and(same, one))
    total += popcnt<i32>(i8x16.bitmask(same))
  }
  for (; i < n; i++) {
    const same = <i32>(<i32>load<u8>(levels + <usize>i) == max)
    store<u8>(out + <usize>i, <u8>same)
    total += same
  }
  return total
}

/** How many of `n` bytes are not 0. */
export function countTrue(bytes: usize, n: i32): i32 {
  let total = 0
  let i = 0
  for (; i + 16 <= n; i += 16) {
    total += 16 - popcnt<i32>(i8x16.bitmask(i8x16.eq(v128.load(bytes + <usize>i), i8x16.splat(0))))
  }
  for (; i < n; i++) total += <i32>(load<u8>(bytes + <usize>i) != 0)
  return total
}

/**
 * For `count` selected rows (ascending, from `base` on) of rows with `validity`: the validity of each, and for those
 * that are not NULL their place among the values, which leave NULLs out. Returns how many are not NULL.
 */
export function selectValues(validity: usize, rows: usize, count: i32, base: i32, outValidity: usize, outPlaces: usize): i32 {
  let row = 0
  let place = 0
  let found = 0
  for (let i = 0; i < count; i++) {
    const wanted = load<i32>(rows + (<usize>i << 2)) - base
    for (; row + 16 <= wanted; row += 16) {
      place += 16 - popcnt<i32>(i8x16.bitmask(i8x16.eq(v128.load(validity + <usize>row), i8x16.splat(0))))
    }
    for (; row < wanted; row++) place += <i32>load<u8>(validity + <usize>row)
    const valid = load<u8>(validity + <usize>wanted)
    store<u8>(outValidity + <usize>i, valid)
    store<i32>(outPlaces + (<usize>found << 2), place)
    found += <i32>valid
  }
  return found
}

/** Copies `count` bytes or words apart: rows minus `base`, as u32. */
export function rebase(rows: usize, count: i32, base: i32, out: usize): void {
  const vector = i32x4.splat(base)
  for (let i: usize = 0; i < <usize>count << 2; i += 16) v128.store(out + i, i32x4.sub(v128.load(rows + i), vector))
}
