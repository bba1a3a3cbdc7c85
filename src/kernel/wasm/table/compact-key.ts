// Several integer keys as one i64: the digits of a mixed-radix number, each key counted from its minimum.

// @ts-ignore: decorator
@inline
function compactKeys<T>(n: i32, keys: usize, validity: usize, min: i64, range: u64, factor: i64, first: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const digit = <u64>(<i64>load<T>(keys + i * sizeof<T>()) - min)
    const before = first ? 0 : load<i64>(out + (i << 3))
    const inside = digit < range && before >= 0 && (validity == 0 || load<u8>(validity + i) != 0)
    store<i64>(out + (i << 3), inside ? before + <i64>digit * factor : -1)
  }
}

/** out += (key - min) * factor; -1 for good once a key is NULL or outside [min, min + range). */
export function compactKeysI8(n: i32, keys: usize, validity: usize, min: i64, range: u64, factor: i64, first: i32, out: usize): void {
  compactKeys<i8>(n, keys, validity, min, range, factor, first, out)
}

export function compactKeysI32(n: i32, keys: usize, validity: usize, min: i64, range: u64, factor: i64, first: i32, out: usize): void {
  compactKeys<i32>(n, keys, validity, min, range, factor, first, out)
}

export function compactKeysI64(n: i32, keys: usize, validity: usize, min: i64, range: u64, factor: i64, first: i32, out: usize): void {
  compactKeys<i64>(n, keys, validity, min, range, factor, first, out)
}

/** As above for rows: the i64 at `offset` is added to the compact key at `keyOffset`. */
export function compactRows(n: i32, rows: usize, stride: i32, offset: i32, min: i64, factor: i64, first: i32, keyOffset: i32): void {
  let row = rows
  for (let i = 0; i < n; i++) {
    const before = first ? 0 : load<i64>(row + keyOffset)
    store<i64>(row + keyOffset, before + (load<i64>(row + offset) - min) * factor)
    row += stride
  }
}

// @ts-ignore: decorator
@inline
function minMax<T>(n: i32, keys: usize, validity: usize, out: usize): void {
  let low = load<i64>(out)
  let high = load<i64>(out, 8)
  for (let i: usize = 0; i < <usize>n; i++) {
    if (validity == 0 || load<u8>(validity + i)) {
      const key = <i64>load<T>(keys + i * sizeof<T>())
      low = key < low ? key : low
      high = key > high ? key : high
    }
  }
  store<i64>(out, low)
  store<i64>(out, high, 8)
}

/** Widens the range (i64 minimum, i64 maximum) at `out` by the keys that are not NULL. */
export function minMaxI8(n: i32, keys: usize, validity: usize, out: usize): void {
  minMax<i8>(n, keys, validity, out)
}

export function minMaxI32(n: i32, keys: usize, validity: usize, out: usize): void {
  minMax<i32>(n, keys, validity, out)
}

export function minMaxI64(n: i32, keys: usize, validity: usize, out: usize): void {
  minMax<i64>(n, keys, validity, out)
}
