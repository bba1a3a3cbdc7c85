// Selections: ascending u32 row numbers made from masks and addresses.

/** Row numbers whose address is not 0, and those addresses. Returns the count. */
export function selectFound(n: i32, rows: usize, selection: usize, found: usize): i32 {
  let count: usize = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = load<u32>(rows + (i << 2))
    store<u32>(selection + (count << 2), <u32>i)
    store<u32>(found + (count << 2), row)
    count += <usize>(row != 0)
  }
  return <i32>count
}

/** Row numbers whose address is 0. */
export function selectMissing(n: i32, rows: usize, selection: usize): i32 {
  let count: usize = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    store<u32>(selection + (count << 2), <u32>i)
    count += <usize>(load<u32>(rows + (i << 2)) == 0)
  }
  return <i32>count
}

/** Row numbers of the bytes equal to `value`. */
export function selectBytes(n: i32, bytes: usize, value: i32, selection: usize): i32 {
  let count: usize = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    store<u32>(selection + (count << 2), <u32>i)
    count += <usize>(load<u8>(bytes + i) == <u8>value)
  }
  return <i32>count
}

/** mask = 1 where both are not 0; either may be address 0, which means all ones. */
export function andMasks(n: i32, a: usize, b: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const x = a == 0 ? 1 : load<u8>(a + i)
    const y = b == 0 ? 1 : load<u8>(b + i)
    store<u8>(out + i, <u8>(x != 0 && y != 0))
  }
}

/** Sets bytes[selection[i]] to 1; returns how many were 1 before (counting repeats within the selection). */
export function markSelected(n: i32, selection: usize, bytes: usize): i32 {
  let seen = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const p = bytes + <usize>load<u32>(selection + (i << 2))
    seen += load<u8>(p)
    store<u8>(p, 1)
  }
  return seen
}

/** The entries of `values` at `places`: keeps pairs that a residual condition let through. Works in place. */
export function compact4(n: i32, places: usize, values: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    store<u32>(values + (i << 2), load<u32>(values + (<usize>load<u32>(places + (i << 2)) << 2)))
  }
}

/** Row numbers of rows in which any of the flag bits is set (wanted = 1) or none is (wanted = 0). */
export function selectFlagged(n: i32, rows: usize, stride: i32, flags: i32, wanted: i32, out: usize): i32 {
  let count: usize = 0
  let row = rows
  for (let i = 0; i < n; i++) {
    store<u32>(out + (count << 2), <u32>row)
    count += <usize>(<i32>((load<u8>(row, 4) & <u8>flags) != 0) == wanted)
    row += stride
  }
  return <i32>count
}
