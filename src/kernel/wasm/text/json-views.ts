// JSON values of rows (json-rows.ts) as views of their text.

const MISSING: u32 = 0
const STRING: u32 = 1
const ESCAPED: u32 = 2
const NULL: u32 = 4
const LENGTH_BITS: u32 = 29
const BACKSLASH: i32 = 92

/** The value of a hexadecimal digit; -1 when it is none. */
export function hexDigit(byte: i32): i32 {
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

/** Resolves the escapes of [from, to); the bytes that come out, -1 for halves of surrogate pairs. */
export function unescapeJson(from: usize, to: usize, out: usize): i32 {
  const begin = out
  let q = from
  while (q < to) {
    const byte = <i32>load<u8>(q)
    if (byte != BACKSLASH) {
      store<u8>(out++, <u8>byte)
      q++
      continue
    }
    const next = <i32>load<u8>(q + 1)
    q += 2
    if (next != 117) {
      let plain = next
      if (next == 98) plain = 8
      else if (next == 102) plain = 12
      else if (next == 110) plain = 10
      else if (next == 114) plain = 13
      else if (next == 116) plain = 9
      store<u8>(out++, <u8>plain)
      continue
    }
    let code = fourHex(q)
    q += 4
    if (code >= 0xdc00 && code < 0xe000) return -1
    if (code >= 0xd800 && code < 0xdc00) {
      if (q + 6 > to || load<u8>(q) != BACKSLASH || load<u8>(q + 1) != 117) return -1
      const low = fourHex(q + 2)
      if (low < 0xdc00 || low >= 0xe000) return -1
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
      q += 6
    }
    if (code < 0x80) store<u8>(out++, <u8>code)
    else if (code < 0x800) {
      store<u8>(out++, <u8>(0xc0 | (code >> 6)))
      store<u8>(out++, <u8>(0x80 | (code & 63)))
    } else if (code < 0x10000) {
      store<u8>(out++, <u8>(0xe0 | (code >> 12)))
      store<u8>(out++, <u8>(0x80 | ((code >> 6) & 63)))
      store<u8>(out++, <u8>(0x80 | (code & 63)))
    } else {
      store<u8>(out++, <u8>(0xf0 | (code >> 18)))
      store<u8>(out++, <u8>(0x80 | ((code >> 12) & 63)))
      store<u8>(out++, <u8>(0x80 | ((code >> 6) & 63)))
      store<u8>(out++, <u8>(0x80 | (code & 63)))
    }
  }
  return <i32>(out - begin)
}

function fourHex(at: usize): i32 {
  let code = 0
  for (let i: usize = 0; i < 4; i++) code = code * 16 + hexDigit(<i32>load<u8>(at + i))
  return code
}

/** Bytes of a column's strings that have escapes: room that jsonViews needs for them. */
export function jsonEscapedBytes(rows: usize, columns: i32, column: i32, n: i32, selection: usize): i32 {
  const width = <usize>(columns + 1) << 3
  let total: u32 = 0
  for (let i = 0; i < n; i++) {
    const row = selection == 0 ? <usize>i : <usize>load<u32>(selection + (<usize>i << 2))
    const end = load<u32>(rows + row * width + (<usize>(column + 1) << 3), 4)
    if (end >> LENGTH_BITS == ESCAPED) total += end & ((1 << LENGTH_BITS) - 1)
  }
  return <i32>total
}

/**
 * Views of a column's values as text: strings without quotes and escapes, or with them if `isRaw`, other values as they are written. The number of NULLs; or
 * -1 - i when value i has half of a surrogate pair.
 */
export function jsonViews(
  base: usize,
  rows: usize,
  columns: i32,
  column: i32,
  n: i32,
  selection: usize,
  isRaw: i32,
  room: usize,
  out: usize,
  validity: usize,
): i32 {
  const width = <usize>(columns + 1) << 3
  let nulls = 0
  for (let i = 0; i < n; i++) {
    const row = selection == 0 ? <usize>i : <usize>load<u32>(selection + (<usize>i << 2))
    const at = rows + row * width + (<usize>(column + 1) << 3)
    let start = base + <usize>load<u32>(at)
    const end = load<u32>(at, 4)
    const kind = end >> LENGTH_BITS
    let length = end & ((1 << LENGTH_BITS) - 1)
    const isNull = kind == MISSING || kind == NULL
    if (isNull) {
      nulls++
      length = 0
    } else if (isRaw != 0) {
      if (kind == STRING || kind == ESCAPED) {
        start--
        length += 2
      }
    } else if (kind == ESCAPED) {
      const plain = unescapeJson(start, start + <usize>length, room)
      if (plain < 0) return -1 - i
      start = room
      length = <u32>plain
      room += <usize>plain
    }
    store<u64>(out + (<usize>i << 3), ((<u64>length) << 32) | <u64>start)
    store<u8>(validity + <usize>i, isNull ? 0 : 1)
  }
  return nulls
}
