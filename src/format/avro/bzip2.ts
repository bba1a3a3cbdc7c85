/**
 * bzip2: decompression of a whole stream.
 *
 *   "BZh" level (1 to 9)   blocks ...   end mark (48 bits)  CRC of all (32)          streams may follow each other
 *   block: mark (48)  CRC (32)  randomized (1)  origin (24)  symbols in use  coding tables  selectors  symbols by Huffman codes
 *
 * Symbols are runs of zeroes and places in a list in which what was used last comes first; what comes out is a Burrows-Wheeler transform, whose
 * inverse is counted in runs again. Bits are read from the highest on.
 *
 * No specification was ever published; the format is that of bzip2 1.0. What differs from it is damage: a RangeError.
 */

const BLOCK_MARK_HIGH = 0x314159
const BLOCK_MARK_LOW = 0x265359
const END_MARK_HIGH = 0x177245
const END_MARK_LOW = 0x385090

const CODE_BITS_MAX = 20
const SYMBOLS_A_TABLE = 50
const RUN_B = 1

/** RangeError when the bytes are damaged, or more than `byteCountMax` come out. */
export function bunzip2(bytes: Uint8Array, byteCountMax: number): Uint8Array {
  const reader = new BitReader(bytes)
  const out = new Output(byteCountMax)
  do readStream(reader, out)
  while (reader.alignToMore())
  return out.bytes
}

function readStream(reader: BitReader, out: Output): void {
  if (reader.bits(24) !== 0x425a68) throw damaged('no "BZh"')
  const level = reader.bits(8) - 0x30
  if (level < 1 || level > 9) throw damaged('no size of blocks')
  const cells = new Uint32Array(level * 100_000)
  let streamCrc = 0
  for (;;) {
    const [high, low] = [reader.bits(24), reader.bits(24)]
    const crc = reader.word()
    if (high === END_MARK_HIGH && low === END_MARK_LOW) {
      if (crc !== streamCrc) throw damaged('the checksum of a stream is wrong')
      return
    }
    if (high !== BLOCK_MARK_HIGH || low !== BLOCK_MARK_LOW) throw damaged('no block')
    const found = readBlock(reader, out, cells)
    if (found !== crc) throw damaged('the checksum of a block is wrong')
    streamCrc = (((streamCrc << 1) | (streamCrc >>> 31)) ^ crc) >>> 0
  }
}

/** Writes the block's bytes; its checksum. `cells` has room for the largest block. */
function readBlock(reader: BitReader, out: Output, cells: Uint32Array): number {
  if (reader.bits(1) !== 0) throw damaged('a block of before version 0.9.5')
  const origin = reader.bits(24)
  const symbols = readSymbolsInUse(reader)
  const tables = readTables(reader, symbols.length + 2)
  const counts = new Uint32Array(256)
  const length = readCells(reader, { symbols, ...tables, counts }, cells)
  if (origin >= length) throw damaged('a block begins outside of itself')
  // Where the bytes of each value begin in order; then each byte's upper bits name the place of the one after it.
  for (let value = 0, sum = 0; value < 256; value++) {
    const count = counts[value]!
    counts[value] = sum
    sum += count
  }
  for (let i = 0; i < length; i++) {
    const place = counts[cells[i]! & 0xff]!++
    cells[place] = (cells[place]! | (i << 8)) >>> 0
  }
  return writeRuns(cells, { origin, length }, out)
}

/** Four equal bytes are followed by how many more of them there are. */
function writeRuns(cells: Uint32Array, { origin, length }: { origin: number; length: number }, out: Output): number {
  let at = cells[origin]! >>> 8
  let [last, run, crc] = [-1, 0, 0xffff_ffff]
  for (let left = length; left > 0; left--) {
    const cell = cells[at]!
    at = cell >>> 8
    const byte = cell & 0xff
    if (run === 4) {
      for (let i = 0; i < byte; i++) crc = out.add(last, crc)
      run = 0
      last = -1
      continue
    }
    run = byte === last ? run + 1 : 1
    last = byte
    crc = out.add(byte, crc)
  }
  return ~crc >>> 0
}

function readSymbolsInUse(reader: BitReader): Uint8Array {
  const groups = reader.bits(16)
  const symbols: number[] = []
  for (let group = 0; group < 16; group++) {
    if ((groups & (0x8000 >> group)) === 0) continue
    const inUse = reader.bits(16)
    for (let i = 0; i < 16; i++) if ((inUse & (0x8000 >> i)) !== 0) symbols.push(group * 16 + i)
  }
  if (symbols.length === 0) throw damaged('a block without symbols')
  return Uint8Array.from(symbols)
}

interface Tables {
  /** Of a table for each fifty symbols. */
  readonly selectors: Uint8Array
  readonly codes: readonly HuffmanTable[]
}

function readTables(reader: BitReader, alphabet: number): Tables {
  const tableCount = reader.bits(3)
  const selectorCount = reader.bits(15)
  if (tableCount < 2 || tableCount > 6 || selectorCount === 0) throw damaged('no coding tables')
  const order = Array.from({ length: tableCount }, (_, i) => i)
  const selectors = new Uint8Array(selectorCount)
  for (let i = 0; i < selectorCount; i++) {
    let place = 0
    while (reader.bits(1) === 1) if (++place >= tableCount) throw damaged('a table that is not there')
    const [table] = order.splice(place, 1)
    order.unshift(table!)
    selectors[i] = table!
  }
  const codes = Array.from({ length: tableCount }, () => new HuffmanTable(readLengths(reader, alphabet)))
  return { selectors, codes }
}

function readLengths(reader: BitReader, alphabet: number): Uint8Array {
  const lengths = new Uint8Array(alphabet)
  let length = reader.bits(5)
  for (let symbol = 0; symbol < alphabet; symbol++) {
    while (reader.bits(1) === 1) length += reader.bits(1) === 0 ? 1 : -1
    if (length < 1 || length > CODE_BITS_MAX) throw damaged(`a code of ${length} bits`)
    lengths[symbol] = length
  }
  return lengths
}

/** Canonical codes: those of one length are neighbours, in the order of their symbols. */
class HuffmanTable {
  readonly #symbols: Uint16Array
  /** By length: the greatest code (-1: none), and what added to a code gives its place among the symbols. */
  readonly #limits = new Int32Array(CODE_BITS_MAX + 1).fill(-1)
  readonly #offsets = new Int32Array(CODE_BITS_MAX + 1)

  constructor(lengths: Uint8Array) {
    const symbols: number[] = []
    let code = 0
    for (let length = 1; length <= CODE_BITS_MAX; length++) {
      this.#offsets[length] = symbols.length - code
      lengths.forEach((own, symbol) => {
        if (own !== length) return
        symbols.push(symbol)
        this.#limits[length] = code++
      })
      code <<= 1
    }
    this.#symbols = Uint16Array.from(symbols)
  }

  read(reader: BitReader): number {
    let code = 0
    for (let length = 1; length <= CODE_BITS_MAX; length++) {
      code = (code << 1) | reader.bits(1)
      if (code <= this.#limits[length]!) {
        const symbol = this.#symbols[code + this.#offsets[length]!]
        if (symbol !== undefined) return symbol
      }
    }
    throw damaged('no such code')
  }
}

/** The transformed bytes, one a cell; counts each value. How many there are. */
function readCells(
  reader: BitReader,
  { symbols, selectors, codes, counts }: Tables & { readonly symbols: Uint8Array; readonly counts: Uint32Array },
  cells: Uint32Array,
): number {
  const recent = symbols.slice()
  const end = symbols.length + 1
  let [length, run, weight, seen] = [0, 0, 1, 0]
  const repeat = (): void => {
    if (length + run > cells.length) throw damaged('a block is larger than it says')
    cells.fill(recent[0]!, length, length + run)
    counts[recent[0]!]! += run
    length += run
    run = 0
    weight = 1
  }
  for (;;) {
    const selector = selectors[Math.floor(seen++ / SYMBOLS_A_TABLE)]
    if (selector === undefined) throw damaged('a block goes on behind its tables')
    const symbol = codes[selector]!.read(reader)
    if (symbol <= RUN_B) {
      // A number of base 2 with the digits 1 and 2.
      run += weight * (symbol + 1)
      weight *= 2
      if (run > cells.length) throw damaged('a block is larger than it says')
      continue
    }
    if (run > 0) repeat()
    if (symbol === end) return length
    const place = symbol - 1
    const byte = recent[place]!
    recent.copyWithin(1, 0, place)
    recent[0] = byte
    if (length >= cells.length) throw damaged('a block is larger than it says')
    counts[byte]!++
    cells[length++] = byte
  }
}

class BitReader {
  readonly #bytes: Uint8Array
  #position = 0
  #buffer = 0
  #count = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** At most 24 bits. */
  bits(count: number): number {
    while (this.#count < count) {
      const byte = this.#bytes[this.#position++]
      if (byte === undefined) throw damaged('it ends early')
      this.#buffer = ((this.#buffer & 0xff_ffff) << 8) | byte
      this.#count += 8
    }
    this.#count -= count
    return (this.#buffer >>> this.#count) & (2 ** count - 1)
  }

  word(): number {
    return this.bits(16) * 65_536 + this.bits(16)
  }

  /** Passes over the rest of a byte; whether more bytes follow. */
  alignToMore(): boolean {
    this.#count -= this.#count % 8
    return this.#position - this.#count / 8 < this.#bytes.length
  }
}

/** Bytes as they come out, with their checksum. */
class Output {
  readonly #byteCountMax: number
  #bytes = new Uint8Array(64 << 10)
  #length = 0

  constructor(byteCountMax: number) {
    this.#byteCountMax = byteCountMax
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  add(byte: number, crc: number): number {
    if (this.#length === this.#bytes.length) {
      if (this.#length >= this.#byteCountMax) throw damaged(`more than ${this.#byteCountMax} bytes`)
      const larger = new Uint8Array(this.#length * 2)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes[this.#length++] = byte
    return (crc << 8) ^ CRC_TABLE[((crc >>> 24) ^ byte) & 0xff]!
  }
}

/** CRC-32 from the highest bit on. */
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c1_1db7 : crc << 1
  return crc
})

function damaged(problem: string): RangeError {
  return new RangeError(`bzip2 data: ${problem}`)
}
