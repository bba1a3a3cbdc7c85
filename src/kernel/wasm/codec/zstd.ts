// Zstandard (RFC 8878): frames of blocks; a block is literals and sequences (copy some literals, then repeat a match).
//
//   frame := magic, header, block*, checksum?       block := raw | one byte repeated | literals section, sequences section
//
// Offsets may point back to the beginning of the frame's output. Dictionaries are refused. The caller's work memory
// (zstdWorkBytes) holds tables and literals; matches and literals are copied 16 bytes at a time into the output's slack.
import { copyMatch, copyWild } from './copy'
import { BAD_OFFSET, MALFORMED, TOO_LONG, TOO_SHORT, TRUNCATED, UNSUPPORTED } from './errors'
import { buildTable, countsLog, countsSymbols, readCounts, setCell } from './fse'
import { decodeFourStreams, decodeStream, readTree } from './huffman'
import { xxhash64 } from './xxhash64'
import { DEFAULT_LITERAL_TABLE, DEFAULT_MATCH_TABLE, DEFAULT_OFFSET_TABLE, LITERALS, LITERALS_MAX } from './zstd-memory'
import { LITERAL_TABLE, MATCH_TABLE, NORMAL, OFFSET_TABLE, WORK_BYTES } from './zstd-memory'

const MAGIC: u32 = 0xfd2fb528
const BLOCK_MAX: u32 = 131072

// RFC 8878, tables 15 and 16: values of literal-length and match-length codes, and their bits.
const LITERAL_BASES = memory.data<u32>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 128, 256, 512, 1024,
  2048, 4096, 8192, 16384, 32768, 65536,
])
const LITERAL_BITS = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
])
const MATCH_BASES = memory.data<u32>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33,
  34, 35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539,
])
const MATCH_BITS = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3,
  3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
])
// RFC 8878, section 3.1.1.3.2.2: default distributions.
const LITERAL_DEFAULTS = memory.data<i16>([
  4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
])
const MATCH_DEFAULTS = memory.data<i16>([
  1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
])
const OFFSET_DEFAULTS = memory.data<i16>([
  1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
])

/** Bytes of work memory that `zstdDecode` needs. */
export function zstdWorkBytes(): i32 {
  return WORK_BYTES
}

// State of the frame: tables of the block before, for blocks that use them again.
let literalTable: usize = 0
let literalLog: i32 = 0
let matchTable: usize = 0
let matchLog: i32 = 0
let offsetTable: usize = 0
let offsetLog: i32 = 0
let hasTree: bool = false
let repeat1: usize = 1
let repeat2: usize = 4
let repeat3: usize = 8

// What a frame's header says.
let headerBytes: usize = 0
let hasChecksum: bool = false
let contentSize: i64 = -1

/** Reads the header of the frame at `src`; 1 for a skippable frame (headerBytes: all of it), 0, or a negative error. */
function readHeader(src: usize, end: usize): i32 {
  if (end - src < 5) return TRUNCATED
  const magic = load<u32>(src)
  if ((magic & 0xfffffff0) == 0x184d2a50) {
    if (end - src < 8) return TRUNCATED
    const size = load<u32>(src, 4)
    if (<usize>size > end - src - 8) return TRUNCATED
    headerBytes = 8 + <usize>size
    return 1
  }
  if (magic != MAGIC) return MALFORMED
  const descriptor = <u32>load<u8>(src, 4)
  if (descriptor & 8) return MALFORMED
  const isSingle = (descriptor & 32) != 0
  const dictionaryBytes: u32 = (descriptor & 3) == 3 ? 4 : descriptor & 3
  const sizeFlag = descriptor >> 6
  const sizeBytes: u32 = sizeFlag == 0 ? (isSingle ? 1 : 0) : (<u32>1) << sizeFlag
  let p = src + 5 + (isSingle ? 0 : 1)
  if (end < p || <usize>(dictionaryBytes + sizeBytes) > end - p) return TRUNCATED
  let dictionary: u32 = 0
  for (let i: u32 = 0; i < dictionaryBytes; i++) dictionary |= <u32>load<u8>(p + <usize>i) << (8 * i)
  if (dictionary != 0) return UNSUPPORTED
  p += <usize>dictionaryBytes
  contentSize = -1
  if (sizeBytes == 1) contentSize = <i64>load<u8>(p)
  else if (sizeBytes == 2) contentSize = <i64>load<u16>(p) + 256
  else if (sizeBytes == 4) contentSize = <i64>load<u32>(p)
  else if (sizeBytes == 8) contentSize = load<i64>(p)
  if (sizeBytes == 8 && contentSize < 0) return MALFORMED
  hasChecksum = (descriptor & 4) != 0
  headerBytes = p + <usize>sizeBytes - src
  return 0
}

/** At most how many bytes the frames at `src` decompress to, or a negative error: what to allocate when no size is known. */
export function zstdBound(src: usize, srcLength: i32): f64 {
  const end = src + <usize>srcLength
  let total: f64 = 0
  while (src < end) {
    const header = readHeader(src, end)
    if (header < 0) return <f64>header
    src += headerBytes
    if (header == 1) continue
    const announced = contentSize
    let bound: f64 = 0
    let isLast = false
    while (!isLast) {
      if (end - src < 3) return <f64>TRUNCATED
      const block = load<u32>(src) & 0xffffff
      isLast = (block & 1) != 0
      const kind = (block >> 1) & 3
      const size = block >> 3
      if (kind == 3) return <f64>MALFORMED
      src += 3
      const stored: usize = kind == 1 ? 1 : <usize>size
      if (stored > end - src) return <f64>TRUNCATED
      src += stored
      bound += kind == 2 ? <f64>BLOCK_MAX : <f64>size
    }
    if (hasChecksum) {
      if (end - src < 4) return <f64>TRUNCATED
      src += 4
    }
    total += announced >= 0 && <f64>announced < bound ? <f64>announced : bound
  }
  return total
}

/**
 * Decompresses all frames at `src` to at most `dstLength` bytes; `work` is the caller's memory of zstdWorkBytes. Returns how many
 * bytes came out, or a negative error.
 */
export function zstdDecode(src: usize, srcLength: i32, dst: usize, dstLength: i32, work: usize): i32 {
  const end = src + <usize>srcLength
  const dstEnd = dst + <usize>dstLength
  let out = dst
  while (src < end) {
    const header = readHeader(src, end)
    if (header < 0) return header
    src += headerBytes
    if (header == 1) continue
    const frame = out
    const announced = contentSize
    const checked = hasChecksum
    if (announced > <i64>(dstEnd - out)) return TOO_LONG
    literalTable = 0
    matchTable = 0
    offsetTable = 0
    hasTree = false
    repeat1 = 1
    repeat2 = 4
    repeat3 = 8
    let isLast = false
    while (!isLast) {
      if (end - src < 3) return TRUNCATED
      const block = load<u32>(src) & 0xffffff
      isLast = (block & 1) != 0
      const kind = (block >> 1) & 3
      const size = <usize>(block >> 3)
      src += 3
      if (kind == 2) {
        if (size > end - src || size > <usize>BLOCK_MAX) return TRUNCATED
        const written = decodeBlock(src, src + size, frame, out, dstEnd, work)
        if (written < 0) return written
        out += <usize>written
        src += size
      } else if (kind == 0) {
        if (size > end - src) return TRUNCATED
        if (size > dstEnd - out) return TOO_LONG
        memory.copy(out, src, size)
        out += size
        src += size
      } else if (kind == 1) {
        if (src >= end) return TRUNCATED
        if (size > dstEnd - out) return TOO_LONG
        memory.fill(out, load<u8>(src), size)
        out += size
        src += 1
      } else return MALFORMED
    }
    if (announced >= 0 && announced != <i64>(out - frame)) return TOO_SHORT
    if (checked) {
      if (end - src < 4) return TRUNCATED
      if (<u32>xxhash64(frame, <i32>(out - frame)) != load<u32>(src)) return MALFORMED
      src += 4
    }
  }
  return <i32>(out - dst)
}

// Literals of the block: in the input (raw) or in work memory, followed by readable bytes.
let literals: usize = 0
let literalsEnd: usize = 0

/** Reads the literals section; returns how many bytes it takes, or a negative error. */
function readLiterals(src: usize, end: usize, work: usize): i32 {
  if (src >= end) return TRUNCATED
  const head = <u32>load<u8>(src)
  const kind = head & 3
  const format = (head >> 2) & 3
  if (kind < 2) {
    const bytes: usize = format == 1 ? 2 : format == 3 ? 3 : 1
    if (bytes > end - src) return TRUNCATED
    const size = bytes == 1 ? head >> 3 : bytes == 2 ? <u32>load<u16>(src) >> 4 : (load<u32>(src) & 0xffffff) >> 4
    if (<i32>size > LITERALS_MAX) return MALFORMED
    if (kind == 0) {
      if (<usize>size > end - src - bytes) return TRUNCATED
      literals = src + bytes
      literalsEnd = literals + <usize>size
      return <i32>(bytes + <usize>size)
    }
    if (end - src < bytes + 1) return TRUNCATED
    memory.fill(work + LITERALS, load<u8>(src + bytes), <usize>size)
    literals = work + LITERALS
    literalsEnd = literals + <usize>size
    return <i32>(bytes + 1)
  }
  const bytes: usize = format < 2 ? 3 : format == 2 ? 4 : 5
  if (bytes > end - src) return TRUNCATED
  const width: u64 = format < 2 ? 10 : format == 2 ? 14 : 18
  const bits = load<u64>(src)
  const mask = ((<u64>1) << width) - 1
  const size = <usize>((bits >> 4) & mask)
  const packed = <usize>((bits >> (4 + width)) & mask)
  if (<i32>size > LITERALS_MAX || packed > end - src - bytes) return TRUNCATED
  let p = src + bytes
  const packedEnd = p + packed
  if (kind == 2) {
    const tree = readTree(work, p, packedEnd)
    if (tree < 0) return tree
    hasTree = true
    p += <usize>tree
  } else if (!hasTree) return MALFORMED
  const error =
    format == 0
      ? decodeStream(work, p, packedEnd - p, work + LITERALS, size)
      : decodeFourStreams(work, p, packedEnd - p, work + LITERALS, size)
  if (error < 0) return error
  literals = work + LITERALS
  literalsEnd = literals + size
  return <i32>(bytes + packed)
}

// The table that `readTable` chose.
let chosenTable: usize = 0
let chosenLog: i32 = 0

/** Reads a sequence table in one of the four modes; returns how many bytes it takes, or a negative error. */
function readTable(
  mode: u32,
  src: usize,
  end: usize,
  work: usize,
  own: usize,
  symbolMax: i32,
  logMax: i32,
  bases: usize,
  extras: usize,
): i32 {
  if (mode == 1) {
    if (src >= end) return TRUNCATED
    const symbol = <i32>load<u8>(src)
    if (symbol > symbolMax) return MALFORMED
    setCell(own, <usize>symbol, 0, 0, bases, extras)
    chosenTable = own
    chosenLog = 0
    return 1
  }
  const head = readCounts(work, src, end, symbolMax, logMax)
  if (head < 0) return head
  const error = buildTable(work, own, countsLog, countsSymbols, bases, extras)
  if (error < 0) return error
  chosenTable = own
  chosenLog = countsLog
  return head
}

/** Builds the table of a default distribution. */
function readDefault(work: usize, own: usize, counts: usize, symbols: i32, log: i32, bases: usize, extras: usize): void {
  memory.copy(work + NORMAL, counts, <usize>symbols << 1)
  buildTable(work, own, log, symbols, bases, extras)
  chosenTable = own
  chosenLog = log
}

/** Reads the three tables of the sequences section; returns how many bytes they take, or a negative error. */
function readTables(modes: u32, src: usize, end: usize, work: usize): i32 {
  let p = src
  let mode = modes >> 6
  if (mode == 0) readDefault(work, work + DEFAULT_LITERAL_TABLE, LITERAL_DEFAULTS, 36, 6, LITERAL_BASES, LITERAL_BITS)
  else if (mode < 3) {
    const size = readTable(mode, p, end, work, work + LITERAL_TABLE, 35, 9, LITERAL_BASES, LITERAL_BITS)
    if (size < 0) return size
    p += <usize>size
  }
  if (mode < 3) {
    literalTable = chosenTable
    literalLog = chosenLog
  }
  mode = (modes >> 4) & 3
  if (mode == 0) readDefault(work, work + DEFAULT_OFFSET_TABLE, OFFSET_DEFAULTS, 29, 5, 1, 0)
  else if (mode < 3) {
    const size = readTable(mode, p, end, work, work + OFFSET_TABLE, 31, 8, 1, 0)
    if (size < 0) return size
    p += <usize>size
  }
  if (mode < 3) {
    offsetTable = chosenTable
    offsetLog = chosenLog
  }
  mode = (modes >> 2) & 3
  if (mode == 0) readDefault(work, work + DEFAULT_MATCH_TABLE, MATCH_DEFAULTS, 53, 6, MATCH_BASES, MATCH_BITS)
  else if (mode < 3) {
    const size = readTable(mode, p, end, work, work + MATCH_TABLE, 52, 9, MATCH_BASES, MATCH_BITS)
    if (size < 0) return size
    p += <usize>size
  }
  if (mode < 3) {
    matchTable = chosenTable
    matchLog = chosenLog
  }
  if (literalTable == 0 || offsetTable == 0 || matchTable == 0) return MALFORMED
  return <i32>(p - src)
}

/** Bytes of state that `zstdBlock` needs, zeroes at the start of a frame: work memory, what the block before left, and what this one gave. */
export function zstdStateBytes(): i32 {
  return WORK_BYTES + 64
}

// Behind the work memory: nine u32 of the frame's state, then these three.
const SAVED: usize = <usize>WORK_BYTES
const TAKEN: usize = SAVED + 40
const WRITTEN: usize = SAVED + 44
const LAST: usize = SAVED + 48

/**
 * Decompresses the one block at `src` to `out`, for frames that come in parts; `frame` is where what may be repeated begins. Returns 0, 1 when the
 * block does not end before `end`, or a negative error. At zstdStateBytes() - 24: how many bytes were taken, and came out, and whether it was the last.
 */
export function zstdBlock(state: usize, src: usize, end: usize, frame: usize, out: usize, dstEnd: usize): i32 {
  if (end - src < 3) return 1
  const block = <u32>load<u16>(src) | (<u32>load<u8>(src, 2) << 16)
  const kind = (block >> 1) & 3
  const size = <usize>(block >> 3)
  const stored: usize = kind == 1 ? 1 : size
  if (kind == 3 || size > <usize>BLOCK_MAX) return MALFORMED
  if (end - src - 3 < stored) return 1
  src += 3
  let written = <i32>size
  if (kind == 2) {
    restore(state)
    written = decodeBlock(src, src + size, frame, out, dstEnd, state)
    if (written < 0) return written
    save(state)
  } else {
    if (size > dstEnd - out) return TOO_LONG
    if (kind == 0) memory.copy(out, src, size)
    else memory.fill(out, load<u8>(src), size)
  }
  store<u32>(state + TAKEN, 3 + <u32>stored)
  store<u32>(state + WRITTEN, <u32>written)
  store<u32>(state + LAST, block & 1)
  return 0
}

function restore(state: usize): void {
  const at = state + SAVED
  literalTable = <usize>load<u32>(at)
  literalLog = load<i32>(at, 4)
  matchTable = <usize>load<u32>(at, 8)
  matchLog = load<i32>(at, 12)
  offsetTable = <usize>load<u32>(at, 16)
  offsetLog = load<i32>(at, 20)
  hasTree = load<u8>(at, 24) != 0
  // None of the three is ever 0: a frame begins with 1, 4 and 8.
  const isFirst = load<u32>(at, 28) == 0
  repeat1 = isFirst ? 1 : <usize>load<u32>(at, 28)
  repeat2 = isFirst ? 4 : <usize>load<u32>(at, 32)
  repeat3 = isFirst ? 8 : <usize>load<u32>(at, 36)
}

function save(state: usize): void {
  const at = state + SAVED
  store<u32>(at, <u32>literalTable)
  store<i32>(at, literalLog, 4)
  store<u32>(at, <u32>matchTable, 8)
  store<i32>(at, matchLog, 12)
  store<u32>(at, <u32>offsetTable, 16)
  store<i32>(at, offsetLog, 20)
  store<u8>(at, hasTree ? 1 : 0, 24)
  store<u32>(at, <u32>repeat1, 28)
  store<u32>(at, <u32>repeat2, 32)
  store<u32>(at, <u32>repeat3, 36)
}

/** Decompresses the block [src, end) to `out`; returns how many bytes came out, or a negative error. */
function decodeBlock(src: usize, end: usize, frame: usize, out: usize, dstEnd: usize, work: usize): i32 {
  const taken = readLiterals(src, end, work)
  if (taken < 0) return taken
  let p = src + <usize>taken
  if (p >= end) return TRUNCATED
  let count = <i32>load<u8>(p++)
  if (count >= 128) {
    if (count < 255) {
      if (p >= end) return TRUNCATED
      count = ((count - 128) << 8) + <i32>load<u8>(p++)
    } else {
      if (end - p < 2) return TRUNCATED
      count = <i32>load<u16>(p) + 0x7f00
      p += 2
    }
  }
  let written: usize = 0
  if (count > 0) {
    if (p >= end) return TRUNCATED
    const modes = <u32>load<u8>(p++)
    if (modes & 3) return MALFORMED
    const size = readTables(modes, p, end, work)
    if (size < 0) return size
    p += <usize>size
    const result = runSequences(p, end, count, frame, out, dstEnd)
    if (result < 0) return result
    written = <usize>result
  } else if (p != end) return MALFORMED
  // Literals after the last sequence.
  const rest = literalsEnd - literals
  if (rest > dstEnd - out - written) return TOO_LONG
  memory.copy(out + written, literals, rest)
  return <i32>(written + rest)
}

// @ts-ignore: decorator
@inline function peek(bits: u64, used: u64, n: u64): u64 {
  return bits << (used & 63) >> 1 >> (63 - n)
}

/** Decodes and carries out `count` sequences whose bits are [src, end); returns how many bytes came out. */
function runSequences(src: usize, end: usize, count: i32, frame: usize, out: usize, dstEnd: usize): i32 {
  if (src >= end) return TRUNCATED
  const last = <i32>load<u8>(end - 1)
  if (last == 0) return MALFORMED
  // `used` bits of the 64 at `ip` are read. Bits below `src` are junk: having read some is found out at the end, and going
  // far below on the way.
  const lowest = src - 8
  let ip = end - 8
  let bits = load<u64>(ip)
  let used = <u64>(clz<i32>(last) - 23)
  let ll = literalTable + (<usize>peek(bits, used, <u64>literalLog) << 3)
  used += <u64>literalLog
  let offsetCell = offsetTable + (<usize>peek(bits, used, <u64>offsetLog) << 3)
  used += <u64>offsetLog
  let ml = matchTable + (<usize>peek(bits, used, <u64>matchLog) << 3)
  used += <u64>matchLog
  ip -= <usize>(used >> 3)
  used &= 7
  bits = load<u64>(ip)
  const start = out
  let from = literals
  let r1 = repeat1
  let r2 = repeat2
  let r3 = repeat3
  const llTable = literalTable
  const mlTable = matchTable
  const ofTable = offsetTable
  for (let left = count; left > 0; left--) {
    const llCell = load<u64>(ll)
    const mlCell = load<u64>(ml)
    const ofCell = load<u64>(offsetCell)
    const ofBits = ofCell >> 56
    let length = <usize>(llCell & 0xffff_ffff)
    let match = <usize>(mlCell & 0xffff_ffff)
    let offset = <usize>(ofCell & 0xffff_ffff)
    if (ofBits > 1) {
      offset += <usize>peek(bits, used, ofBits) - 3
      used += ofBits
      r3 = r2
      r2 = r1
      r1 = offset
    } else {
      // Codes 0 and 1: values 1, 2 and 3, one of the last three offsets, moved by one when there are no literals.
      const isEmpty = <usize>(length == 0)
      let index = isEmpty
      if (ofBits == 1) {
        index = 1 + <usize>peek(bits, used, 1) + isEmpty
        used += 1
      }
      if (index > 0) {
        const chosen = index == 1 ? r2 : index == 2 ? r3 : r1 - 1
        if (index > 1) r3 = r2
        r2 = r1
        r1 = chosen
      }
      offset = r1
    }
    const mlBits = mlCell >> 56
    const llBits = llCell >> 56
    match += <usize>peek(bits, used, mlBits)
    used += mlBits
    // 31: with the 7 left over and the 26 of the next states, 64 bits.
    if (ofBits + mlBits + llBits >= 31) {
      ip -= <usize>(used >> 3)
      used &= 7
      if (ip < lowest) return MALFORMED
      bits = load<u64>(ip)
    }
    length += <usize>peek(bits, used, llBits)
    used += llBits
    if (left > 1) {
      let width = (llCell >> 48) & 255
      ll = llTable + (<usize>(((llCell >> 32) & 0xffff) + peek(bits, used, width)) << 3)
      used += width
      width = (mlCell >> 48) & 255
      ml = mlTable + (<usize>(((mlCell >> 32) & 0xffff) + peek(bits, used, width)) << 3)
      used += width
      width = (ofCell >> 48) & 255
      offsetCell = ofTable + (<usize>(((ofCell >> 32) & 0xffff) + peek(bits, used, width)) << 3)
      used += width
      ip -= <usize>(used >> 3)
      used &= 7
      if (ip < lowest) return MALFORMED
      bits = load<u64>(ip)
    }
    if (length > literalsEnd - from) return MALFORMED
    if (length + match > dstEnd - out) return TOO_LONG
    copyWild(from, out, length)
    from += length
    out += length
    // An offset of 0 becomes the greatest.
    if (offset - 1 >= out - frame) return BAD_OFFSET
    copyMatch(out, offset, match)
    out += match
  }
  // All bits must be used, and no more.
  if ((<i64>ip - <i64>src) * 8 + 64 != <i64>used) return MALFORMED
  literals = from
  repeat1 = r1
  repeat2 = r2
  repeat3 = r3
  return <i32>(out - start)
}
