// 64-bit hashes, one a row. Values that are equal in SQL hash alike: -0.0 as 0.0, every NaN as one, intervals by their length, i32 as i64, f32 as
// f64. `combine` 0 writes the hash, 1 mixes it into the hash that `out` holds (keys of several columns).

const GOLDEN: u64 = 0x9e3779b97f4a7c15
const NULL_HASH: u64 = 0x5bf0363546e1d3c7

/** Finalizer of MurmurHash3: every input bit changes every output bit with probability near one half. */
// @ts-ignore: decorator
@inline
function mix(value: u64): u64 {
  let x = value
  x ^= x >> 33
  x *= 0xff51afd7ed558ccd
  x ^= x >> 33
  x *= 0xc4ceb9fe1a85ec53
  x ^= x >> 33
  return x
}

// @ts-ignore: decorator
@inline
function put(out: usize, i: i32, hash: u64, combine: i32): void {
  const at = out + (<usize>i << 3)
  if (combine == 0) {
    store<u64>(at, hash)
    return
  }
  let x = load<u64>(at) * GOLDEN + hash
  x ^= x >> 32
  x *= 0xd6e8feb86659fd93
  store<u64>(at, x ^ (x >> 32))
}

// @ts-ignore: decorator
@inline
function isNull(validity: usize, i: i32): bool {
  return validity != 0 && load<u8>(validity + i) == 0
}

// @ts-ignore: decorator
@inline
function integers<T>(a: usize, validity: usize, n: i32, combine: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const value = <i64>load<T>(a + (<usize>i << alignof<T>()))
    put(out, i, isNull(validity, i) ? NULL_HASH : mix(<u64>value ^ GOLDEN), combine)
  }
}

export function hashI8(a: usize, validity: usize, n: i32, combine: i32, out: usize): void {
  integers<u8>(a, validity, n, combine, out)
}
export function hashI32(a: usize, validity: usize, n: i32, combine: i32, out: usize): void {
  integers<i32>(a, validity, n, combine, out)
}
export function hashI64(a: usize, validity: usize, n: i32, combine: i32, out: usize): void {
  integers<i64>(a, validity, n, combine, out)
}

// @ts-ignore: decorator
@inline
function floats<T>(a: usize, validity: usize, n: i32, combine: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    // Adding 0 turns -0 into 0.
    const value = <f64>load<T>(a + (<usize>i << alignof<T>())) + 0.0
    const bits = value == value ? reinterpret<u64>(value) : 0x7ff8000000000000
    put(out, i, isNull(validity, i) ? NULL_HASH : mix(bits ^ GOLDEN), combine)
  }
}

export function hashF32(a: usize, validity: usize, n: i32, combine: i32, out: usize): void {
  floats<f32>(a, validity, n, combine, out)
}
export function hashF64(a: usize, validity: usize, n: i32, combine: i32, out: usize): void {
  floats<f64>(a, validity, n, combine, out)
}

/** 16 bytes: 128-bit integers and uuids. */
export function hashI128(a: usize, validity: usize, n: i32, combine: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const at = a + (<usize>i << 4)
    const hash = mix(load<u64>(at) ^ mix(load<u64>(at, 8) ^ GOLDEN))
    put(out, i, isNull(validity, i) ? NULL_HASH : hash, combine)
  }
}

const DAY_MICROS: i64 = 86_400_000_000

export function hashInterval(a: usize, validity: usize, n: i32, combine: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const at = a + (<usize>i << 4)
    const micros = load<i64>(at, 8)
    let days = <i64>load<i32>(at) * 30 + load<i32>(at, 4) + micros / DAY_MICROS
    let rest = micros % DAY_MICROS
    if (rest < 0) {
      rest += DAY_MICROS
      days--
    }
    const hash = mix(<u64>rest ^ mix(<u64>days ^ GOLDEN))
    put(out, i, isNull(validity, i) ? NULL_HASH : hash, combine)
  }
}

/** Bytes, 8 at a time; the last bytes are read as words that may overlap the ones before, so nothing outside is touched. */
// @ts-ignore: decorator
@inline
function hashBytesAt(p: usize, length: u32): u64 {
  let hash = <u64>length * GOLDEN
  if (length >= 8) {
    let i: u32 = 0
    for (; i + 8 < length; i += 8) {
      hash = (hash ^ load<u64>(p + i)) * 0xff51afd7ed558ccd
      hash ^= hash >> 29
    }
    hash ^= load<u64>(p + length - 8)
  } else if (length >= 4) {
    hash ^= <u64>load<u32>(p) | (<u64>load<u32>(p + length - 4) << 32)
  } else if (length > 0) {
    hash ^= <u64>load<u8>(p) | (<u64>load<u8>(p + (length >> 1)) << 8) | (<u64>load<u8>(p + length - 1) << 16)
  }
  return mix(hash)
}

export function hashBytes(views: usize, validity: usize, n: i32, combine: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    if (isNull(validity, i)) {
      put(out, i, NULL_HASH, combine)
      continue
    }
    const at = views + (<usize>i << 3)
    put(out, i, hashBytesAt(load<u32>(at), load<u32>(at, 4)), combine)
  }
}

/** Hashes of dictionary values, looked up by the rows' codes. */
export function hashCodes(codes: usize, hashes: usize, validity: usize, n: i32, combine: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const hash = isNull(validity, i) ? NULL_HASH : load<u64>(hashes + (<usize>load<u32>(codes + (<usize>i << 2)) << 3))
    put(out, i, hash, combine)
  }
}

/** One hash for all rows. `isNullValue`: the hash of NULL instead. */
export function hashConstant(hash: usize, isNullValue: i32, n: i32, combine: i32, out: usize): void {
  const value = isNullValue != 0 ? NULL_HASH : load<u64>(hash)
  for (let i = 0; i < n; i++) put(out, i, value, combine)
}

/** Lists: the hashes of their elements in order, and their number. */
export function hashLists(views: usize, elements: usize, validity: usize, n: i32, combine: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const start = load<u32>(views + (<usize>i << 3))
    const count = isNull(validity, i) ? 0 : load<u32>(views + (<usize>i << 3), 4)
    let hash = mix(<u64>count ^ GOLDEN)
    for (let j: u32 = 0; j < <u32>count; j++) {
      hash = mix(hash * GOLDEN + load<u64>(elements + (<usize>(start + j) << 3)))
    }
    put(out, i, isNull(validity, i) ? NULL_HASH : hash, combine)
  }
}

/** Mixes `hashes` into `out`, where NULL rows count as one value (structs). */
export function combineHashes(hashes: usize, validity: usize, n: i32, combine: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    put(out, i, isNull(validity, i) ? NULL_HASH : load<u64>(hashes + (<usize>i << 3)), combine)
  }
}
