// Selections: row numbers from masks and look-up tables.

/** Row numbers of the bytes that are not 0. Writes at most `n` u32 (and 16 more of slack) to `out`; returns how many. */
export function selectTrue(mask: usize, n: i32, out: usize): i32 {
  let count = 0
  let i = 0
  for (; i + 16 <= n; i += 16) {
    const bits = i8x16.bitmask(i8x16.ne(v128.load(mask + i), i8x16.splat(0)))
    if (bits == 0) continue
    if (bits == 0xffff) {
      const to = out + (<usize>count << 2)
      const base = i32x4.splat(i)
      v128.store(to, i32x4.add(base, i32x4(0, 1, 2, 3)))
      v128.store(to, i32x4.add(base, i32x4(4, 5, 6, 7)), 16)
      v128.store(to, i32x4.add(base, i32x4(8, 9, 10, 11)), 32)
      v128.store(to, i32x4.add(base, i32x4(12, 13, 14, 15)), 48)
      count += 16
      continue
    }
    for (let j = 0; j < 16; j++) {
      store<u32>(out + (<usize>count << 2), i + j)
      count += (bits >> j) & 1
    }
  }
  for (; i < n; i++) {
    store<u32>(out + (<usize>count << 2), i)
    count += <i32>(load<u8>(mask + i) != 0)
  }
  return count
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
