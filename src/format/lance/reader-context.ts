/** What the readers of a Lance file's columns share. */
import { Arena } from '../../core/arena.ts'
import { DataError, corrupt } from '../../core/errors.ts'
import type { EngineMemory } from '../../core/memory.ts'
import type { Kernels } from '../../kernel/kernels.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { type Span, decompressWithin } from '../codec.ts'
import type { ReadContext } from '../format.ts'
import type { ByteRange } from '../parquet/file-bytes.ts'
import type { BufferCodec } from './page-encoding.ts'

export interface LanceContext {
  readonly file: SyncFile
  readonly memory: EngineMemory
  readonly kernels: Kernels
  /** Values, and bytes that views point into: lives until the row group's reader is closed. */
  readonly lasting: Arena
  /** For the length of reading one column. */
  readonly scratch: Arena
  /** Of the file: readers of its row groups share them. */
  readonly dictionaries: KeptDictionaries
  bytesRead: number
}

/** Dictionaries of an open file at most. */
const DICTIONARIES_BYTES_MAX = 4 << 20

/** Bytes of dictionaries as they lie in a file: row groups are smaller than pages, and each needs that of its page. */
export class KeptDictionaries {
  readonly #known = new Map<number, Uint8Array>()
  #byteCount = 0

  /** The bytes of a range of the file in memory. */
  load(context: LanceContext, range: ByteRange, arena: Arena): Span {
    const known = this.#known.get(range.start)
    if (known === undefined) {
      const span = loadRange(context, range, arena)
      this.#keep(range.start, context.memory.u8.slice(span.pointer, span.pointer + span.byteCount))
      return span
    }
    const pointer = arena.allocate(known.length)
    context.memory.u8.set(known, pointer)
    return { pointer, byteCount: known.length }
  }

  #keep(start: number, bytes: Uint8Array): void {
    if (this.#byteCount + bytes.length > DICTIONARIES_BYTES_MAX) return
    this.#known.set(start, bytes)
    this.#byteCount += bytes.length
  }
}

/** For one reader, which frees its arenas. */
export function openLanceContext(
  file: SyncFile,
  { memory, kernels }: ReadContext,
  dictionaries: KeptDictionaries,
): LanceContext {
  return {
    file,
    memory,
    kernels,
    lasting: new Arena(memory, 'pages of a Lance file', 256 << 10),
    scratch: new Arena(memory, 'decoding a Lance file', 256 << 10),
    dictionaries,
    bytesRead: 0,
  }
}

/** A buffer's bytes in memory at most. */
const BUFFER_BYTES_MAX = 1 << 30

/** Reads bytes of the file. */
export function loadRange(context: LanceContext, { start, end }: ByteRange, arena: Arena): Span {
  const { file, memory } = context
  const byteCount = end - start
  if (byteCount < 0 || end > file.byteCount || byteCount > BUFFER_BYTES_MAX) {
    throw corrupt(file.url, `bytes [${start}, ${end}) of a file of ${file.byteCount} bytes`)
  }
  const pointer = arena.allocate(byteCount)
  file.readSync(memory.u8.subarray(pointer, pointer + byteCount), start)
  context.bytesRead += byteCount
  return { pointer, byteCount }
}

/** Bytes that a compressed buffer can become, by its ratio at best. */
const RATIO_MAX = { lz4: 255, zstd: 1 << 16 }
const ZSTD_MAGIC = 0xfd2fb528

/**
 * Decompresses a buffer: lz4 stands behind its length (u32), zstd behind its length (u64) or alone.
 *
 * Source: lance-encoding, physical/block.rs.
 */
export function decompressBuffer(context: LanceContext, codec: BufferCodec, from: Span, arena: Arena): Span {
  const { memory, file } = context
  const view = new DataView(memory.u8.buffer, from.pointer, from.byteCount)
  const head = codec === 'lz4' ? 4 : from.byteCount >= 4 && view.getUint32(0, true) === ZSTD_MAGIC ? 0 : 8
  if (from.byteCount < head) throw corrupt(file.url, `a ${codec} buffer of ${from.byteCount} bytes`)
  const body = { pointer: from.pointer + head, byteCount: from.byteCount - head }
  let length: number
  if (head === 0) length = Number(context.kernels.codec.zstdBound(body.pointer, body.byteCount))
  else length = head === 4 ? view.getUint32(0, true) : Number(view.getBigUint64(0, true))
  if (!(length >= 0 && length <= BUFFER_BYTES_MAX && length <= body.byteCount * RATIO_MAX[codec])) {
    throw corrupt(file.url, `a ${codec} buffer of ${body.byteCount} bytes cannot become ${length}`)
  }
  const to = { pointer: arena.allocate(length), byteCount: length }
  try {
    const byteCount = decompressWithin(codec === 'lz4' ? 'lz4_raw' : 'zstd', body, to, context)
    if (head > 0 && byteCount !== length)
      throw corrupt(file.url, `${codec}: expected ${length} bytes, found ${byteCount}`)
    return { pointer: to.pointer, byteCount }
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause
    throw corrupt(file.url, cause.message, { cause })
  }
}
