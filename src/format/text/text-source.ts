/** The text of a file, whatever it is compressed with, by places in the text. */
import type { EngineMemory } from '../../core/memory.ts'
import type { Kernels } from '../../kernel/kernels.ts'
import type { SyncFile } from '../../storage/storage.ts'
import type { TextCompression } from '../csv/layout.ts'
import { GzipText } from './gzip-text.ts'
import { ZstdText } from './zstd-text.ts'

export interface TextSource {
  readonly url: string
  /** Bytes of the text; undefined when that is known at its end only. Such a text is read from its beginning to its end. */
  readonly byteCount: number | undefined
  /** Bytes read from the file so far. */
  readonly bytesRead: number
  /** Fills `into` with the text from `start` on; how many bytes there were, fewer only at the text's end. */
  copy(into: Uint8Array, start: number): number
  /** Tells that nothing before `start` is asked for again. */
  release(start: number): void
  close(): void
}

export interface TextSourceContext {
  readonly memory: EngineMemory
  readonly kernels: Kernels
}

/** Closing it does not close the file. */
export function openText(file: SyncFile, compression: TextCompression, context: TextSourceContext): TextSource {
  switch (compression) {
    case 'none':
      return new PlainText(file)
    case 'gzip':
      return new GzipText(file, context)
    case 'zstd':
      return new ZstdText(file, context)
  }
}

class PlainText implements TextSource {
  readonly #file: SyncFile
  bytesRead = 0

  constructor(file: SyncFile) {
    this.#file = file
  }

  get url(): string {
    return this.#file.url
  }

  get byteCount(): number {
    return this.#file.byteCount
  }

  copy(into: Uint8Array, start: number): number {
    const count = Math.max(0, Math.min(into.length, this.#file.byteCount - start))
    this.#file.readSync(into.subarray(0, count), start)
    this.bytesRead += count
    return count
  }

  release(): void {
    // Nothing is kept.
  }

  close(): void {
    // Holds nothing of its own.
  }
}
