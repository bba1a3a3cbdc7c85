/**
 * A text file in chunks: a row belongs to the chunk in which it begins.
 *
 * Where any place can be looked up (plain text whose rows can be found from the middle), chunks are row groups that threads share. Else chunks are found one
 * after another, and the file is one morsel.
 */
import type { SyncFile } from '../../storage/storage.ts'
import type { TextCompression } from '../csv/layout.ts'
import type { ReadContext, RowGroupInfo } from '../format.ts'
import { lineAt } from './text-error.ts'
import { type TextSource, openText } from './text-source.ts'

/** Some ten thousand rows: enough to be worth a start, few enough that threads share a file evenly. */
export const CHUNK_BYTES: number = 2 << 20

/** What a format knows of its texts. */
export interface RowFinder {
  /** Where the first row begins. */
  firstRow(text: TextSource): number
  /** Of plain text: where the first row begins that begins at `target` or behind. */
  firstFrom(target: number): number
  /** Tells what `firstFrom(target)` is. */
  learn(target: number, offset: number): void
  /** Bytes of the file that it has looked at. */
  readonly bytesRead: number
}

export class ChunkedText {
  readonly file: SyncFile
  readonly isSequential: boolean
  readonly rowGroups: readonly RowGroupInfo[]
  readonly #context: ReadContext
  readonly #compression: TextCompression
  readonly #chunkBytes: number
  readonly #finder: RowFinder
  #text: TextSource | undefined
  /** Of sequential files: the chunk that is read next, and where it begins. */
  #next = { chunk: 0, start: 0 }
  #isAtEnd = false

  constructor(
    file: SyncFile,
    context: ReadContext,
    options: {
      readonly compression: TextCompression
      readonly isSequential: boolean
      readonly chunkBytes: number
      readonly finder: RowFinder
    },
  ) {
    this.file = file
    this.#context = context
    this.#compression = options.compression
    this.#chunkBytes = options.chunkBytes
    this.#finder = options.finder
    this.isSequential = options.isSequential || options.compression !== 'none'
    const { isSequential } = this
    const count = isSequential ? 1 : Math.ceil(file.byteCount / options.chunkBytes)
    this.rowGroups = Array.from({ length: count }, (_, i) => {
      const byteOffset = i * options.chunkBytes
      const byteCount = isSequential ? file.byteCount : Math.min(options.chunkBytes, file.byteCount - byteOffset)
      return { rowCount: 0, firstRow: 0, byteOffset, byteCount, isGuess: true }
    })
  }

  hasRowGroup(chunk: number): boolean {
    return chunk === 0 || (chunk === this.#next.chunk && !this.#isAtEnd)
  }

  /** What a chunk's rows begin at, and before what; both in the text. */
  boundsOf(chunk: number): { readonly start: number; readonly end: number } {
    if (this.isSequential) {
      if (chunk === 0) this.#startAgain()
      const { start } = this.#next
      return { start, end: start + this.#chunkBytes }
    }
    const { byteOffset, byteCount } = this.rowGroups[chunk]!
    return { start: this.#finder.firstFrom(byteOffset), end: byteOffset + byteCount }
  }

  /** Tells where the rows of a chunk ended, and whether the text did. */
  learn(chunk: number, { end, next, isAtEnd }: { end: number; next: number; isAtEnd: boolean }): void {
    if (!this.isSequential) {
      this.#finder.learn(end, next)
      return
    }
    this.#next = { chunk: chunk + 1, start: next }
    this.#isAtEnd = isAtEnd
    this.text.release(next)
  }

  get text(): TextSource {
    return (this.#text ??= openText(this.file, this.#compression, this.#context))
  }

  get bytesRead(): number {
    return this.#finder.bytesRead + (this.#text?.bytesRead ?? 0)
  }

  /** The line of a byte of the text, from 1. */
  lineAt(offset: number): number {
    const text = openText(this.file, this.#compression, this.#context)
    try {
      return lineAt(text, offset)
    } finally {
      text.close()
    }
  }

  close(): void {
    this.#text?.close()
    this.#text = undefined
  }

  #startAgain(): void {
    this.close()
    this.#next = { chunk: 0, start: this.#finder.firstRow(this.text) }
    this.#isAtEnd = false
  }
}
