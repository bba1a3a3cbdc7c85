/** What the readers of a Lance file's columns share. */
import type { Arena } from '../../core/arena.ts'
import { DataError, corrupt } from '../../core/errors.ts'
import type { EngineMemory } from '../../core/memory.ts'
import type { Kernels } from '../../kernel/kernels.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { type Span, decompressWithin } from '../codec.ts'
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
  bytesRead: number
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
