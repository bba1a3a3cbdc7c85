/**
 * A CSV file as a data file. Its row groups are chunks of CHUNK_BYTES: a row belongs to the chunk in which it begins. Which rows those are
 * (chunk-starts.ts), and how many, is known when the chunk is opened.
 */
import { Arena } from '../../core/arena.ts'
import type { SyncFile } from '../../storage/storage.ts'
import type { FileFormat, ReadContext, RowGroupReader } from '../format.ts'
import { InternalError } from '../../core/errors.ts'
import type { BoundText } from '../text/bound-text.ts'
import { CHUNK_BYTES, ChunkedText, type RowFinder } from '../text/chunked-text.ts'
import { TextDataFile } from '../text/text-data-file.ts'
import { type TextSource, openText } from '../text/text-source.ts'
import { ChunkStarts } from './chunk-starts.ts'
import { CsvGroupReader } from './group-reader.ts'
import { firstRowOffset } from './header.ts'
import type { CsvLayout } from './layout.ts'

export const csvFormat: FileFormat = {
  name: 'csv',
  open(file, context, layout) {
    if (layout?.kind !== 'csv') throw new InternalError('a CSV file was opened without its layout')
    return new CsvDataFile(file, context, layout)
  },
}

export class CsvDataFile extends TextDataFile {
  readonly layout: CsvLayout

  constructor(file: SyncFile, context: ReadContext, layout: CsvLayout, chunkBytes: number = CHUNK_BYTES) {
    const chunks = new ChunkedText(file, context, {
      compression: layout.compression,
      isSequential: false,
      chunkBytes,
      finder: new CsvRowFinder(file, context, layout),
    })
    super(context, chunks)
    this.layout = layout
  }

  protected openChunk(columns: readonly BoundText[], chunk: number): RowGroupReader {
    return new CsvGroupReader(this, columns, chunk)
  }
}

class CsvRowFinder implements RowFinder {
  readonly #file: SyncFile
  readonly #context: ReadContext
  readonly #layout: CsvLayout
  #starts: ChunkStarts | undefined

  constructor(file: SyncFile, context: ReadContext, layout: CsvLayout) {
    this.#file = file
    this.#context = context
    this.#layout = layout
  }

  firstRow(text: TextSource): number {
    const arena = new Arena(this.#context.memory, 'the header of a CSV file', 1 << 16)
    try {
      return firstRowOffset(text, this.#layout, { ...this.#context, arena })
    } finally {
      arena.free()
    }
  }

  firstFrom(target: number): number {
    return this.#chunkStarts().firstFrom(target)
  }

  learn(target: number, offset: number): void {
    this.#chunkStarts().learn(target, offset)
  }

  get bytesRead(): number {
    return this.#starts?.bytesRead ?? 0
  }

  #chunkStarts(): ChunkStarts {
    if (this.#starts === undefined) {
      const firstRow = this.firstRow(openText(this.#file, 'none', this.#context))
      this.#starts = new ChunkStarts(this.#file, this.#context, this.#layout.dialect, firstRow)
    }
    return this.#starts
  }
}
