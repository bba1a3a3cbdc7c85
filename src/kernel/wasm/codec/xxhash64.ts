// XXH64 (github.com/Cyan4973/xxHash, xxhash_spec.md): checksums of Zstandard frames, and the hash of Parquet's bloom filters.

const P1: u64 = 0x9e3779b185ebca87
const P2: u64 = 0xc2b2ae3d27d4eb4f
const P3: u64 = 0x165667b19e3779f9
const P4: u64 = 0x85ebca77c2b2ae63
const P5: u64 = 0x27d4eb2f165667c5

// @ts-ignore: decorator
@inline function round(accumulator: u64, lane: u64): u64 {
  return rotl<u64>(accumulator + lane * P2, 31) * P1
}

// @ts-ignore: decorator
@inline function merge(hash: u64, accumulator: u64): u64 {
  return (hash ^ round(0, accumulator)) * P1 + P4
}

/** Bytes of the state of a hash that is made in parts: four accumulators, and the count of bytes. */
export function xxhash64StateBytes(): i32 {
  return 40
}

export function xxhash64Begin(state: usize): void {
  store<u64>(state, P1 + P2)
  store<u64>(state, P2, 8)
  store<u64>(state, 0, 16)
  store<u64>(state, 0 - P1, 24)
  store<u64>(state, 0, 32)
}

/** Takes the bytes [from, to), 32 times some. */
export function xxhash64Stripes(state: usize, from: usize, to: usize): void {
  let a = load<u64>(state)
  let b = load<u64>(state, 8)
  let c = load<u64>(state, 16)
  let d = load<u64>(state, 24)
  store<u64>(state, load<u64>(state, 32) + <u64>(to - from), 32)
  for (; from < to; from += 32) {
    a = round(a, load<u64>(from))
    b = round(b, load<u64>(from, 8))
    c = round(c, load<u64>(from, 16))
    d = round(d, load<u64>(from, 24))
  }
  store<u64>(state, a)
  store<u64>(state, b, 8)
  store<u64>(state, c, 16)
  store<u64>(state, d, 24)
}

/** The low half of the hash, with the last `n` bytes, fewer than 32. */
export function xxhash64End(state: usize, from: usize, n: i32): u32 {
  const count = load<u64>(state, 32)
  if (count == 0) return <u32>xxhash64(from, n)
  const a = load<u64>(state)
  const b = load<u64>(state, 8)
  const c = load<u64>(state, 16)
  const d = load<u64>(state, 24)
  let hash = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18)
  hash = merge(merge(merge(merge(hash, a), b), c), d)
  return <u32>finish(hash + count + <u64>n, from, from + <usize>n)
}

/** Hash of `n` bytes, seed 0. */
export function xxhash64(from: usize, n: i32): u64 {
  const end = from + <usize>n
  let hash: u64
  if (n >= 32) {
    let a: u64 = P1 + P2
    let b: u64 = P2
    let c: u64 = 0
    let d: u64 = 0 - P1
    for (; from + 32 <= end; from += 32) {
      a = round(a, load<u64>(from))
      b = round(b, load<u64>(from, 8))
      c = round(c, load<u64>(from, 16))
      d = round(d, load<u64>(from, 24))
    }
    hash = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18)
    hash = merge(merge(merge(merge(hash, a), b), c), d)
  } else hash = P5
  return finish(hash + <u64>n, from, end)
}

/** Mixes in the last bytes, fewer than 32. */
function finish(hash: u64, from: usize, end: usize): u64 {
  for (; from + 8 <= end; from += 8) hash = rotl<u64>(hash ^ round(0, load<u64>(from)), 27) * P1 + P4
  if (from + 4 <= end) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(from) * P1), 23) * P2 + P3
    from += 4
  }
  for (; from < end; from++) hash = rotl<u64>(hash ^ (<u64>load<u8>(from) * P5), 11) * P1
  hash = (hash ^ (hash >> 33)) * P2
  hash = (hash ^ (hash >> 29)) * P3
  return hash ^ (hash >> 32)
}
