// Sort keys as bytes that compare as the values do: a byte for NULL, then the value, big-endian, sign flipped, all bits
// inverted when descending. Key i lies at keys + i * stride; `selection` (0 = all) says which input rows are taken.
// `null` and `valid` are the values of the NULL byte.

// @ts-ignore: decorator
@inline
function at(selection: usize, i: usize): usize {
  return selection == 0 ? i : <usize>load<u32>(selection + (i << 2))
}

// @ts-ignore: decorator
@inline
function orderedBits<T>(p: usize): u64 {
  if (isFloat<T>()) {
    let value = <f64>load<T>(p)
    if (value != value) value = NaN
    const bits = reinterpret<u64>(value + 0)
    return bits >> 63 ? ~bits : bits | ((<u64>1) << 63)
  }
  if (sizeof<T>() == 8) return load<u64>(p) ^ ((<u64>1) << 63)
  if (sizeof<T>() == 4) return <u64>(load<u32>(p) ^ 0x80000000)
  return <u64>load<u8>(p)
}

// @ts-ignore: decorator
@inline
function encode<T>(
  n: i32, selection: usize, data: usize, validity: usize, keys: usize, stride: i32, descending: i32, valid: i32, missing: i32,
): void {
  const flip: u64 = descending ? <u64>-1 : 0
  let key = keys
  for (let i: usize = 0; i < <usize>n; i++, key += stride) {
    const r = at(selection, i)
    const has = validity == 0 || load<u8>(validity + r) != 0
    store<u8>(key, has ? <u8>valid : <u8>missing)
    const bits = has ? orderedBits<T>(data + r * sizeof<T>()) ^ flip : 0
    if (isFloat<T>() || sizeof<T>() == 8) store<u64>(key, bswap<u64>(bits), 1)
    else if (sizeof<T>() == 4) store<u32>(key, bswap<u32>(<u32>bits), 1)
    else store<u8>(key, <u8>bits, 1)
  }
}

/** Booleans: 2 bytes. */
export function encodeI8(
  n: i32, selection: usize, data: usize, validity: usize, keys: usize, stride: i32, descending: i32, valid: i32, missing: i32,
): void {
  encode<u8>(n, selection, data, validity, keys, stride, descending, valid, missing)
}

/** 5 bytes. */
export function encodeI32(
  n: i32, selection: usize, data: usize, validity: usize, keys: usize, stride: i32, descending: i32, valid: i32, missing: i32,
): void {
  encode<i32>(n, selection, data, validity, keys, stride, descending, valid, missing)
}

/** 9 bytes. */
export function encodeI64(
  n: i32, selection: usize, data: usize, validity: usize, keys: usize, stride: i32, descending: i32, valid: i32, missing: i32,
): void {
  encode<i64>(n, selection, data, validity, keys, stride, descending, valid, missing)
}

/** 9 bytes, as f64: NaN is the greatest, -0 equals 0. */
export function encodeF32(
  n: i32, selection: usize, data: usize, validity: usize, keys: usize, stride: i32, descending: i32, valid: i32, missing: i32,
): void {
  encode<f32>(n, selection, data, validity, keys, stride, descending, valid, missing)
}

export function encodeF64(
  n: i32, selection: usize, data: usize, validity: usize, keys: usize, stride: i32, descending: i32, valid: i32, missing: i32,
): void {
  encode<f64>(n, selection, data, validity, keys, stride, descending, valid, missing)
}

// @ts-ignore: decorator
@inline
function store128(key: usize, high: u64, low: u64, flip: u64): void {
  store<u64>(key, bswap<u64>(high ^ flip), 1)
  store<u64>(key, bswap<u64>(low ^ flip), 9)
}

/** 17 bytes. */
export function encodeI128(
  n: i32, selection: usize, data: usize, validity: usize, keys: usize, stride: i32, descending: i32, valid: i32, missing: i32,
): void {
  const flip: u64 = descending ? <u64>-1 : 0
  let key = keys
  for (let i: usize = 0; i < <usize>n; i++, key += stride) {
    const r = at(selection, i)
    const has = validity == 0 || load<u8>(validity + r) != 0
    store<u8>(key, has ? <u8>valid : <u8>missing)
    const p = data + (r << 4)
    if (has) store128(key, load<u64>(p, 8) ^ ((<u64>1) << 63), load<u64>(p), flip)
    else store128(key, 0, 0, 0)
  }
}

/** 16 bytes in order (uuid): 17 bytes. */
export function encodeB128(
  n: i32, selection: usize, data: usize, validity: usize, keys: usize, stride: i32, descending: i32, valid: i32, missing: i32,
): void {
  const flip: u64 = descending ? <u64>-1 : 0
  let key = keys
  for (let i: usize = 0; i < <usize>n; i++, key += stride) {
    const r = at(selection, i)
    const has = validity == 0 || load<u8>(validity + r) != 0
    store<u8>(key, has ? <u8>valid : <u8>missing)
    const p = data + (r << 4)
    if (has) store128(key, bswap<u64>(load<u64>(p)), bswap<u64>(load<u64>(p, 8)), flip)
    else store128(key, 0, 0, 0)
  }
}

/** Intervals as microseconds, a month being 30 days (as PostgreSQL compares them): 17 bytes. */
export function encodeInterval(
  n: i32, selection: usize, data: usize, validity: usize, keys: usize, stride: i32, descending: i32, valid: i32, missing: i32,
): void {
  const flip: u64 = descending ? <u64>-1 : 0
  let key = keys
  for (let i: usize = 0; i < <usize>n; i++, key += stride) {
    const r = at(selection, i)
    const has = validity == 0 || load<u8>(validity + r) != 0
    store<u8>(key, has ? <u8>valid : <u8>missing)
    if (!has) {
      store128(key, 0, 0, 0)
      continue
    }
    const p = data + (r << 4)
    const days = <i64>load<i32>(p) * 30 + <i64>load<i32>(p, 4)
    // days * 86,400,000,000 in two halves of 32 bits: |days| < 2^37, so neither product overflows.
    const low = (days & 0xffffffff) * 86400000000
    const high = (days >> 32) * 86400000000
    const shifted = <u64>high << 32
    const sum = shifted + <u64>low
    let top = (high >> 32) + <i64>(sum < shifted)
    const micros = load<i64>(p, 8)
    const total = sum + <u64>micros
    top += (micros >> 63) + <i64>(total < sum)
    store128(key, <u64>top ^ ((<u64>1) << 63), total, flip)
  }
}

/** The first 8 bytes of strings, zeros after the end: 9 bytes. Ties are for the strings themselves to break. */
export function encodeViews(
  n: i32, selection: usize, data: usize, validity: usize, keys: usize, stride: i32, descending: i32, valid: i32, missing: i32,
): void {
  const flip: u64 = descending ? <u64>-1 : 0
  let key = keys
  for (let i: usize = 0; i < <usize>n; i++, key += stride) {
    const r = at(selection, i)
    const has = validity == 0 || load<u8>(validity + r) != 0
    store<u8>(key, has ? <u8>valid : <u8>missing)
    let bits: u64 = 0
    if (has) {
      const length = load<u32>(data + (r << 3), 4)
      if (length > 0) bits = load<u64>(<usize>load<u32>(data + (r << 3)))
      if (length < 8) bits = length == 0 ? 0 : bits & (<u64>-1 >> (64 - (<u64>length << 3)))
      bits = bswap<u64>(bits) ^ flip
    }
    store<u64>(key, bswap<u64>(bits), 1)
  }
}
