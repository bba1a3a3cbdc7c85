// Filters of join keys for scans: a bitmap over [min, min + range), or a Bloom filter of 64-bit blocks (three bits a key, all
// in one word, so a look-up is one load), with the set of the keys behind it when they are few.

// @ts-ignore: decorator
@inline
function setBits(p: usize, bits: u64, shared: i32): void {
  if (shared) atomic.or<u64>(p, bits)
  else store<u64>(p, load<u64>(p) | bits)
}

/** Bits of the i64 keys at `offset` of n rows; rows with flag 2 have none. */
export function bitmapRows(n: i32, rows: usize, stride: i32, offset: i32, min: i64, bitmap: usize, shared: i32): void {
  let row = rows
  for (let i = 0; i < n; i++) {
    if ((load<u8>(row, 4) & 2) == 0) {
      const key = <u64>(load<i64>(row + offset) - min)
      setBits(bitmap + (<usize>(key >> 6) << 3), <u64>1 << (key & 63), shared)
    }
    row += stride
  }
}

/** One multiplication: the block is chosen by the high bits, which depend on all of the key, the bits within by the next ones. */
// @ts-ignore: decorator
@inline
function bloomHash(key: u64): u64 {
  return (key ^ (key >> 32)) * 0x9e3779b97f4a7c15
}

// @ts-ignore: decorator
@inline
function bloomBits(hash: u64): u64 {
  const x = hash >> 22
  return (<u64>1 << (x & 63)) | (<u64>1 << ((x >> 6) & 63)) | (<u64>1 << ((x >> 12) & 63))
}

export function bloomRows(n: i32, rows: usize, stride: i32, offset: i32, blocks: usize, shift: i32, shared: i32): void {
  let row = rows
  for (let i = 0; i < n; i++) {
    if ((load<u8>(row, 4) & 2) == 0) {
      const hash = bloomHash(load<u64>(row + offset))
      setBits(blocks + (<usize>(hash >> <u64>shift) << 3), bloomBits(hash), shared)
    }
    row += stride
  }
}

/** 1 when the bit of a key counted from the bitmap's first is set; `range` is not 0. Without branches: keys out of range read the last word. */
// @ts-ignore: decorator
@inline
function bitOf(bitmap: usize, key: u64, range: u64): usize {
  const isIn = key < range
  const word = load<u64>(bitmap + (<usize>((isIn ? key : range - 1) >> 6) << 3))
  return <usize>(word >> key) & <usize>isIn
}

// @ts-ignore: decorator
@inline
function selectBitmap<T>(
  n: i32, selection: usize, keys: usize, validity: usize, min: i64, range: u64, bitmap: usize, out: usize,
): i32 {
  if (range == 0) return 0
  if (selection == 0 && validity == 0) return selectAllBitmap<T>(n, keys, min, range, bitmap, out)
  let count: usize = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const r = selection == 0 ? i : <usize>load<u32>(selection + (i << 2))
    store<u32>(out + (count << 2), <u32>r)
    const key = <u64>(<i64>load<T>(keys + r * sizeof<T>()) - min)
    if (key < range && (validity == 0 || load<u8>(validity + r))) {
      count += <usize>((load<u8>(bitmap + <usize>(key >> 3)) >> <u8>(key & 7)) & 1)
    }
  }
  return <i32>count
}

/** All of n rows without NULLs, four a step, a third faster: many keys are the first thing that a scan checks. */
// @ts-ignore: decorator
@inline
function selectAllBitmap<T>(n: i32, keys: usize, min: i64, range: u64, bitmap: usize, out: usize): i32 {
  let end = out
  let at = keys
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const a = bitOf(bitmap, <u64>(<i64>load<T>(at) - min), range)
    const b = bitOf(bitmap, <u64>(<i64>load<T>(at + sizeof<T>()) - min), range)
    const c = bitOf(bitmap, <u64>(<i64>load<T>(at + 2 * sizeof<T>()) - min), range)
    const d = bitOf(bitmap, <u64>(<i64>load<T>(at + 3 * sizeof<T>()) - min), range)
    store<u32>(end, i)
    end += a << 2
    store<u32>(end, i + 1)
    end += b << 2
    store<u32>(end, i + 2)
    end += c << 2
    store<u32>(end, i + 3)
    end += d << 2
    at += 4 * sizeof<T>()
  }
  for (; i < n; i++) {
    store<u32>(end, i)
    end += bitOf(bitmap, <u64>(<i64>load<T>(at) - min), range) << 2
    at += sizeof<T>()
  }
  return <i32>((end - out) >> 2)
}

/** The rows of the selection (0 = the first n rows) whose key's bit is set; `out` may be `selection`. */
export function selectBitmapI32(
  n: i32, selection: usize, keys: usize, validity: usize, min: i64, range: u64, bitmap: usize, out: usize,
): i32 {
  return selectBitmap<i32>(n, selection, keys, validity, min, range, bitmap, out)
}

export function selectBitmapI64(
  n: i32, selection: usize, keys: usize, validity: usize, min: i64, range: u64, bitmap: usize, out: usize,
): i32 {
  return selectBitmap<i64>(n, selection, keys, validity, min, range, bitmap, out)
}

// @ts-ignore: decorator
@inline
function selectBloom<T>(
  n: i32, selection: usize, keys: usize, validity: usize, min: i64, range: u64, blocks: usize, shift: i32, out: usize,
): i32 {
  let count: usize = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const r = selection == 0 ? i : <usize>load<u32>(selection + (i << 2))
    store<u32>(out + (count << 2), <u32>r)
    const key = <i64>load<T>(keys + r * sizeof<T>())
    if (<u64>(key - min) < range && (validity == 0 || load<u8>(validity + r))) {
      const hash = bloomHash(<u64>key)
      const bits = bloomBits(hash)
      count += <usize>((load<u64>(blocks + (<usize>(hash >> <u64>shift) << 3)) & bits) == bits)
    }
  }
  return <i32>count
}

export function selectBloomI32(
  n: i32, selection: usize, keys: usize, validity: usize, min: i64, range: u64, blocks: usize, shift: i32, out: usize,
): i32 {
  return selectBloom<i32>(n, selection, keys, validity, min, range, blocks, shift, out)
}

export function selectBloomI64(
  n: i32, selection: usize, keys: usize, validity: usize, min: i64, range: u64, blocks: usize, shift: i32, out: usize,
): i32 {
  return selectBloom<i64>(n, selection, keys, validity, min, range, blocks, shift, out)
}

/**
 * A set of keys: open addressing over `2 ** (64 - shift)` slots of 8 bytes, more than there are keys. A slot holds a key counted from `min`, plus 1; 0 is
 * a free one.
 */
export function keySetRows(
  n: i32, rows: usize, stride: i32, offset: i32, min: i64, slots: usize, shift: i32, shared: i32,
): void {
  const mask = (<usize>1 << <usize>(64 - shift)) - 1
  let row = rows
  for (let i = 0; i < n; i++) {
    if ((load<u8>(row, 4) & 2) == 0) {
      const entry = <u64>(load<i64>(row + offset) - min) + 1
      let slot = <usize>(bloomHash(entry) >> <u64>shift)
      for (;;) {
        const p = slots + (slot << 3)
        let found = load<u64>(p)
        if (found == 0) {
          if (shared) found = atomic.cmpxchg<u64>(p, 0, entry)
          else store<u64>(p, entry)
        }
        if (found == 0 || found == entry) break
        slot = (slot + 1) & mask
      }
    }
    row += stride
  }
}

// @ts-ignore: decorator
@inline
function selectKeySet<T>(n: i32, selection: usize, keys: usize, min: i64, slots: usize, shift: i32, out: usize): i32 {
  const mask = (<usize>1 << <usize>(64 - shift)) - 1
  let count: usize = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const r = <usize>load<u32>(selection + (i << 2))
    const entry = <u64>(<i64>load<T>(keys + r * sizeof<T>()) - min) + 1
    let slot = <usize>(bloomHash(entry) >> <u64>shift)
    let found = load<u64>(slots + (slot << 3))
    while (found != 0 && found != entry) {
      slot = (slot + 1) & mask
      found = load<u64>(slots + (slot << 3))
    }
    store<u32>(out + (count << 2), <u32>r)
    count += <usize>(found != 0)
  }
  return <i32>count
}

/** The rows of the selection, none of them NULL, whose keys are in the set; `out` may be the selection. */
export function selectKeySetI32(
  n: i32, selection: usize, keys: usize, min: i64, slots: usize, shift: i32, out: usize,
): i32 {
  return selectKeySet<i32>(n, selection, keys, min, slots, shift, out)
}

export function selectKeySetI64(
  n: i32, selection: usize, keys: usize, min: i64, slots: usize, shift: i32, out: usize,
): i32 {
  return selectKeySet<i64>(n, selection, keys, min, slots, shift, out)
}

/** The rows of the selection whose code has a 1 in `passes` (one byte a dictionary entry). */
export function selectCodes(n: i32, selection: usize, codes: usize, validity: usize, passes: usize, out: usize): i32 {
  let count: usize = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const r = selection == 0 ? i : <usize>load<u32>(selection + (i << 2))
    store<u32>(out + (count << 2), <u32>r)
    if (validity == 0 || load<u8>(validity + r)) count += <usize>load<u8>(passes + <usize>load<u32>(codes + (r << 2)))
  }
  return <i32>count
}
