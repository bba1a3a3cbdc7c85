// Finds JSON values and the members of objects that are columns.
//
// A row is 8 bytes of its own, where it begins as u32 counted from `base`, and 8 bytes a column: where the value begins, and its length | kind << 29.
// Strings are without their quotes.
//
// Values are checked as RFC 8259 has them, those of no column too, so that what is read does not hang on what is asked for.
import { hexDigit, unescapeJson } from './json-views'

// Kinds.
const MISSING: u32 = 0
const STRING: u32 = 1
/** With escapes. */
const ESCAPED: u32 = 2
const SCALAR: u32 = 3
const NULL: u32 = 4
const NESTED: u32 = 5

// Forms.
/** A value a line. */
const LINES: i32 = 0
/** The elements of one array. */
const ARRAY: i32 = 1

// Flags.
const LAST: i32 = 1
/** Lines that are malformed are left out. */
const DROP: i32 = 2
/** Values are a column each, not objects of columns. */
const PLAIN: i32 = 4

// Failures.
const INCOMPLETE: i32 = 1
const MALFORMED: i32 = 2
const TOO_DEEP: i32 = 3
const NO_OBJECT: i32 = 4
const LINE_END: i32 = 5
const TWICE: i32 = 6

// Words of the state: in and out.
/** Where an array is: 0 before it, 1 behind its bracket, 2 behind a value, 3 behind the array, 4 behind a comma. */
const PLACE: usize = 0
/** Out: where to go on; the failure; where that is; fields with escapes; values left out. */
const NEXT: usize = 4
const ERROR: usize = 8
const ERROR_AT: usize = 12
const ESCAPES: usize = 16
const DROPPED: usize = 20

const DEPTH_MAX: i32 = 500
const LENGTH_BITS: u32 = 29

const TAB: i32 = 9
const LF: i32 = 10
const CR: i32 = 13
const SPACE: i32 = 32
const QUOTE: i32 = 34
const COMMA: i32 = 44
const COLON: i32 = 58
const OPEN_LIST: i32 = 91
const BACKSLASH: i32 = 92
const CLOSE_LIST: i32 = 93
const OPEN: i32 = 123
const CLOSE: i32 = 125

let p: usize = 0
let stop: usize = 0
let isLast: bool = false
let oneLine: bool = false
let failure: i32 = 0
let hasEscape: bool = false

// @ts-ignore: decorator
@inline
function fail(what: i32): void {
  failure = what
}

/** At the end of what is there: more may come. */
function atEnd(): void {
  fail(isLast ? MALFORMED : INCOMPLETE)
}

/** Passes white space over; a line end within a value is one only where values may have several lines. */
// @ts-ignore: decorator
@inline
function space(): void {
  while (p < stop) {
    const byte = <i32>load<u8>(p)
    if (byte > SPACE) return
    if (byte == LF && oneLine) {
      fail(LINE_END)
      return
    }
    if (byte != SPACE && byte != LF && byte != CR && byte != TAB) return
    p++
  }
  atEnd()
}

/** Behind the string whose quote was before p; leaves hasEscape. */
function string(): void {
  hasEscape = false
  const quotes = i8x16.splat(<i8>QUOTE)
  const slashes = i8x16.splat(<i8>BACKSLASH)
  const controls = i8x16.splat(32)
  while (p < stop) {
    const bytes = v128.load(p)
    const mask = i8x16.bitmask(
      v128.or(v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, slashes)), i8x16.lt_u(bytes, controls)),
    )
    if (mask == 0) {
      p += 16
      continue
    }
    p += <usize>ctz(mask)
    if (p >= stop) break
    const byte = <i32>load<u8>(p)
    if (byte == QUOTE) {
      p++
      return
    }
    if (byte != BACKSLASH) {
      fail(byte == LF && oneLine ? LINE_END : MALFORMED)
      return
    }
    hasEscape = true
    if (p + 1 >= stop) break
    const next = <i32>load<u8>(p + 1)
    if (next == 117) {
      if (p + 6 > stop) break
      for (let i: usize = 2; i < 6; i++) {
        if (hexDigit(<i32>load<u8>(p + i)) < 0) {
          fail(MALFORMED)
          return
        }
      }
      p += 6
    } else if (next == QUOTE || next == BACKSLASH || next == 47 || next == 98 || next == 102 || next == 110 || next == 114 || next == 116) {
      p += 2
    } else {
      fail(MALFORMED)
      return
    }
  }
  p = stop
  atEnd()
}

function digits(): bool {
  const first = p
  while (p < stop && <u32>load<u8>(p) - 48 <= 9) p++
  return p > first
}

function number(): void {
  if (load<u8>(p) == 45) p++
  const first = p
  if (!digits()) {
    p >= stop ? atEnd() : fail(MALFORMED)
    return
  }
  if (load<u8>(first) == 48 && p - first > 1) {
    fail(MALFORMED)
    return
  }
  if (p < stop && load<u8>(p) == 46) {
    p++
    if (!digits()) {
      p >= stop ? atEnd() : fail(MALFORMED)
      return
    }
  }
  if (p < stop && (load<u8>(p) | 32) == 101) {
    p++
    if (p < stop && (load<u8>(p) == 43 || load<u8>(p) == 45)) p++
    if (!digits()) {
      p >= stop ? atEnd() : fail(MALFORMED)
      return
    }
  }
  // More digits may come.
  if (p >= stop && !isLast) fail(INCOMPLETE)
}

/** `true`, `false` or `null`; whether it is the last. */
function word(): bool {
  const first = <i32>load<u8>(p)
  const length: usize = first == 102 ? 5 : 4
  if (stop - p < length) {
    atEnd()
    return false
  }
  const four = load<u32>(p)
  p += length
  if (first == 116 && four == 0x65757274) return false
  if (first == 102 && four == 0x736c6166 && load<u8>(p - 1) == 101) return false
  if (first == 110 && four == 0x6c6c756e) return true
  fail(MALFORMED)
  return false
}

/** Behind the value at p; its kind. */
function value(depth: i32): u32 {
  if (p >= stop) {
    atEnd()
    return MISSING
  }
  const byte = <i32>load<u8>(p)
  if (byte == QUOTE) {
    p++
    string()
    return hasEscape ? ESCAPED : STRING
  }
  if (byte == OPEN || byte == OPEN_LIST) {
    nested(depth)
    return NESTED
  }
  if (byte == 45 || <u32>byte - 48 <= 9) {
    number()
    return SCALAR
  }
  if (byte == 116 || byte == 102 || byte == 110) return word() ? NULL : SCALAR
  fail(MALFORMED)
  return MISSING
}

function nested(depth: i32): void {
  if (depth >= DEPTH_MAX) {
    fail(TOO_DEEP)
    return
  }
  const isObject = <i32>load<u8>(p) == OPEN
  const close = isObject ? CLOSE : CLOSE_LIST
  p++
  space()
  if (failure != 0) return
  if (<i32>load<u8>(p) == close) {
    p++
    return
  }
  while (true) {
    if (isObject) {
      if (<i32>load<u8>(p) != QUOTE) {
        fail(MALFORMED)
        return
      }
      p++
      string()
      if (failure != 0) return
      colon()
      if (failure != 0) return
    }
    value(depth + 1)
    if (failure != 0) return
    space()
    if (failure != 0) return
    const byte = <i32>load<u8>(p++)
    if (byte == close) return
    if (byte != COMMA) {
      p--
      fail(MALFORMED)
      return
    }
    space()
    if (failure != 0) return
  }
}

/** Passes a colon and the space around it over. */
function colon(): void {
  space()
  if (failure != 0) return
  if (<i32>load<u8>(p) != COLON) {
    fail(MALFORMED)
    return
  }
  p++
  space()
}

// @ts-ignore: decorator
@inline
function sameBytes(a: usize, b: usize, length: u32): bool {
  let i: u32 = 0
  for (; i + 4 <= length; i += 4) if (load<u32>(a + i) != load<u32>(b + i)) return false
  for (; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false
  return true
}

/** The column of a key, `guess` being tried first; -1: none. `keys`: views. */
function columnOf(start: usize, length: u32, keys: usize, columns: i32, guess: i32): i32 {
  let column = guess
  for (let i = 0; i < columns; i++, column++) {
    if (column >= columns) column -= columns
    const key = keys + (<usize>column << 3)
    if (load<u32>(key, 4) == length && sameBytes(start, <usize>load<u32>(key), length)) return column
  }
  return -1
}

/** Stores where a value of a column lies. */
// @ts-ignore: decorator
@inline
function record(at: usize, base: usize, start: usize, kind: u32): void {
  const isText = kind == STRING || kind == ESCAPED
  const from = isText ? start + 1 : start
  const to = isText ? p - 1 : p
  store<u32>(at, <u32>(from - base))
  store<u32>(at, <u32>(to - from) | (kind << LENGTH_BITS), 4)
}

let escapesHere: i32 = 0

/** The members of the object at p. */
function object(row: usize, base: usize, keys: usize, columns: i32, scratch: usize): void {
  if (<i32>load<u8>(p) != OPEN) {
    // NULL stands for an object without members. Anything else may be no value at all.
    const kind = value(0)
    if (failure == 0 && kind != NULL) fail(NO_OBJECT)
    return
  }
  p++
  space()
  if (failure != 0) return
  if (<i32>load<u8>(p) == CLOSE) {
    p++
    return
  }
  let guess = 0
  while (true) {
    if (<i32>load<u8>(p) != QUOTE) {
      fail(MALFORMED)
      return
    }
    let key = ++p
    string()
    if (failure != 0) return
    let length = <u32>(p - 1 - key)
    if (hasEscape) {
      // Longer ones than any column's cannot be one.
      const plain = length > 4096 ? -1 : unescapeJson(key, key + <usize>length, scratch)
      key = scratch
      length = plain < 0 ? 0xffffffff : <u32>plain
    }
    colon()
    if (failure != 0) return
    const start = p
    const kind = value(1)
    if (failure != 0) return
    const column = length == 0xffffffff ? -1 : columnOf(key, length, keys, columns, guess)
    if (column >= 0) {
      if (load<u32>(row + (<usize>(column + 1) << 3), 4) != 0) {
        fail(TWICE)
        return
      }
      record(row + (<usize>(column + 1) << 3), base, start, kind)
      if (kind == ESCAPED) escapesHere++
      guess = column + 1
    }
    space()
    if (failure != 0) return
    const byte = <i32>load<u8>(p++)
    if (byte == CLOSE) return
    if (byte != COMMA) {
      p--
      fail(MALFORMED)
      return
    }
    space()
    if (failure != 0) return
  }
}

/** Passes space between values over, line ends too. */
function between(): void {
  while (p < stop) {
    const byte = <i32>load<u8>(p)
    if (byte != SPACE && byte != LF && byte != CR && byte != TAB) return
    p++
  }
}

/** Passes what stands between the elements of an array over; false when no element follows (yet). */
function element(state: usize): bool {
  let place = load<i32>(state, PLACE)
  while (true) {
    between()
    if (p >= stop) {
      if (isLast && place != 3) fail(MALFORMED)
      break
    }
    const byte = <i32>load<u8>(p)
    if (place == 0 && byte == OPEN_LIST) place = 1
    else if ((place == 1 || place == 2) && byte == CLOSE_LIST) place = 3
    else if (place == 2 && byte == COMMA) place = 4
    else if (place == 1 || place == 4) {
      store<i32>(state, place, PLACE)
      return true
    } else {
      fail(MALFORMED)
      return false
    }
    p++
  }
  store<i32>(state, place, PLACE)
  return false
}

/**
 * Finds values from `base + from` on, up to `rowsMax`, and none that begins at or behind `base + limit`. `keys`: views of the columns' names. `scratch`: 4 KiB.
 * The number of rows, `state` as above.
 */
export function jsonRows(
  base: usize,
  from: i32,
  end: i32,
  limit: i32,
  form: i32,
  flags: i32,
  keys: usize,
  columns: i32,
  rowsMax: i32,
  scratch: usize,
  out: usize,
  state: usize,
): i32 {
  p = base + <usize>from
  stop = base + <usize>end
  isLast = (flags & LAST) != 0
  oneLine = form == LINES
  failure = 0
  let rows = 0
  let escapes = 0
  let dropped = 0
  let next = p
  const width = <usize>(columns + 1) << 3
  while (rows < rowsMax) {
    if (form == ARRAY) {
      if (!element(state)) {
        next = p
        break
      }
    } else {
      between()
      if (p >= stop) {
        next = p
        break
      }
    }
    next = p
    if (<i32>(p - base) >= limit) break
    const start = p
    const row = out + <usize>rows * width
    memory.fill(row, 0, width)
    store<u32>(row, <u32>(start - base))
    escapesHere = 0
    if ((flags & PLAIN) != 0) {
      const kind = value(0)
      if (failure == 0) {
        record(row + 8, base, start, kind)
        if (kind == ESCAPED) escapesHere++
      }
    } else object(row, base, keys, columns, scratch)
    if (failure == 0 && form == LINES) lineEnd()
    if (failure == INCOMPLETE) break
    if (failure != 0) {
      if ((flags & DROP) == 0 || form != LINES) break
      // What is left of the line is left out.
      while (p < stop && <i32>load<u8>(p) != LF) p++
      if (p >= stop && !isLast) {
        failure = INCOMPLETE
        break
      }
      failure = 0
      dropped++
      next = p
      continue
    }
    if (form == ARRAY) store<i32>(state, 2, PLACE)
    rows++
    escapes += escapesHere
    next = p
  }
  store<i32>(state, <i32>(next - base), NEXT)
  store<i32>(state, failure == INCOMPLETE ? 0 : failure, ERROR)
  store<i32>(state, <i32>(p - base), ERROR_AT)
  store<i32>(state, escapes, ESCAPES)
  store<i32>(state, dropped, DROPPED)
  return rows
}

/** A line has one value. */
function lineEnd(): void {
  while (p < stop) {
    const byte = <i32>load<u8>(p)
    if (byte == LF) return
    if (byte != SPACE && byte != CR && byte != TAB) {
      fail(MALFORMED)
      return
    }
    p++
  }
  if (!isLast) fail(INCOMPLETE)
}
