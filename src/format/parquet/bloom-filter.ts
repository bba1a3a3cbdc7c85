/**
 * Split-block Bloom filters of column chunks, for equality predicates.
 *
 *   header (Thrift), then blocks of 8 words of 32 bits; a value sets one bit in each word of one block:
 *   block = upper half of the hash, scaled to the number of blocks; bit of word i = (lower half * SALT[i]) >>> 27
 *
 * A look-up reads 32 bytes.
 *
 * Spec: parquet-format 2.11, BloomFilter.md.
 */
import type { Arena } from '../../core/arena.ts'
import type { LiteralValue } from '../../core/value.ts'
import type { Expr } from '../../expr/expr.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { demandsOf } from '../bloom-demands.ts'
import type { ReadContext } from '../format.ts'
import type { BoundLeaf } from './bind.ts'
import type { ColumnChunk } from './metadata.ts'
import { physicalBytes } from './physical-bytes.ts'
import { ThriftError, ThriftReader, TYPE_STRUCT } from './thrift.ts'

const SALT = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31]
const BLOCK_BYTES = 32

/** What `bloomMightMatch` needs to look values up. */
export interface BloomSource {
  readonly file: SyncFile
  readonly context: ReadContext
  readonly scratch: Arena
  column(input: number): { readonly leaf: BoundLeaf; readonly chunk: ColumnChunk } | undefined
}

/** False only if some conjunct demands values of a column that its filter says are absent. */
export function bloomMightMatch(predicate: Expr, source: BloomSource): boolean {
  for (const demand of demandsOf(predicate)) {
    const column = source.column(demand.input)
    if (column?.chunk.bloomFilterOffset === undefined) continue
    const filter = openFilter(source.file, column.chunk.bloomFilterOffset)
    if (filter === undefined) continue
    const isPossible = demand.values.some((value) => valueMightBeIn(filter, column.leaf, value, source))
    if (!isPossible) return false
  }
  return true
}

interface Filter {
  readonly start: number
  readonly blockCount: number
}

function openFilter(file: SyncFile, offset: number): Filter | undefined {
  const bytes = new Uint8Array(Math.max(0, Math.min(64, file.byteCount - offset)))
  file.readSync(bytes, offset)
  try {
    const reader = new ThriftReader(bytes)
    let byteCount = 0
    // Block algorithm, xxhash and no compression are the first and only choices of their unions.
    let choices = 0
    reader.beginStruct()
    while (reader.nextField()) {
      if (reader.fieldId === 1) byteCount = reader.readCount()
      else {
        reader.expect(TYPE_STRUCT)
        const outer = reader.beginStruct()
        while (reader.nextField()) {
          if (reader.fieldId === 1) choices++
          reader.skipField()
        }
        reader.endStruct(outer)
      }
    }
    const start = offset + reader.position
    const isWhole = byteCount >= BLOCK_BYTES && byteCount % BLOCK_BYTES === 0 && start + byteCount <= file.byteCount
    return isWhole && choices === 3 ? { start, blockCount: byteCount / BLOCK_BYTES } : undefined
  } catch (error) {
    // A filter only saves reading: a damaged one counts as absent.
    if (error instanceof ThriftError) return undefined
    throw error
  }
}

function valueMightBeIn(filter: Filter, leaf: BoundLeaf, value: LiteralValue, source: BloomSource): boolean {
  const forms = physicalBytes(leaf, value)
  if (forms === 'unknown') return true
  return forms.some((bytes) => hashMightBeIn(filter, hashOf(bytes, source), source.file))
}

function hashOf(bytes: Uint8Array, { context, scratch }: BloomSource): bigint {
  const mark = scratch.mark()
  const pointer = scratch.allocate(bytes.length)
  context.memory.u8.set(bytes, pointer)
  const hash = BigInt.asUintN(64, context.kernels.codec.xxhash64(pointer, bytes.length))
  scratch.release(mark)
  return hash
}

function hashMightBeIn({ start, blockCount }: Filter, hash: bigint, file: SyncFile): boolean {
  const block = Number(((hash >> 32n) * BigInt(blockCount)) >> 32n)
  const key = Number(hash & 0xffff_ffffn)
  const bytes = new Uint8Array(BLOCK_BYTES)
  file.readSync(bytes, start + block * BLOCK_BYTES)
  const words = new DataView(bytes.buffer)
  return SALT.every((salt, i) => {
    const bit = Math.imul(key, salt) >>> 27
    return ((words.getUint32(i * 4, true) >>> bit) & 1) === 1
  })
}
