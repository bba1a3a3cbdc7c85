/** What the readers of one stripe's columns share. */
import type { Arena } from '../../core/arena.ts'
import { type SluiceError, corrupt, unsupported } from '../../core/errors.ts'
import type { EngineMemory } from '../../core/memory.ts'
import type { Kernels } from '../../kernel/kernels.ts'
import type { CodecName } from '../codec.ts'
import type { FileBytes } from '../parquet/file-bytes.ts'

export interface OrcContext {
  readonly url: string
  readonly memory: EngineMemory
  readonly kernels: Kernels
  readonly bytes: FileBytes
  /** Undefined: streams are stored without chunks. */
  readonly codec: CodecName | undefined
  /** Chunks are read one by one, without those behind them: few of many rows are wanted. */
  isSparse: boolean
  /** Bytes of a decompressed chunk at most. */
  readonly blockByteCount: number
  /** Buffers of streams, dictionaries: lives until the stripe's reader is closed. */
  readonly lasting: Arena
  /** For the length of one call of `read`. */
  readonly scratch: Arena
}

const DECODE_ERRORS: Record<number, string> = {
  [-2]: 'the data are malformed',
  [-3]: 'a value is out of range',
  [-4]: 'a value does not fit the type of its column',
}

/** A value has digits that the type asked for has not. */
const INEXACT = -5

/** The error for a kernel's negative result. */
export function orcDecodeError(url: string, column: string, code: number): SluiceError {
  if (code === INEXACT) {
    return unsupported(`reading column "${column}" of "${url}": values with more digits than the type asked for`)
  }
  return corrupt(url, `column "${column}": ${DECODE_ERRORS[code] ?? `error ${code}`}`)
}
