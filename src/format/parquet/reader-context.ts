/** What the readers of one row group's columns share. */
import { Arena } from '../../core/arena.ts'
import { type SluiceError, corrupt, unsupported } from '../../core/errors.ts'
import type { BlockReader } from '../../core/block-cache.ts'
import type { EngineMemory } from '../../core/memory.ts'
import type { Kernels } from '../../kernel/kernels.ts'
import type { FileBytes } from './file-bytes.ts'

export interface ReaderContext {
  readonly url: string
  readonly memory: EngineMemory
  readonly kernels: Kernels
  readonly bytes: FileBytes
  /** Pages of the file that were decompressed before; null: none are kept. */
  readonly blocks: BlockReader | null
  /** The checksums of pages are compared, where there are some. */
  readonly checksPages: boolean
  /** Dictionaries and pages that views point into: lives until the row group's reader is closed. */
  readonly lasting: Arena
  /** For the length of one call of `read`. */
  readonly scratch: Arena
}

const DECODE_ERRORS: Record<number, string> = {
  [-1]: 'the page ends before its last value',
  [-2]: 'the page is malformed',
  [-3]: 'a value is out of range',
  [-6]: 'a text is not UTF-8',
  [-4]: 'a value does not fit the type of its column',
}

/** A value has digits that the type asked for has not. */
const INEXACT = -5

/** The error for a kernel's negative result. */
export function decodeError(url: string, column: string, offset: number, code: number): SluiceError {
  if (code === INEXACT) throw unsupported(`reading nanoseconds of column "${column}" of "${url}" as microseconds`)
  const what = DECODE_ERRORS[code] ?? `error ${code}`
  return corrupt(url, `column "${column}", page at offset ${offset}: ${what}`)
}
