/**
 * Bloom filters of a column's values: the number of hash functions (4, big-endian), then bits, the lowest of a byte first.
 *
 *   bit i of a value   hash1 + i * hash2 in 32 bits, its bits flipped when negative, modulo the bits; i from 1
 *
 * hash1 and hash2 are the halves of a 64-bit hash: XXH64 of texts and bytes, Thomas Wang's of integers.
 *
 * Spec: Apache Paimon, "File Index, BloomFilter".
 */
import { xxhash64 } from '../../../core/xxhash64.ts'

const HEAD_BYTES = 4
const FUNCTIONS_MAX = 1000

/** A value as filters hash it. */
export type HashedValue = Uint8Array | bigint

/** False only when the filter does not have the value. */
export function bloomMightHave(filter: Uint8Array, value: HashedValue): boolean {
  const bits = (filter.length - HEAD_BYTES) * 8
  if (bits <= 0) return true
  const functions = new DataView(filter.buffer, filter.byteOffset, HEAD_BYTES).getInt32(0)
  // A damaged filter says nothing.
  if (functions < 1 || functions > FUNCTIONS_MAX) return true
  const hash = typeof value === 'bigint' ? longHash(value) : xxhash64(value)
  const low = Number(BigInt.asIntN(32, hash))
  const high = Number(BigInt.asIntN(32, hash >> 32n))
  for (let i = 1; i <= functions; i++) {
    const sum = (low + Math.imul(i, high)) | 0
    const place = (sum < 0 ? ~sum : sum) % bits
    if (((filter[HEAD_BYTES + (place >>> 3)]! >>> (place & 7)) & 1) === 0) return false
  }
  return true
}

function longHash(value: bigint): bigint {
  const wrap = (key: bigint): bigint => BigInt.asIntN(64, key)
  let key = wrap(~value + (value << 21n))
  key = wrap(key ^ (key >> 24n))
  key = wrap(key + (key << 3n) + (key << 8n))
  key = wrap(key ^ (key >> 14n))
  key = wrap(key + (key << 2n) + (key << 4n))
  key = wrap(key ^ (key >> 28n))
  return wrap(key + (key << 31n))
}
