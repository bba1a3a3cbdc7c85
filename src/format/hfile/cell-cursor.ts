/**
 * The cells of one data block, one after the other, without an object a cell.
 *
 * A cell's key is kept in its flat form, which the block encodings build on:
 *
 *   row length (2)  row  family length (1)  family  qualifier  timestamp (8)  type (1)
 *
 *   NONE, ROW_INDEX_V1   key length (4)  value length (4)  key  value
 *   PREFIX               key suffix length  value length  common length  key suffix  value             (numbers base 128)
 *   DIFF                 flag  [key length]  [value length]  common length  rest of row or qualifier  timestamp  [type]  value
 *   FAST_DIFF            the same in another order of flags; the first cell has its whole key; a value may be that of the cell before
 *
 * then, as the file says, tags and the MVCC number. Spec: HBase's data block encoders (PrefixKeyDeltaEncoder, DiffKeyDeltaEncoder,
 * FastDiffDeltaEncoder, RowIndexEncoderV1).
 */
import { type DataError, corrupt, unsupported } from '../../core/errors.ts'

export interface CellLayout {
  /** Cells are followed by tags. */
  readonly hasTags: boolean
  /** Tags of encoded blocks are compressed by a dictionary. */
  readonly hasCompressedTags: boolean
  /** Cells are followed by an MVCC number. */
  readonly hasMvcc: boolean
}

type Encoding = 'none' | 'prefix' | 'diff' | 'fast-diff' | 'row-index'

const ENCODINGS: Readonly<Record<number, Encoding>> = {
  0: 'none',
  2: 'prefix',
  3: 'diff',
  4: 'fast-diff',
  7: 'row-index',
}

const TIME_TYPE_BYTES = 9

export class CellCursor {
  /** The key of the current cell in flat form. */
  key: Uint8Array = new Uint8Array(256)
  keyLength = 0
  rowLength = 0
  familyLength = 0
  /** Of the qualifier in `key`. */
  qualifierStart = 0
  qualifierLength = 0
  timestamp = 0n
  /** 4 put, 8 delete, 10 delete family version, 12 delete column, 14 delete family. */
  type = 0
  /** The value of the current cell, in `bytes`. */
  valueStart = 0
  valueLength = 0

  /** Cells passed so far. */
  cellCount = 0

  readonly bytes: Uint8Array
  readonly #view: DataView
  readonly #layout: CellLayout
  readonly #url: string
  readonly #encoding: Encoding
  #position = 0
  #end: number
  #isFirst = true
  /** DIFF stores the family once a block. */
  #family: Uint8Array = new Uint8Array(0)
  /** Lengths of the entries of the tag dictionary. */
  readonly #tagLengths: number[] = []

  /** @param encoded Whether the body begins with the number of an encoding. */
  constructor(body: Uint8Array, encoded: boolean, layout: CellLayout, url: string) {
    this.bytes = body
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength)
    this.#layout = layout
    this.#url = url
    this.#end = body.length
    this.#encoding = 'none'
    if (!encoded) return
    const id = this.#short()
    const encoding = ENCODINGS[id]
    if (encoding === undefined) throw unsupported(`HFile block encoding ${id}`, { detail: `file "${url}"` })
    this.#encoding = encoding
    if (encoding === 'row-index') {
      if (body.length < 6) throw this.#error('the row index is missing')
      // Offsets of the rows stand behind the cells, at last the cells' length.
      const length = this.#view.getInt32(body.length - 4)
      if (length < 0 || length > body.length - 6) throw this.#error('the row index has an impossible size')
      this.#end = 2 + length
    } else if (encoding !== 'none') this.#int()
  }

  /** Moves to the next cell; false at the end of the block. */
  next(): boolean {
    if (this.#position >= this.#end) return false
    switch (this.#encoding) {
      case 'none':
      case 'row-index':
        this.#plain()
        break
      case 'prefix':
        this.#prefix()
        break
      case 'diff':
        this.#diff()
        break
      case 'fast-diff':
        this.#fastDiff()
    }
    this.#isFirst = false
    this.cellCount++
    return true
  }

  #plain(): void {
    const keyLength = this.#int()
    const valueLength = this.#int()
    this.#setKeyLength(keyLength)
    this.#copyKey(0, keyLength)
    this.#parseKey()
    this.#takeValue(valueLength)
    if (this.#layout.hasTags) this.#skip(this.#short())
    if (this.#layout.hasMvcc) this.#skipVLong()
  }

  #prefix(): void {
    const suffixLength = this.#compressed()
    const valueLength = this.#compressed()
    const common = this.#compressed()
    if (common > this.keyLength) throw this.#error('a key shares more than the key before has')
    this.#setKeyLength(common + suffixLength)
    this.#copyKey(common, suffixLength)
    this.#parseKey()
    this.#takeValue(valueLength)
    this.#afterEncoded()
  }

  #diff(): void {
    if (this.#isFirst) {
      const length = this.#byte()
      this.#need(length)
      this.#family = this.bytes.subarray(this.#position, this.#position + length)
      this.#skip(length)
    }
    const flag = this.#byte()
    const keyLength = (flag & 1) !== 0 ? this.keyLength : this.#compressed()
    const valueLength = (flag & 2) !== 0 ? this.valueLength : this.#compressed()
    const [timestamp, type] = [this.timestamp, this.type]
    this.#rowAndQualifier(keyLength, this.#compressed())
    let time = 0n
    // The lowest byte first, unlike every other number of the format.
    for (let i = 0; i <= ((flag >>> 4) & 7); i++) time |= BigInt(this.#byte()) << BigInt(8 * i)
    if ((flag & 0x80) !== 0) time = -time
    this.timestamp = BigInt.asIntN(64, (flag & 8) === 0 ? time : timestamp - time)
    this.type = (flag & 4) !== 0 ? type : this.#byte()
    this.#storeTimeAndType()
    this.#takeValue(valueLength)
    this.#afterEncoded()
  }

  #fastDiff(): void {
    const flag = this.#byte()
    const keyLength = (flag & 8) !== 0 ? this.keyLength : this.#compressed()
    const valueLength = (flag & 16) !== 0 ? this.valueLength : this.#compressed()
    const common = this.#compressed()
    if (this.#isFirst) {
      this.#setKeyLength(keyLength)
      this.#copyKey(0, keyLength)
      this.#parseKey()
    } else {
      const [timestamp, type] = [this.timestamp, this.type]
      this.#rowAndQualifier(keyLength, common)
      const sameBytes = flag & 7
      let time = BigInt.asUintN(64, timestamp) >> BigInt(8 * (8 - sameBytes))
      for (let left = 8 - sameBytes; left > 0; left--) time = (time << 8n) | BigInt(this.#byte())
      this.timestamp = BigInt.asIntN(64, time)
      this.type = (flag & 32) !== 0 ? type : this.#byte()
      this.#storeTimeAndType()
    }
    if ((flag & 64) === 0) this.#takeValue(valueLength)
    else if (this.#isFirst || valueLength !== this.valueLength)
      throw this.#error('a value repeats one that is not there')
    this.#afterEncoded()
  }

  /** The key but for its time and type, of which `common` bytes are those of the key before. */
  #rowAndQualifier(keyLength: number, common: number): void {
    const [oldRow, oldFamily] = [this.rowLength, this.familyLength]
    if (common > Math.max(0, this.keyLength - TIME_TYPE_BYTES))
      throw this.#error('a key shares more than the key before has')
    if (common >= oldRow + 2 && !this.#isFirst) {
      // The same row, and with it the same family.
      if (common < oldRow + 3 + oldFamily) throw this.#error('a key shares a part of its family')
      this.#setKeyLength(keyLength)
      const rest = keyLength - TIME_TYPE_BYTES - common
      if (rest < 0) throw this.#error('a key is shorter than what it shares')
      this.#copyKey(common, rest)
    } else {
      const family =
        this.#isFirst || this.#family.length > 0 ? this.#family : this.key.slice(oldRow + 3, oldRow + 3 + oldFamily)
      // The row's length may be shared as a whole, in part or not at all.
      for (let i = common; i < 2; i++) this.key[i] = this.#byte()
      const rowLength = (this.key[0]! << 8) | this.key[1]!
      const familyStart = rowLength + 2
      this.#setKeyLength(keyLength)
      const rest = keyLength - TIME_TYPE_BYTES - familyStart - 1 - family.length
      if (rest < 0 || common > familyStart) throw this.#error('a key is shorter than its row')
      const rowStart = Math.max(2, common)
      this.#copyKey(rowStart, familyStart - rowStart)
      this.key[familyStart] = family.length
      this.key.set(family, familyStart + 1)
      this.#copyKey(familyStart + 1 + family.length, rest)
    }
    this.#measureKey()
  }

  #storeTimeAndType(): void {
    const view = new DataView(this.key.buffer)
    view.setBigInt64(this.keyLength - 9, this.timestamp)
    this.key[this.keyLength - 1] = this.type
  }

  #setKeyLength(length: number): void {
    if (length < 12 || length > this.#end) throw this.#error(`a key of ${length} bytes`)
    if (length > this.key.length) {
      const larger = new Uint8Array(Math.max(length, this.key.length * 2))
      larger.set(this.key)
      this.key = larger
    }
    this.keyLength = length
  }

  #copyKey(at: number, length: number): void {
    this.#need(length)
    this.key.set(this.bytes.subarray(this.#position, this.#position + length), at)
    this.#position += length
  }

  #parseKey(): void {
    this.#measureKey()
    const view = new DataView(this.key.buffer)
    this.timestamp = view.getBigInt64(this.keyLength - 9)
    this.type = this.key[this.keyLength - 1]!
  }

  #measureKey(): void {
    this.rowLength = (this.key[0]! << 8) | this.key[1]!
    if (this.rowLength + 12 > this.keyLength) throw this.#error('a row is longer than its key')
    this.familyLength = this.key[2 + this.rowLength]!
    this.qualifierStart = 3 + this.rowLength + this.familyLength
    this.qualifierLength = this.keyLength - TIME_TYPE_BYTES - this.qualifierStart
    if (this.qualifierLength < 0) throw this.#error('a family is longer than its key')
  }

  #takeValue(length: number): void {
    this.#need(length)
    this.valueStart = this.#position
    this.valueLength = length
    this.#position += length
  }

  #afterEncoded(): void {
    if (this.#layout.hasTags) {
      const length = this.#compressed()
      if (this.#layout.hasCompressedTags) this.#skipCompressedTags(length)
      else this.#skip(length)
    }
    if (this.#layout.hasMvcc) this.#skipVLong()
  }

  /** Tags of together `length` bytes, each new (-1, length, bytes) or an entry of the dictionary (two bytes). */
  #skipCompressedTags(length: number): void {
    for (let left = length; left > 0;) {
      const status = this.#byte()
      let tagLength: number
      if (status === 0xff) {
        tagLength = this.#compressed()
        this.#skip(tagLength)
        this.#tagLengths.push(tagLength)
        if (this.#tagLengths.length > 0x7fff) throw unsupported('an HFile block with more than 32767 different tags')
      } else {
        const entry = this.#tagLengths[(status << 8) | this.#byte()]
        if (entry === undefined) throw this.#error('a tag is not in the dictionary')
        tagLength = entry
      }
      left -= tagLength + 2
      if (left < 0) throw this.#error('tags are longer than they say')
    }
  }

  #skipVLong(): void {
    const first = (this.#byte() << 24) >> 24
    if (first >= -112) return
    this.#skip(first < -120 ? -120 - first : -112 - first)
  }

  /** Seven bits a byte, the lowest first. */
  #compressed(): number {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw this.#error('a number is too long')
  }

  #byte(): number {
    this.#need(1)
    return this.bytes[this.#position++]!
  }

  #short(): number {
    this.#need(2)
    const value = this.#view.getUint16(this.#position)
    this.#position += 2
    return value
  }

  #int(): number {
    this.#need(4)
    const value = this.#view.getInt32(this.#position)
    this.#position += 4
    return value
  }

  #skip(length: number): void {
    this.#need(length)
    this.#position += length
  }

  #need(length: number): void {
    if (length < 0 || length > this.#end - this.#position) throw this.#error(`${length} bytes expected`)
  }

  #error(problem: string): DataError {
    return corrupt(this.#url, `damaged HFile block, byte ${this.#position} of its cells: ${problem}`)
  }
}
