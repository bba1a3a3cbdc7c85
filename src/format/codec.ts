/**
 * Decompression, by kernels where they are ours (snappy, zstd, lz4), by node:zlib otherwise (gzip, brotli).
 *
 * `decompressInto` works within the engine's shared memory; `decompress` takes and gives ordinary byte arrays, for
 * metadata files.
 */
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { DataError } from '../core/errors.ts'
import type { EngineMemory, Pointer } from '../core/memory.ts'
import type { Kernels } from '../kernel/kernels.ts'

export type CodecName = 'snappy' | 'gzip' | 'brotli' | 'zstd' | 'lz4_raw' | 'lz4_hadoop'

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

/**
 * Decompresses `from` to exactly `to.byteCount` bytes. Both have slack behind them (core/arena.ts). Errors: XX001
 * without the file's name, which the caller adds.
 */
export function decompressInto(
  codec: CodecName,
  from: Span,
  to: Span,
  { memory, kernels }: { readonly memory: EngineMemory; readonly kernels: Kernels },
): void {
  switch (codec) {
    case 'snappy':
      check(codec, kernels.codec.snappyDecode(from.pointer, from.byteCount, to.pointer, to.byteCount))
      return
    case 'gzip':
    case 'brotli': {
      // node:zlib does not take shared memory.
      const input = memory.u8.slice(from.pointer, from.pointer + from.byteCount)
      const output = inflate(codec, input, to.byteCount)
      if (output.length !== to.byteCount) {
        throw codecError(codec, `expected ${to.byteCount} bytes, found ${output.length}`)
      }
      memory.u8.set(output, to.pointer)
      return
    }
    default:
      throw codecError(codec, 'not supported')
  }
}

function check(codec: CodecName, result: number): void {
  if (result < 0) throw codecError(codec, KERNEL_ERRORS[result] ?? `error ${result}`)
}

function inflate(codec: 'gzip' | 'brotli', input: Uint8Array, maxOutputLength: number): Uint8Array {
  // Zero is not a limit that node:zlib accepts.
  const options = { maxOutputLength: Math.max(1, maxOutputLength) }
  try {
    return codec === 'gzip' ? gunzipSync(input, options) : brotliDecompressSync(input, options)
  } catch (error) {
    throw codecError(codec, error instanceof Error ? error.message : String(error), error)
  }
}

function codecError(codec: CodecName, what: string, cause?: unknown): DataError {
  return new DataError('XX001', `${codec}: ${what}`, cause === undefined ? {} : { cause })
}
