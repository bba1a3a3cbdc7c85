/**
 * Reads one leaf column of a row group, forward: pages are opened one at a time, rows between calls are skipped, and
 * pages that lie wholly in skipped rows are not decompressed.
 *
 * The reader stands at a level position: a value of the chunk, NULLs and empty lists included. Columns without repetition have
 * one a row.
 */
import { Arena } from '../../core/arena.ts'
import { type DataError, type SluiceError, unsupported } from '../../core/errors.ts'
import { corrupt } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import type { FlatVector } from '../../core/vector.ts'
import type { Span } from '../codec.ts'
import type { Conversion } from './conversion.ts'
import { decodeDictionary } from './dictionary.ts'
import type { LeafNode } from './file-node.ts'
import type { ByteRange, ColumnWindow } from './file-bytes.ts'
import type { ColumnChunk } from './metadata.ts'
import { ENCODING_PLAIN, ENCODING_RLE, type PageHeader, isDictionaryEncoding } from './page-header.ts'
import { type OffsetIndex, pageOfRow } from './page-index.ts'
import { type Page, PageReader } from './page-reader.ts'
import { DictionaryCodes, HYBRID_STATE_BYTES, type PageValues } from './page-values.ts'
import { openValues } from './open-values.ts'
import { type ReaderContext, decodeError } from './reader-context.ts'
import type { Places, ValueSink } from './value-sink.ts'

/** Pages of more values are taken for damaged: their count decides how much memory decoding needs. */
const PAGE_VALUES_MAX = 1 << 27

/** Pages of numbers that one column keeps: beyond, values are copied out of a buffer that is used again. */
const KEPT_BYTES_MAX = 8 << 20

/** Where a leaf's pages come from. */
export interface LeafSource {
  readonly chunk: ColumnChunk
  readonly window: ColumnWindow
  /** The chunk's offset index, read now if need be. */
  readonly offsets: () => OffsetIndex | undefined
}

export class LeafReader {
  readonly leaf: LeafNode
  readonly conversion: Conversion
  readonly #context: ReaderContext
  readonly #pages: PageReader
  readonly #offsets: () => OffsetIndex | undefined
  readonly #isBytes: boolean
  readonly #repetitionState: Pointer
  readonly #definitionState: Pointer
  readonly #valueState: Pointer
  /** What was decoded of the current page as a whole. */
  readonly #decoded: Arena
  #dictionaryPage: Page | undefined
  #dictionary: FlatVector | undefined
  /** Bytes before the first data page that `seekRow` passed over. */
  #passedDictionary: ByteRange | undefined
  /** The page that the reader stands in. */
  #page: Page | undefined
  /** Whether it is known to have no NULLs. */
  #isFull = false
  /** Its values once it is open. */
  #values: PageValues | undefined
  /** Level positions left in the page. */
  #left = 0
  #keptBytes = 0

  constructor(context: ReaderContext, leaf: LeafNode, conversion: Conversion, { chunk, window, offsets }: LeafSource) {
    this.#offsets = offsets
    this.leaf = leaf
    this.conversion = conversion
    this.#context = context
    this.#pages = new PageReader(context, leaf.name, chunk, window)
    this.#isBytes =
      conversion.viewsOfFixed || (leaf.schema.element.physical === 'BYTE_ARRAY' && conversion.steps.length === 0)
    this.#decoded = new Arena(context.memory, 'decoding a Parquet page', 64 << 10)
    const states = context.lasting.allocate(3 * HYBRID_STATE_BYTES)
    this.#repetitionState = states
    this.#definitionState = states + HYBRID_STATE_BYTES
    this.#valueState = states + 2 * HYBRID_STATE_BYTES
  }

  /** The dictionary; defined once a page of codes was read. */
  get dictionary(): FlatVector | undefined {
    return this.#dictionary
  }

  /** Level positions left in the current page; 0 before the first and after the last of a page. */
  get left(): number {
    return this.#left
  }

  /** Level positions left in the current page, after moving to the next page where there are none; 0 at the end. */
  pageLeft(): number {
    while (this.#left === 0) {
      const page = this.#pages.next()
      if (page === undefined) return 0
      if (page.header.kind === 'dictionary') {
        if (this.#dictionaryPage !== undefined) throw this.#error('a second dictionary page')
        this.#dictionaryPage = page
        continue
      }
      if (page.header.valueCount > PAGE_VALUES_MAX) throw this.#error('the page has too many values')
      this.#page = page
      this.#values = undefined
      this.#left = page.header.valueCount
    }
    return this.#left
  }

  /** As `pageLeft`, but error XX001 at the end. */
  needPage(): number {
    const left = this.pageLeft()
    if (left === 0) throw this.#error('the column chunk ends before its last row')
    return left
  }

  /** The header of the current page. */
  get header(): PageHeader {
    return this.#page!.header
  }

  /** Whether nothing of the current page was taken yet. */
  get isAtPageStart(): boolean {
    return this.#page !== undefined && this.#left === this.#page.header.valueCount
  }

  /** Passes over the rest of the current page without opening it. */
  skipPage(): void {
    this.#left = 0
    this.#values = undefined
  }

  /**
   * Moves to the page that holds row `target`, if the offset index knows one after the page that row `current` lies in.
   * Returns the row that the reader then stands at: `current`, or the first of a page.
   */
  seekRow(current: number, target: number): number {
    const offsets = this.#offsets()
    if (offsets === undefined) return current
    const index = pageOfRow(offsets, target)
    const location = offsets[index]!
    // Rows of lists begin with a page only where the index says so; a page within is read from its beginning.
    if (location.firstRow <= current) return current
    // A dictionary is read when a page of codes comes: pages without codes often follow those that filled it.
    const end = offsets[0]!.offset
    if (this.#page === undefined && this.#dictionaryPage === undefined && this.#pages.position < end) {
      this.#passedDictionary = { start: this.#pages.position, end }
    }
    this.skipPage()
    this.#pages.seek(location.offset, location.byteCount)
    return location.firstRow
  }

  /** Whether the current page has no NULLs, as far as its definition levels tell at once: there is no need to read them. */
  get isFull(): boolean {
    this.#open()
    return this.#isFull
  }

  /** Takes `n` definition levels of the current page, as bytes. */
  readDefinitions(n: number, out: Pointer): void {
    this.#open()
    const { kernels } = this.#context
    this.#check(kernels.parquet.hybridReadBytes(this.#definitionState, n, out, this.leaf.schema.definition))
  }

  /** Takes `n` repetition levels of the current page, as bytes. */
  readRepetitions(n: number, out: Pointer): void {
    this.#open()
    const { kernels } = this.#context
    this.#check(kernels.parquet.hybridReadBytes(this.#repetitionState, n, out, this.leaf.schema.repetition))
  }

  /** Takes the values of the next `n` level positions, of which `valid` have one, to the sink, or passes them over. */
  takeValues(n: number, valid: number, places: Places | null, sink: ValueSink | null): void {
    const values = this.#open()
    const wanted = places === null ? valid : places.count
    const passes = sink === null || wanted === 0
    this.#check(passes ? values.skip(valid) : sink.take(values, valid, places, this.#dictionary))
    this.#left -= n
  }

  /** Passes the next `n` level positions of the current page over; `scratch` has room for `n` bytes. */
  skipInPage(n: number, scratch: Pointer): void {
    const values = this.#open()
    let valid = n
    if (this.leaf.schema.definition > 0 && !this.#isFull) {
      const { kernels } = this.#context
      this.readDefinitions(n, scratch)
      valid = kernels.parquet.validityOf(scratch, n, this.leaf.schema.definition, scratch)
    }
    this.#check(values.skip(valid))
    this.#left -= n
  }

  close(): void {
    this.#pages.close()
    this.#decoded.free()
  }

  #open(): PageValues {
    if (this.#values !== undefined) return this.#values
    const page = this.#page!
    const { encoding } = page.header
    const isCoded = isDictionaryEncoding(encoding)
    // The dictionary first: its page goes through the same buffer.
    if (isCoded) this.#dictionary ??= this.#readDictionary()
    const keeps = !isCoded && (this.#isBytes || (page.cached === 0 && this.#keepsPage(page.header)))
    const hasLevels = this.#valuesFollowLevels(page.header)
    const body = this.#pages.open(page, { lasting: keeps, hasLevels })
    const isLasting = keeps || body.isKept
    let { values } = body
    const { definition, repetition } = this.leaf.schema
    const { kernels } = this.#context
    if (page.header.kind === 'data') {
      if (repetition > 0)
        values = this.#levels(values, this.#repetitionState, repetition, page.header.repetitionEncoding)
      if (definition > 0)
        values = this.#levels(values, this.#definitionState, definition, page.header.definitionEncoding)
    } else {
      this.#startLevels(this.#repetitionState, body.repetitionLevels, repetition)
      this.#startLevels(this.#definitionState, body.definitionLevels, definition)
    }
    this.#isFull =
      repetition === 0 &&
      definition > 0 &&
      kernels.parquet.hybridIsRunOf(this.#definitionState, page.header.valueCount, definition) !== 0
    this.#values = isCoded ? this.#codes(values) : this.#plainValues(values, page.header, isLasting)
    return this.#values
  }

  /** Whether numbers of the page stand behind definition levels, so that they are not aligned by themselves. */
  #valuesFollowLevels({ kind, encoding }: PageHeader): boolean {
    const { definition, repetition } = this.leaf.schema
    return kind === 'data' && encoding === ENCODING_PLAIN && definition > 0 && repetition === 0 && !this.#isBytes
  }

  /**
   * Whether a page of numbers is decompressed for good, so that vectors can lie in it: where the values begin at its beginning, and so
   * are aligned, and not too much was kept already.
   */
  #keepsPage({ kind, encoding, byteCount }: PageHeader): boolean {
    if (!this.#pages.isCompressed || encoding !== ENCODING_PLAIN || this.conversion.steps.length > 0) return false
    const { definition, element } = this.leaf.schema
    if ((kind === 'data' && definition > 0) || element.physical === 'BOOLEAN') return false
    this.#keptBytes += byteCount
    return this.#keptBytes <= KEPT_BYTES_MAX
  }

  /** Starts the levels that stand before the values of a version 1 page; the rest. */
  #levels({ pointer, byteCount }: Span, state: Pointer, max: number, encoding: number): Span {
    if (encoding !== ENCODING_RLE) throw unsupported(`reading "${this.#context.url}": BIT_PACKED levels`)
    const { u8 } = this.#context.memory
    const length = byteCount < 4 ? -1 : readU32(u8, pointer)
    if (length < 0 || length > byteCount - 4) throw this.#error('levels are longer than their page')
    this.#startLevels(state, { pointer: pointer + 4, byteCount: length }, max)
    return { pointer: pointer + 4 + length, byteCount: byteCount - 4 - length }
  }

  #startLevels(state: Pointer, { pointer, byteCount }: Span, max: number): void {
    const { parquet } = this.#context.kernels
    this.#check(parquet.hybridInit(state, pointer, pointer + byteCount, 32 - Math.clz32(max)))
  }

  #codes({ pointer, byteCount }: Span): PageValues {
    const { memory, kernels } = this.#context
    // A page of NULLs only may have nothing at all.
    const width = byteCount === 0 ? 0 : memory.u8[pointer]!
    const start = byteCount === 0 ? pointer : pointer + 1
    this.#check(kernels.parquet.hybridInit(this.#valueState, start, pointer + byteCount, width))
    return new DictionaryCodes(kernels.parquet, this.#valueState, this.#dictionary!.length)
  }

  #plainValues(span: Span, { encoding, valueCount }: PageHeader, isLasting: boolean): PageValues {
    this.#decoded.reset()
    const values = openValues(this.#context, {
      arena: this.#decoded,
      encoding,
      span,
      valueCount,
      element: this.leaf.schema.element,
      state: this.#valueState,
      asViews: this.conversion.viewsOfFixed,
      isLasting,
    })
    if (typeof values === 'number') throw this.#decodeError(values)
    return values
  }

  #readDictionary(): FlatVector {
    const page = (this.#dictionaryPage ??= this.#returnForDictionary())
    if (page === undefined) throw this.#error('codes without a dictionary')
    const { encoding, valueCount } = page.header
    if (encoding !== ENCODING_PLAIN && !isDictionaryEncoding(encoding)) {
      throw this.#error(`a dictionary of encoding ${encoding}`)
    }
    const { values } = this.#pages.open(page, { lasting: this.#isBytes })
    const dictionary = decodeDictionary(this.#context, this.leaf.schema.element, this.conversion, values, valueCount)
    if (typeof dictionary === 'number') throw this.#decodeError(dictionary)
    return dictionary
  }

  /** The dictionary page that `seekRow` passed over, if it did. */
  #returnForDictionary(): Page | undefined {
    if (this.#passedDictionary === undefined) return undefined
    const { start, end } = this.#passedDictionary
    const { position } = this.#pages
    this.#pages.seek(start, end - start)
    const page = this.#pages.next()
    this.#pages.seek(position, this.#page!.header.compressedByteCount)
    return page?.header.kind === 'dictionary' ? page : undefined
  }

  #check(result: number): void {
    if (result < 0) throw this.#decodeError(result)
  }

  #decodeError(code: number): SluiceError {
    return decodeError(this.#context.url, this.leaf.name, this.#page?.offset ?? 0, code)
  }

  #error(what: string): DataError {
    return corrupt(this.#context.url, `column "${this.leaf.name}", page at offset ${this.#page?.offset ?? 0}: ${what}`)
  }
}

function readU32(u8: Uint8Array, at: Pointer): number {
  return (u8[at]! | (u8[at + 1]! << 8) | (u8[at + 2]! << 16) | (u8[at + 3]! << 24)) >>> 0
}
