/**
 * Values of a chunk or a buffer, decompressed.
 *
 * A block of values is `width` bytes each, one after the other; views for width 0; bits are one byte each. Fixed-size lists are their items with a
 * validity of the items beside them.
 *
 * Spec: lance-format protos/encodings_v2_1.proto; docs, "Encoding Strategy".
 */
import type { Arena } from '../../core/arena.ts'
import { corrupt, unsupported } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import type { Span } from '../codec.ts'
import type { Compression } from './page-encoding.ts'
import { type LanceContext, decompressBuffer } from './reader-context.ts'

export interface ValueBlock {
  readonly pointer: Pointer
  /** Bytes of a value; 0: views. */
  readonly width: number
  readonly count: number
  /** Of the items of fixed-size lists: a byte each; 0: none is NULL. */
  readonly validity: Pointer
}

/** Values of a bit-packed block. */
const PACKED_VALUES = 1024
const VALUES_MAX = 1 << 28
const FSST_MAGIC = 0x46535354

/** What decompressing needs: views point into `buffers` or `arena`, which must stay. */
export interface Decompressing {
  readonly context: LanceContext
  readonly arena: Arena
}

/** The `n` values of a chunk, whose compression has some buffers. */
export function decompressValues(
  compression: Compression,
  buffers: readonly Span[],
  n: number,
  into: Decompressing,
): ValueBlock {
  const { context, arena } = into
  const [first] = buffers
  if (n > VALUES_MAX) throw malformed(context, `${n} values`)
  switch (compression.kind) {
    case 'general': {
      const { codec, values } = compression
      if (first === undefined || values === undefined) break
      const plain = codec === undefined ? first : decompressBuffer(context, codec, first, arena)
      return decompressValues(values, [plain, ...buffers.slice(1)], n, into)
    }
    case 'runs':
      // Values and lengths are two buffers of a chunk; block.rs puts them into one elsewhere.
      return runs(compression, buffers, n, into)
    case 'fixed list':
      return fixedLists(compression, buffers, n, into)
    case 'packed bits':
    case 'inline bits':
    case 'flat':
    case 'variable':
    case 'fsst':
    case 'split bytes':
      if (first === undefined || buffers.length !== 1) break
      return decompressBlock(compression, first, n, into)
    case 'constant':
      return constant(compression.value, n, into)
    case 'packed struct':
      if (compression.values === undefined) break
      return decompressValues(compression.values, buffers, n, into)
    case 'packed row':
    case 'other':
      throw unsupportedKind(context, compression)
  }
  throw malformed(context, `${buffers.length} buffers of ${compression.kind} values`)
}

/** The `n` values of one buffer. */
export function decompressBlock(compression: Compression, from: Span, n: number, into: Decompressing): ValueBlock {
  const { context, arena } = into
  switch (compression.kind) {
    case 'flat':
      return flat(compression, from, n, into)
    case 'variable':
      return variable(compression, from, n, into)
    case 'packed bits':
      return packedBits(compression, from, n, into)
    case 'inline bits':
      return inlineBits(compression, from, n, into)
    case 'fsst': {
      if (compression.values?.kind !== 'variable') break
      return decodeSymbols(compression.symbols, variable(compression.values, from, n, into), into)
    }
    case 'split bytes': {
      if (compression.values === undefined) break
      const { pointer, width } = decompressBlock(compression.values, from, n, into)
      const out = arena.allocate(n * width)
      context.kernels.lance.lanceJoinBytes(pointer, n, width, out)
      return { pointer: out, width, count: n, validity: 0 }
    }
    case 'general': {
      if (compression.values === undefined) break
      const { codec, values } = compression
      const plain = codec === undefined ? from : decompressBuffer(context, codec, from, arena)
      return decompressBlock(values, plain, n, into)
    }
    case 'runs': {
      // The length of the values, the values, the lengths of the runs.
      const view = new DataView(context.memory.u8.buffer, from.pointer, from.byteCount)
      const valueBytes = from.byteCount < 8 ? Infinity : Number(view.getBigUint64(0, true))
      if (valueBytes > from.byteCount - 8) throw malformed(context, 'runs that leave their buffer')
      const values = { pointer: from.pointer + 8, byteCount: valueBytes }
      const lengths = { pointer: values.pointer + valueBytes, byteCount: from.byteCount - 8 - valueBytes }
      return runs(compression, [values, lengths], n, into)
    }
    case 'constant':
      return constant(compression.value, n, into)
    case 'fixed list':
      return fixedLists(compression, [from], n, into)
    case 'packed struct':
    case 'packed row':
    case 'other':
      break
  }
  throw unsupportedKind(context, compression)
}

function malformed({ file }: LanceContext, what: string): Error {
  return corrupt(file.url, `a page is malformed: ${what}`)
}

function unsupportedKind({ file }: LanceContext, compression: Compression): Error {
  const name = compression.kind === 'other' ? compression.name : compression.kind
  return unsupported(`reading "${file.url}": Lance values compressed as ${name}`)
}

function plainOf(codec: 'lz4' | 'zstd' | undefined, from: Span, { context, arena }: Decompressing): Span {
  return codec === undefined ? from : decompressBuffer(context, codec, from, arena)
}

function flat(
  { bits, codec }: Extract<Compression, { kind: 'flat' }>,
  packed: Span,
  n: number,
  into: Decompressing,
): ValueBlock {
  const { context, arena } = into
  const from = plainOf(codec, packed, into)
  if (bits === 1) {
    if (from.byteCount * 8 < n) throw malformed(context, 'too few bits')
    const pointer = arena.allocate(n)
    context.kernels.parquet.plainBooleans(from.pointer, 0, n, pointer)
    return { pointer, width: 1, count: n, validity: 0 }
  }
  const width = bits / 8
  if (!Number.isInteger(width) || width === 0 || width > 1 << 24) {
    throw unsupported(`reading "${context.file.url}": Lance values of ${bits} bits`)
  }
  if (from.byteCount < n * width) throw malformed(context, 'too few values')
  return { pointer: from.pointer, width, count: n, validity: 0 }
}

/** Offsets, then bytes; blocks of whole buffers have a head before them: u32 bits of an offset, where the bytes begin in as many bits. */
function variable(
  { offsets, codec }: Extract<Compression, { kind: 'variable' }>,
  packed: Span,
  n: number,
  into: Decompressing,
): ValueBlock {
  const { context, arena } = into
  if (offsets?.kind !== 'flat' || (offsets.bits !== 32 && offsets.bits !== 64)) {
    throw unsupported(`reading "${context.file.url}": Lance offsets compressed as ${offsets?.kind ?? 'nothing'}`)
  }
  const from = plainOf(codec, packed, into)
  if (from.byteCount < ((n + 1) * offsets.bits) / 8) throw malformed(context, 'too few offsets')
  const pointer = arena.allocate(n * 8)
  const { kernels } = context
  const result = kernels.lance.lanceViews(from.pointer, offsets.bits, from.pointer, from.byteCount, n, pointer)
  if (result < 0) throw malformed(context, 'offsets that leave their buffer')
  return { pointer, width: 0, count: n, validity: 0 }
}

/** Strings of a dictionary or another whole buffer. */
export function decompressDictionary(compression: Compression, from: Span, n: number, into: Decompressing): ValueBlock {
  const { context, arena } = into
  if (compression.kind === 'general' && compression.values !== undefined) {
    return decompressDictionary(compression.values, plainOf(compression.codec, from, into), n, into)
  }
  if (compression.kind === 'fsst' && compression.values !== undefined) {
    return decodeSymbols(compression.symbols, decompressDictionary(compression.values, from, n, into), into)
  }
  if (compression.kind !== 'variable') return decompressBlock(compression, from, n, into)
  const view = new DataView(context.memory.u8.buffer, from.pointer, from.byteCount)
  const bits = from.byteCount < 16 ? 0 : view.getUint32(0, true)
  if (bits !== 32 && bits !== 64) throw malformed(context, `offsets of ${bits} bits`)
  const head = bits === 32 ? 8 : 16
  const start = bits === 32 ? view.getUint32(4, true) : Number(view.getBigUint64(8, true))
  if (start > from.byteCount || head + ((n + 1) * bits) / 8 > start) throw malformed(context, 'too few offsets')
  const pointer = arena.allocate(n * 8)
  const bytes = from.byteCount - start
  const { lance } = context.kernels
  if (lance.lanceViews(from.pointer + head, bits, from.pointer + start, bytes, n, pointer) < 0) {
    throw malformed(context, 'offsets that leave their buffer')
  }
  return { pointer, width: 0, count: n, validity: 0 }
}

function packedBits(
  { bits, values }: Extract<Compression, { kind: 'packed bits' }>,
  packed: Span,
  n: number,
  into: Decompressing,
): ValueBlock {
  const { context, arena } = into
  if (values?.kind !== 'flat' || !isWord(bits) || values.bits > bits) {
    throw unsupported(`reading "${context.file.url}": Lance bit-packing of ${bits} bits`)
  }
  const from = plainOf(values.codec, packed, into)
  const width = bits / 8
  const blockBytes = Math.ceil((PACKED_VALUES * values.bits) / bits) * width
  const blocks = Math.floor(n / PACKED_VALUES)
  const tail = n % PACKED_VALUES
  const rest = from.byteCount - blocks * blockBytes
  // The last values may lie there as they are.
  const isRaw = tail > 0 && rest === tail * width
  if (rest < 0 || (tail > 0 && !isRaw && rest < blockBytes)) throw malformed(context, 'too few packed values')
  const pointer = arena.allocate((blocks + 1) * PACKED_VALUES * width)
  for (let block = 0; block < blocks + (tail > 0 && !isRaw ? 1 : 0); block++) {
    const out = pointer + block * PACKED_VALUES * width
    context.kernels.lance.lanceUnpack(from.pointer + block * blockBytes, bits, values.bits, out)
  }
  if (isRaw) {
    const start = from.pointer + blocks * blockBytes
    context.memory.bulk.copyWithin(pointer + blocks * PACKED_VALUES * width, start, start + rest)
  }
  return { pointer, width, count: n, validity: 0 }
}

/** One block of at most 1,024 values behind the width of its values, which is a word itself. */
function inlineBits(
  { bits, codec }: Extract<Compression, { kind: 'inline bits' }>,
  packed: Span,
  n: number,
  into: Decompressing,
): ValueBlock {
  const { context, arena } = into
  const from = plainOf(codec, packed, into)
  const width = bits / 8
  if (!isWord(bits) || n > PACKED_VALUES || from.byteCount < width) throw malformed(context, 'a packed block')
  const packedWidth = context.memory.u8[from.pointer]!
  if (packedWidth > bits || from.byteCount < width + packedWidth * 128) throw malformed(context, 'a packed block')
  const pointer = arena.allocate(PACKED_VALUES * width)
  context.kernels.lance.lanceUnpack(from.pointer + width, bits, packedWidth, pointer)
  return { pointer, width, count: n, validity: 0 }
}

function isWord(bits: number): boolean {
  return bits === 8 || bits === 16 || bits === 32 || bits === 64
}

function runs(
  { values, lengths }: Extract<Compression, { kind: 'runs' }>,
  buffers: readonly Span[],
  n: number,
  into: Decompressing,
): ValueBlock {
  const { context, arena } = into
  const [first, second] = buffers
  if (values?.kind !== 'flat' || lengths?.kind !== 'flat' || lengths.bits !== 8 || values.bits < 8) {
    throw unsupported(`reading "${context.file.url}": Lance runs of compressed values`)
  }
  if (first === undefined || second === undefined) throw malformed(context, 'runs without lengths')
  const from = plainOf(values.codec, first, into)
  const counts = plainOf(lengths.codec, second, into)
  const width = values.bits / 8
  const count = Math.min(counts.byteCount, Math.floor(from.byteCount / width))
  if (count !== counts.byteCount) throw malformed(context, 'runs without values')
  const pointer = arena.allocate(n * width)
  const result = context.kernels.lance.lanceRuns(from.pointer, counts.pointer, count, width, n, pointer)
  if (result < 0) throw malformed(context, `runs that are not ${n} values`)
  return { pointer, width, count: n, validity: 0 }
}

function fixedLists(
  { dimension, hasValidity, values }: Extract<Compression, { kind: 'fixed list' }>,
  buffers: readonly Span[],
  n: number,
  into: Decompressing,
): ValueBlock {
  const { context, arena } = into
  if (values === undefined || dimension < 1 || n * dimension > VALUES_MAX) throw malformed(context, 'fixed-size lists')
  const rest = hasValidity ? buffers.slice(1) : buffers
  const items = decompressValues(values, rest, n * dimension, into)
  if (!hasValidity) return { ...items, count: n }
  const bits = buffers[0]
  if (bits === undefined || bits.byteCount * 8 < n * dimension) throw malformed(context, 'fixed-size lists')
  const validity = arena.allocate(n * dimension)
  context.kernels.parquet.plainBooleans(bits.pointer, 0, n * dimension, validity)
  return { ...items, count: n, validity }
}

/** Every value is the same. */
export function constant(value: Uint8Array | undefined, n: number, { context, arena }: Decompressing): ValueBlock {
  if (value === undefined || value.length === 0) throw malformed(context, 'a constant without a value')
  const { memory } = context
  const width = value.length
  const pointer = arena.allocate(n * width)
  for (let i = 0; i < n; i++) memory.u8.set(value, pointer + i * width)
  return { pointer, width, count: n, validity: 0 }
}

/**
 * Strings of symbols. The table: u8 symbols, u8, u8, u8 whether there are any, "FSST", then 8 bytes a symbol and a length each.
 *
 * Source: "FSST: Fast Random Access String Compression" (VLDB 2020), and lance's fsst.rs for the table.
 */
export function decodeSymbols(table: Uint8Array, block: ValueBlock, { context, arena }: Decompressing): ValueBlock {
  const { memory, kernels } = context
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength)
  if (table.length < 8 || view.getUint32(4, true) !== FSST_MAGIC) throw malformed(context, 'a symbol table')
  const count = table[0]!
  if ((table[3]! & 1) === 0) return block
  if (table.length < 8 + count * 9) throw malformed(context, 'a symbol table')
  const symbols = arena.allocate(256 * 8)
  const lengths = arena.allocateZeroed(256)
  memory.u8.set(table.subarray(8, 8 + count * 8), symbols)
  for (let i = 0; i < count; i++) memory.u8[lengths + i] = Math.min(8, table[8 + count * 8 + i]!)
  const out = arena.allocate(kernels.lance.lanceViewBytes(block.pointer, block.count) * 8)
  if (kernels.lance.lanceFsst(block.pointer, block.count, symbols, lengths, out) < 0) {
    throw malformed(context, 'a symbol that is not in the table')
  }
  return block
}
