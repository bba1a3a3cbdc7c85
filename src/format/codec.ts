/**
 * Decompression, by kernels where they are ours (snappy, zstd, lz4), by node:zlib otherwise (gzip, brotli).
 *
 * `decompressInto` works within the engine's shared memory; `decompress` takes and gives ordinary byte arrays, for
 * metadata files.
 */
import { brotliDecompressSync, gunzipSync, inflateRawSync } from 'node:zlib'
import { Arena } from '../core/arena.ts'
import { DataError, corrupt } from '../core/errors.ts'
import { type EngineMemory, type Pointer, createMemory } from '../core/memory.ts'
import { type Kernels, createKernels } from '../kernel/kernels.ts'

/**
 * `snappy`: the raw block format, without framing. `lz4_hadoop`: LZ4 blocks, each behind the big-endian lengths of its
 * output and itself; or, as older Arrow wrote, one raw block. `deflate`: without gzip's header. `lzo`: LZO1X.
 */
export type CodecName = 'snappy' | 'gzip' | 'deflate' | 'brotli' | 'zstd' | 'lz4_raw' | 'lz4_hadoop' | 'lzo'

const KERNEL_ERRORS: Record<number, string> = {
  [-1]: 'the compressed data end unexpectedly',
  [-2]: 'the data are longer than announced',
  [-3]: 'the data are shorter than announced',
  [-4]: 'a back reference points before the beginning',
  [-5]: 'the compressed data are malformed',
  [-6]: 'the compressed data need a dictionary',
}

/** Where bytes lie in the shared memory. */
export interface Span {
  readonly pointer: Pointer
  readonly byteCount: number
}

/** What decompression works with; zstd's tables lie in `scratch`. */
export interface CodecContext {
  readonly memory: EngineMemory
  readonly kernels: Kernels
  readonly scratch: Arena
}

/**
 * Decompresses `from` to exactly `to.byteCount` bytes. Both have slack behind them (core/arena.ts). Errors: XX001
 * without the file's name, which the caller adds.
 */
export function decompressInto(codec: CodecName, from: Span, to: Span, context: CodecContext): void {
  const { codec: kernels } = context.kernels
  switch (codec) {
    case 'snappy':
      check(codec, kernels.snappyDecode(from.pointer, from.byteCount, to.pointer, to.byteCount), to.byteCount)
      return
    case 'lz4_raw':
      check(codec, kernels.lz4Decode(from.pointer, from.byteCount, to.pointer, to.byteCount), to.byteCount)
      return
    case 'lz4_hadoop':
      decodeHadoopLz4(from, to, context)
      return
    case 'zstd': {
      const mark = context.scratch.mark()
      const work = context.scratch.allocate(kernels.zstdWorkBytes())
      const count = kernels.zstdDecode(from.pointer, from.byteCount, to.pointer, to.byteCount, work)
      context.scratch.release(mark)
      check(codec, count, to.byteCount)
      return
    }
    case 'lzo':
      check(codec, kernels.lzoDecode(from.pointer, from.byteCount, to.pointer, to.byteCount), to.byteCount)
      return
    case 'gzip':
    case 'deflate':
    case 'brotli': {
      // node:zlib does not take shared memory.
      const input = context.memory.u8.slice(from.pointer, from.pointer + from.byteCount)
      const output = inflate(codec, input, to.byteCount)
      check(codec, output.length, to.byteCount)
      context.memory.u8.set(output, to.pointer)
    }
  }
}

/**
 * Whether so few bytes can become `byteCount`: asked before memory is allocated for what a damaged file announces. Exact for snappy,
 * an upper bound by the format's greatest ratio for the others.
 */
export function canBecome(codec: CodecName, from: Span, byteCount: number, { kernels }: CodecContext): boolean {
  switch (codec) {
    case 'snappy':
      return kernels.codec.snappyLength(from.pointer, from.byteCount) === byteCount
    case 'zstd':
      return kernels.codec.zstdBound(from.pointer, from.byteCount) >= byteCount
    case 'lz4_raw':
    case 'lz4_hadoop':
      return byteCount <= from.byteCount * 255
    case 'lzo':
      return byteCount <= from.byteCount * 255
    case 'gzip':
    case 'deflate':
      return byteCount <= from.byteCount * 1032
    case 'brotli':
      // A few bytes can repeat 16 MiB; node:zlib stops at the length announced.
      return byteCount <= from.byteCount * (1 << 22)
  }
}

/**
 * Decompresses `from` to at most `to.byteCount` bytes, for formats that do not say how many come out. Returns how many. Errors: as `decompressInto`.
 */
export function decompressWithin(codec: CodecName, from: Span, to: Span, context: CodecContext): number {
  const { codec: kernels } = context.kernels
  let count: number
  switch (codec) {
    case 'snappy': {
      const length = kernels.snappyLength(from.pointer, from.byteCount)
      if (length > to.byteCount) throw codecError(codec, `${length} bytes are more than the ${to.byteCount} expected`)
      count = length < 0 ? length : kernels.snappyDecode(from.pointer, from.byteCount, to.pointer, length)
      break
    }
    case 'lz4_raw':
      count = kernels.lz4DecodeWithin(from.pointer, from.byteCount, to.pointer, to.byteCount)
      break
    case 'lzo':
      count = kernels.lzoDecode(from.pointer, from.byteCount, to.pointer, to.byteCount)
      break
    case 'zstd': {
      const mark = context.scratch.mark()
      const work = context.scratch.allocate(kernels.zstdWorkBytes())
      count = kernels.zstdDecode(from.pointer, from.byteCount, to.pointer, to.byteCount, work)
      context.scratch.release(mark)
      break
    }
    case 'lz4_hadoop':
      throw codecError(codec, 'the length of the data is not known')
    case 'gzip':
    case 'deflate':
    case 'brotli': {
      const input = context.memory.u8.slice(from.pointer, from.pointer + from.byteCount)
      const output = inflate(codec, input, to.byteCount)
      context.memory.u8.set(output, to.pointer)
      count = output.length
    }
  }
  if (count < 0) check(codec, count, 0)
  return count
}

/** As `decompressWithin`, for ordinary bytes on any thread. Errors: XX001 naming `what`. */
export function decompressAtMost(codec: CodecName, input: Uint8Array, byteCountMax: number, what: string): Uint8Array {
  try {
    if (isZlib(codec)) {
      const output = inflate(codec, input, byteCountMax)
      return new Uint8Array(output.buffer, output.byteOffset, output.length)
    }
    const context = (ownContext ??= makeContext())
    const { memory, scratch } = context
    try {
      const from = { pointer: scratch.allocate(input.length), byteCount: input.length }
      memory.u8.set(input, from.pointer)
      const to = { pointer: scratch.allocate(byteCountMax), byteCount: byteCountMax }
      const byteCount = decompressWithin(codec, from, to, context)
      return memory.u8.slice(to.pointer, to.pointer + byteCount)
    } finally {
      scratch.reset()
    }
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause
    throw corrupt(what, cause.message, { cause })
  }
}

/** Output that `decompress` gives at most unless told otherwise. */
const OUTPUT_BYTES_MAX = 256 << 20

/**
 * Decompresses ordinary bytes, on any thread. With `outputLength` exactly so many bytes come out, else as many as the data say,
 * which `lz4_raw` and `lz4_hadoop` do not. Errors: XX001, also when more than 256 MiB would come out.
 */
export function decompress(codec: CodecName, input: Uint8Array, outputLength?: number): Uint8Array {
  if (isZlib(codec)) {
    const output = inflate(codec, input, outputLength ?? OUTPUT_BYTES_MAX)
    if (outputLength !== undefined) check(codec, output.length, outputLength)
    return new Uint8Array(output.buffer, output.byteOffset, output.length)
  }
  const context = (ownContext ??= makeContext())
  const { memory, kernels, scratch } = context
  try {
    const from = { pointer: scratch.allocate(input.length), byteCount: input.length }
    memory.u8.set(input, from.pointer)
    const bound = outputLength ?? outputBound(codec, from, kernels)
    if (bound > OUTPUT_BYTES_MAX) throw codecError(codec, `${bound} bytes are more than are taken`)
    const to = { pointer: scratch.allocate(bound), byteCount: bound }
    let { byteCount } = to
    if (codec === 'zstd' && outputLength === undefined) byteCount = decodeUnsized(from, to, context)
    else decompressInto(codec, from, to, context)
    return memory.u8.slice(to.pointer, to.pointer + byteCount)
  } finally {
    scratch.reset()
  }
}

// Made on first use: a process that reads no compressed metadata needs none.
let ownContext: CodecContext | undefined

function makeContext(): CodecContext {
  // Address space only, until it is touched: room for the input, the output and what zstd needs.
  const memory = createMemory(2 * OUTPUT_BYTES_MAX + (64 << 20))
  return { memory, kernels: createKernels(memory), scratch: new Arena(memory, 'decompressing') }
}

function outputBound(codec: CodecName, { pointer, byteCount }: Span, kernels: Kernels): number {
  let bound = -1
  if (codec === 'snappy') bound = kernels.codec.snappyLength(pointer, byteCount)
  else if (codec === 'zstd') bound = kernels.codec.zstdBound(pointer, byteCount)
  else throw codecError(codec, 'the length of the data is not known')
  if (bound < 0) check(codec, bound, 0)
  return bound
}

function decodeUnsized(from: Span, to: Span, { kernels, scratch }: CodecContext): number {
  const work = scratch.allocate(kernels.codec.zstdWorkBytes())
  const count = kernels.codec.zstdDecode(from.pointer, from.byteCount, to.pointer, to.byteCount, work)
  if (count < 0) check('zstd', count, 0)
  return count
}

/** Error unless a decoder gave the bytes expected. */
function check(codec: CodecName, result: number, expected: number): void {
  if (result < 0) throw codecError(codec, KERNEL_ERRORS[result] ?? `error ${result}`)
  if (result !== expected) throw codecError(codec, `expected ${expected} bytes, found ${result}`)
}

/** Blocks of Hadoop's codec, or where they do not fit together one raw block (Arrow before 0.15.1). */
function decodeHadoopLz4(from: Span, to: Span, { memory, kernels }: CodecContext): void {
  const view = new DataView(memory.memory.buffer, from.pointer, from.byteCount)
  let [source, target] = [0, 0]
  while (from.byteCount - source >= 8) {
    const size = view.getUint32(source)
    const packed = view.getUint32(source + 4)
    source += 8
    if (packed > from.byteCount - source || size > to.byteCount - target) break
    const count = kernels.codec.lz4Decode(from.pointer + source, packed, to.pointer + target, size)
    if (count !== size) break
    source += packed
    target += size
    if (source === from.byteCount && target === to.byteCount) return
  }
  const count = kernels.codec.lz4Decode(from.pointer, from.byteCount, to.pointer, to.byteCount)
  check('lz4_hadoop', count, to.byteCount)
}

type ZlibCodec = 'gzip' | 'deflate' | 'brotli'

function isZlib(codec: CodecName): codec is ZlibCodec {
  return codec === 'gzip' || codec === 'deflate' || codec === 'brotli'
}

function inflate(codec: ZlibCodec, input: Uint8Array, maxOutputLength: number): Uint8Array {
  // Zero is not a limit that node:zlib accepts.
  const options = { maxOutputLength: Math.max(1, maxOutputLength) }
  try {
    if (codec === 'gzip') return gunzipSync(input, options)
    return codec === 'deflate' ? inflateRawSync(input, options) : brotliDecompressSync(input, options)
  } catch (error) {
    throw codecError(codec, error instanceof Error ? error.message : String(error), error)
  }
}

function codecError(codec: CodecName, what: string, cause?: unknown): DataError {
  return new DataError('XX001', `${codec}: ${what}`, cause === undefined ? {} : { cause })
}
