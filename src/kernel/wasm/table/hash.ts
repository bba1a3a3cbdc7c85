// 64-bit hashes of key columns. One key: mix(value); further keys fold their own hash in. Integers of any
// width hash by value, so that keys can be widened on one side.

/** Stands for NULL. */
const NULL_WORD: u64 = 0x8f3b9d1c5a7e2461

/** Every output bit depends on every input bit: table positions take the high bits, tags the low ones. */
// @ts-ignore: decorator
@inline
export function mix(x: u64): u64 {
  x ^= x >> 32
  x *= 0xd6e8feb86659fd93
  x ^= x >> 32
  x *= 0xd6e8feb86659fd93
  return x ^ (x >> 32)
}

// @ts-ignore: decorator
@inline
function fold(previous: u64, hash: u64): u64 {
  const x = (rotl<u64>(previous, 23) ^ hash) * 0x9e3779b97f4a7c15
  return x ^ (x >> 32)
}

/** May read up to 7 bytes past the end. */
// @ts-ignore: decorator
@inline
export function hashBytes(p: usize, length: u32): u64 {
  let h: u64 = <u64>length * 0x9e3779b97f4a7c15
  let left = length
  if (left >= 32) {
    // Two chains of multiplications: one waits while the other goes on.
    let g: u64 = h ^ 0xa0761d6478bd642f
    do {
      h = (h ^ load<u64>(p)) * 0xd6e8feb86659fd93
      g = (g ^ load<u64>(p, 8)) * 0xe7037ed1a0b428db
      h ^= h >> 32
      g ^= g >> 29
      p += 16
      left -= 16
    } while (left >= 16)
    h = rotl<u64>(h, 27) ^ g
  }
  while (left >= 8) {
    h = (h ^ load<u64>(p)) * 0xd6e8feb86659fd93
    h ^= h >> 32
    p += 8
    left -= 8
  }
  if (left > 0) {
    const tail = load<u64>(p) & (<u64>-1 >> (64 - (<u64>left << 3)))
    h = (h ^ tail) * 0xd6e8feb86659fd93
    h ^= h >> 32
  }
  return mix(h)
}

// @ts-ignore: decorator
@inline
function wordOf<T>(p: usize): u64 {
  if (isFloat<T>()) {
    const value = <f64>load<T>(p)
    if (value != value) return 0x7ff8000000000000
    return value == 0 ? 0 : reinterpret<u64>(value)
  }
  return <u64>(<i64>load<T>(p))
}

// @ts-ignore: decorator
@inline
function hashFixed<T>(n: i32, data: usize, validity: usize, first: i32, out: usize): void {
  if (validity == 0) {
    if (first) {
      for (let i: usize = 0; i < <usize>n; i++) store<u64>(out + (i << 3), mix(wordOf<T>(data + i * sizeof<T>())))
    } else {
      for (let i: usize = 0; i < <usize>n; i++) {
        store<u64>(out + (i << 3), fold(load<u64>(out + (i << 3)), mix(wordOf<T>(data + i * sizeof<T>()))))
      }
    }
    return
  }
  for (let i: usize = 0; i < <usize>n; i++) {
    const word = load<u8>(validity + i) ? wordOf<T>(data + i * sizeof<T>()) : NULL_WORD
    store<u64>(out + (i << 3), first ? mix(word) : fold(load<u64>(out + (i << 3)), mix(word)))
  }
}

/** `first`: starts the hashes in `out`; else folds into them. So in all of this family. */
export function hashI8(n: i32, data: usize, validity: usize, first: i32, out: usize): void {
  hashFixed<i8>(n, data, validity, first, out)
}

export function hashI32(n: i32, data: usize, validity: usize, first: i32, out: usize): void {
  hashFixed<i32>(n, data, validity, first, out)
}

export function hashI64(n: i32, data: usize, validity: usize, first: i32, out: usize): void {
  hashFixed<i64>(n, data, validity, first, out)
}

/** -0 hashes as 0; all NaNs hash alike. */
export function hashF32(n: i32, data: usize, validity: usize, first: i32, out: usize): void {
  hashFixed<f32>(n, data, validity, first, out)
}

export function hashF64(n: i32, data: usize, validity: usize, first: i32, out: usize): void {
  hashFixed<f64>(n, data, validity, first, out)
}

/** 16-byte values by their bytes: i128, uuid, intervals in normal form. */
export function hashB128(n: i32, data: usize, validity: usize, first: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    let word = NULL_WORD
    if (validity == 0 || load<u8>(validity + i)) word = fold(mix(load<u64>(data + (i << 4))), load<u64>(data + (i << 4), 8))
    store<u64>(out + (i << 3), first ? mix(word) : fold(load<u64>(out + (i << 3)), mix(word)))
  }
}

/** Strings by their bytes; `views` are (address, length). */
export function hashViews(n: i32, views: usize, validity: usize, first: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    let word = NULL_WORD
    if (validity == 0 || load<u8>(validity + i)) {
      word = hashBytes(<usize>load<u32>(views + (i << 3)), load<u32>(views + (i << 3), 4))
    }
    store<u64>(out + (i << 3), first ? mix(word) : fold(load<u64>(out + (i << 3)), mix(word)))
  }
}

/** As the family above, for codes: `words` are the hashes of the dictionary's values, each hashed as a first key. */
export function hashCodes(n: i32, codes: usize, validity: usize, words: usize, first: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    let word = mix(NULL_WORD)
    if (validity == 0 || load<u8>(validity + i)) word = load<u64>(words + (<usize>load<u32>(codes + (i << 2)) << 3))
    store<u64>(out + (i << 3), first ? word : fold(load<u64>(out + (i << 3)), word))
  }
}

/** Hashes of the i64 keys at `offset` of n rows, kept in the rows at `hashOffset`; equal to hashI64 of the keys. */
export function hashRows(n: i32, rows: usize, stride: i32, offset: i32, first: i32, hashOffset: i32): void {
  let row = rows
  for (let i = 0; i < n; i++) {
    const hash = mix(load<u64>(row + offset))
    store<u64>(row + hashOffset, first ? hash : fold(load<u64>(row + hashOffset), hash))
    row += stride
  }
}
