/**
 * Bloom filters of the row groups of a stripe, for equality predicates.
 *
 *   hash = 64 bits: of integers by Wang's function, of strings by Murmur3
 *   bit k = (low half + k * high half), complemented when negative, modulo the bits there are
 *
 * Spec: ORC v1, "Bloom Filter Index".
 */
import { isInteger } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import type { Expr } from '../../expr/expr.ts'
import type { BoundTree } from '../bind-tree.ts'
import { demandsOf } from '../bloom-demands.ts'
import type { RowRange } from '../format.ts'
import { intersect } from '../parquet/candidate-ranges.ts'
import type { ByteRange } from '../parquet/file-bytes.ts'
import { ProtobufError } from '../protobuf.ts'
import { type BloomBits, readBloomFilters } from './metadata.ts'
import type { OrcNode } from './schema.ts'
import { BLOOM_FILTER, BLOOM_FILTER_UTF8, type StripeStreams } from './stripe-streams.ts'

export interface BloomSource {
  readonly rowCount: number
  /** Rows of a row group. */
  readonly stride: number
  readonly columns: readonly BoundTree<OrcNode>[]
  readonly streams: StripeStreams
  readonly section: (range: ByteRange) => Uint8Array
}

/** The rows of `ranges` whose row groups may have the values that the predicate demands. */
export function withoutBloomMisses(predicate: Expr, ranges: readonly RowRange[], source: BloomSource): RowRange[] {
  let left = [...ranges]
  for (const { input, values } of demandsOf(predicate)) {
    const bound = source.columns[input]
    if (bound?.kind !== 'column' || left.length === 0) continue
    const hashes = values.map((value) => hashOf(bound.node, value))
    if (hashes.includes(undefined)) continue
    const filters = filtersOf(bound.node, source)
    if (filters === undefined) continue
    const kept: RowRange[] = []
    filters.forEach((filter, group) => {
      const start = group * source.stride
      const end = Math.min(source.rowCount, start + source.stride)
      if (hashes.some((hash) => mayHold(filter, hash!))) kept.push({ start, end })
    })
    left = intersect(left, merged(kept))
  }
  return left
}

function merged(ranges: readonly RowRange[]): RowRange[] {
  const result: { start: number; end: number }[] = []
  for (const { start, end } of ranges) {
    const last = result.at(-1)
    if (last?.end === start) last.end = end
    else result.push({ start, end })
  }
  return result
}

/** A filter for each row group; undefined when there are none that can be used. */
function filtersOf(
  node: OrcNode,
  { streams, section, rowCount, stride }: BloomSource,
): readonly BloomBits[] | undefined {
  // The older kind hashed strings in the writer's own character set.
  const range =
    streams.range(node.column, BLOOM_FILTER_UTF8) ??
    (node.kind === 'string' ? undefined : streams.range(node.column, BLOOM_FILTER))
  if (range === undefined) return undefined
  try {
    const filters = readBloomFilters(section(range))
    const isUsable = filters.every(({ hashCount, bits }) => hashCount > 0 && hashCount < 100 && bits.length % 8 === 0)
    return isUsable && filters.length === Math.ceil(rowCount / stride) ? filters : undefined
  } catch (error) {
    if (error instanceof ProtobufError) return undefined
    throw error
  }
}

function mayHold({ hashCount, bits }: BloomBits, hash: bigint): boolean {
  const bitCount = bits.length * 8
  if (bitCount === 0) return true
  const low = Number(BigInt.asIntN(32, hash))
  const high = Number(BigInt.asIntN(32, hash >> 32n))
  for (let k = 1; k <= hashCount; k++) {
    let combined = (low + Math.imul(k, high)) | 0
    if (combined < 0) combined = ~combined
    const bit = combined % bitCount
    if (((bits[bit >>> 3]! >>> (bit & 7)) & 1) === 0) return false
  }
  return true
}

/** Undefined for values of types whose writers do not agree. */
function hashOf(node: OrcNode, value: LiteralValue): bigint | undefined {
  switch (node.kind) {
    case 'byte':
    case 'short':
    case 'int':
    case 'long':
    case 'date':
      if (typeof value === 'bigint') return wangHash(value)
      return typeof value === 'number' && (isInteger(node.type) || node.kind === 'date')
        ? wangHash(BigInt(value))
        : undefined
    case 'string':
      return typeof value === 'string' ? murmur3(new TextEncoder().encode(value)) : undefined
    default:
      return undefined
  }
}

const MASK = 0xffff_ffff_ffff_ffffn

/** Thomas Wang's hash of 64-bit integers. */
function wangHash(value: bigint): bigint {
  let key = value & MASK
  const shifted = (bits: bigint): bigint => BigInt.asUintN(64, BigInt.asIntN(64, key) >> bits)
  key = (~key + (key << 21n)) & MASK
  key ^= shifted(24n)
  key = (key + (key << 3n) + (key << 8n)) & MASK
  key ^= shifted(14n)
  key = (key + (key << 2n) + (key << 4n)) & MASK
  key ^= shifted(28n)
  return (key + (key << 31n)) & MASK
}

const SEED = 104_729n
const C1 = 0x87c37b91114253d5n
const C2 = 0x4cf5ad432745937fn

const rotate = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & MASK

/** Murmur3 with 64 bits of state, as Hive hashes strings. */
function murmur3(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const whole = bytes.length >> 3
  let hash = SEED
  const mix = (word: bigint): bigint => (rotate((word * C1) & MASK, 31n) * C2) & MASK
  for (let i = 0; i < whole; i++) {
    hash ^= mix(view.getBigUint64(i * 8, true))
    hash = (rotate(hash, 27n) * 5n + 0x52dce729n) & MASK
  }
  const rest = bytes.subarray(whole * 8)
  if (rest.length > 0) {
    let word = 0n
    rest.forEach((byte, i) => {
      word |= BigInt(byte) << BigInt(8 * i)
    })
    hash ^= mix(word)
  }
  hash ^= BigInt(bytes.length)
  hash ^= hash >> 33n
  hash = (hash * 0xff51afd7ed558ccdn) & MASK
  hash ^= hash >> 33n
  hash = (hash * 0xc4ceb9fe1a85ec53n) & MASK
  return hash ^ (hash >> 33n)
}
