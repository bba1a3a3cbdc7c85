// Finds the rows and fields of CSV text.
//
// A row of `columns` fields becomes columns + 1 words, offsets counted from `base`:
//
//   word 0        where the row begins
//   word c + 1    where field c ends (its delimiter or line end), | QUOTED | ESCAPED; field c + 1 begins one byte behind
//
// A field is quoted when its first byte that is no space is the quote; quotes within other fields are text. A line end is \n, \r\n or \r.
// Sixteen bytes are looked at a time for the four bytes that mean something; within quotes for two.
//
// Spec: RFC 4180, with any delimiter, quote and escape of one byte.

const QUOTED: u32 = 0x80000000
const ESCAPED: u32 = 0x40000000
/** A field that the row does not have. */
const MISSING: u32 = 0x3fffffff

// Words of the state that a call leaves.
/** Offset of the first row that is not among those found. */
const NEXT: usize = 0
/** Why the row at NEXT is none: 0 it is not whole, 1 its number of fields, 2 text behind a closing quote, 3 a quote that is not closed. */
const ERROR: usize = 4
/** Fields that the row with the error has. */
const FIELDS: usize = 8
/** Fields of the rows found that contain escapes. */
const ESCAPES: usize = 12
/** Rows left out because they do not fit. */
const DROPPED: usize = 16

// Flags.
/** The text ends at `end`: a row needs no line end there. */
const LAST: i32 = 1
/** Rows with too few fields are filled up. */
const PAD: i32 = 2
/** Rows that do not fit are left out. */
const DROP: i32 = 4

const LF: i32 = 10
const CR: i32 = 13
const SPACE: i32 = 32

let closedAt: usize = 0
/** Where to look again for the quote, once there are more bytes. */
let resumeAt: usize = 0
let hasEscape: bool = false

/** Whether the quote at `at` begins a field: only spaces lie between `from`, where the field begins, and it. */
// @ts-ignore: decorator
@inline
function isFirst(from: usize, at: usize): bool {
  let p = from
  while (p < at && load<u8>(p) == SPACE) p++
  return p == at
}

/**
 * The byte behind the quote that closes what the quote before `p` opened: in closedAt; 0 when there is none before `end`. `isLast`: a quote at the very
 * end closes.
 */
function close(p: usize, end: usize, quote: i32, escape: i32, isLast: bool): void {
  const quotes = i8x16.splat(<i8>quote)
  const escapes = i8x16.splat(<i8>escape)
  hasEscape = false
  closedAt = 0
  resumeAt = end
  while (p < end) {
    const bytes = v128.load(p)
    const mask = i8x16.bitmask(v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, escapes)))
    if (mask == 0) {
      p += 16
      continue
    }
    p += <usize>ctz(mask)
    if (p >= end) return
    const byte = <i32>load<u8>(p)
    if (escape != quote && byte == escape) {
      if (p + 1 >= end) {
        resumeAt = p
        return
      }
      hasEscape = true
      p += 2
      continue
    }
    if (escape == quote && p + 1 < end && <i32>load<u8>(p + 1) == quote) {
      hasEscape = true
      p += 2
      continue
    }
    // The next byte decides, and it is not here yet.
    if (p + 1 >= end && !isLast) {
      resumeAt = p
      return
    }
    closedAt = p + 1
    return
  }
}

/**
 * Finds rows from `base + from` on, up to `rowsMax`, and none that begins at or behind `base + limit`. The text is there up to `base + end`; 64 bytes more
 * may be read. `comment`, `quote`: -1 for none. The rows found; what stopped it is in `state`, 20 bytes.
 */
export function csvRows(
  base: usize,
  from: i32,
  end: i32,
  limit: i32,
  dialect: usize,
  columns: i32,
  flags: i32,
  rowsMax: i32,
  out: usize,
  state: usize,
): i32 {
  const delimiter = load<i32>(dialect)
  const quote = load<i32>(dialect, 4)
  const escape = load<i32>(dialect, 8)
  const comment = load<i32>(dialect, 12)
  const delimiters = i8x16.splat(<i8>delimiter)
  const quotes = i8x16.splat(<i8>(quote < 0 ? delimiter : quote))
  const lineFeeds = i8x16.splat(<i8>LF)
  const returns = i8x16.splat(<i8>CR)
  const stop = base + <usize>end
  const isLast = (flags & LAST) != 0
  let rows = 0
  let escapes = 0
  let dropped = 0
  let error = 0
  let p = base + <usize>from
  let rowStart = p
  let fieldStart = p
  let column = 0
  let word = out
  let escapedHere = 0
  let broken = 0
  if (rowsMax > 0 && from < limit) store<u32>(word, <u32>(rowStart - base))
  let going = rowsMax > 0 && from < limit
  while (going) {
    // Where a row begins, it may be a comment.
    if (comment >= 0 && column == 0 && p == rowStart && p < stop && <i32>load<u8>(p) == comment) {
      let q = p
      while (q < stop && <i32>load<u8>(q) != LF && <i32>load<u8>(q) != CR) q++
      if (q >= stop && !isLast) break
      if (q < stop) {
        if (<i32>load<u8>(q) == CR) {
          if (q + 1 >= stop && !isLast) break
          if (q + 1 < stop && <i32>load<u8>(q + 1) == LF) q++
        }
        q++
      }
      p = q
      rowStart = p
      fieldStart = p
      store<u32>(word, <u32>(rowStart - base))
      if (<i32>(rowStart - base) >= limit) break
      if (p >= stop) break
      continue
    }
    let at: usize
    let byte: i32
    if (p >= stop) {
      // The last row may end without a line end; an empty rest is none.
      if (!isLast || (p == rowStart && column == 0)) break
      at = stop
      byte = LF
    } else {
      const bytes = v128.load(p)
      const mask = i8x16.bitmask(
        v128.or(
          v128.or(i8x16.eq(bytes, delimiters), i8x16.eq(bytes, quotes)),
          v128.or(i8x16.eq(bytes, lineFeeds), i8x16.eq(bytes, returns)),
        ),
      )
      if (mask == 0) {
        p += 16
        if (p > stop) p = stop
        continue
      }
      at = p + <usize>ctz(mask)
      if (at >= stop) {
        p = stop
        continue
      }
      byte = <i32>load<u8>(at)
    }
    let flag: u32 = 0
    if (byte == quote && byte != delimiter && at < stop) {
      if (!isFirst(fieldStart, at)) {
        p = at + 1
        continue
      }
      close(at + 1, stop, quote, escape, isLast)
      if (closedAt == 0) {
        if (isLast) error = 3
        break
      }
      flag = QUOTED
      if (hasEscape) {
        flag |= ESCAPED
        escapedHere++
      }
      // Spaces may stand between the quote and the delimiter.
      at = closedAt
      while (at < stop && delimiter != SPACE && <i32>load<u8>(at) == SPACE) at++
      if (at >= stop) {
        if (!isLast) break
        byte = LF
      } else {
        byte = <i32>load<u8>(at)
        if (byte != delimiter && byte != LF && byte != CR) {
          if ((flags & DROP) == 0) {
            error = 2
            break
          }
          broken = 1
          p = at
          continue
        }
      }
    }
    if (byte == delimiter && at < stop) {
      column++
      if (column < columns) store<u32>(word + (<usize>column << 2), <u32>(at - base) | flag)
      p = at + 1
      fieldStart = p
      continue
    }
    // A line end.
    let next = at + 1
    if (byte == CR) {
      if (next >= stop) {
        if (!isLast) break
      } else if (<i32>load<u8>(next) == LF) next++
    }
    const isEmpty = at == rowStart
    column++
    let fits = broken == 0
    if (isEmpty && columns > 1) {
      // Lines without anything are no rows.
      escapedHere = 0
      fits = false
    } else if (column == columns) {
      store<u32>(word + (<usize>column << 2), <u32>(at - base) | flag)
    } else if (column > columns) {
      if ((flags & DROP) == 0) {
        error = 1
        break
      }
      fits = false
      dropped++
    } else if ((flags & PAD) != 0) {
      store<u32>(word + (<usize>column << 2), <u32>(at - base) | flag)
      for (let c = column + 1; c <= columns; c++) store<u32>(word + (<usize>c << 2), MISSING)
    } else {
      if ((flags & DROP) == 0) {
        error = 1
        break
      }
      fits = false
      dropped++
    }
    if (broken != 0) dropped++
    p = next > stop ? stop : next
    rowStart = p
    fieldStart = p
    column = 0
    broken = 0
    if (fits) {
      rows++
      escapes += escapedHere
      word += <usize>(columns + 1) << 2
      if (rows >= rowsMax) going = false
    }
    escapedHere = 0
    if (<i32>(rowStart - base) >= limit) going = false
    if (going) store<u32>(word, <u32>(rowStart - base))
  }
  store<i32>(state + NEXT, <i32>(rowStart - base))
  store<i32>(state + ERROR, error)
  store<i32>(state + FIELDS, column)
  store<i32>(state + ESCAPES, escapes)
  store<i32>(state + DROPPED, dropped)
  return rows
}

/**
 * Looks in bytes [from, end) for the first row that begins at or behind `target`, knowing whether they begin within quotes. Bytes before `from` were looked
 * through before: they tell whether a quote begins a field; at `base` itself one begins. `state`, three words: the row's offset and 1, or where to go on, 0, and
 * whether that is within quotes.
 */
export function csvSkip(
  base: usize,
  from: i32,
  end: i32,
  target: i32,
  dialect: usize,
  isInside: i32,
  isLast: i32,
  state: usize,
): void {
  const delimiter = load<i32>(dialect)
  const quote = load<i32>(dialect, 4)
  const escape = load<i32>(dialect, 8)
  const comment = load<i32>(dialect, 12)
  const stop = base + <usize>end
  // The last bytes before a target may be a line end that the row begins behind.
  const wanted = base + <usize>(target > 0 ? target - 1 : 0)
  const looksAtLines = comment >= 0
  const quotes = i8x16.splat(<i8>(quote < 0 ? LF : quote))
  const lineFeeds = i8x16.splat(<i8>LF)
  const returns = i8x16.splat(<i8>CR)
  let p = base + <usize>from
  let inside = isInside != 0
  let goOn = p
  let found = false
  // A row begins at `base`: perhaps it is a comment.
  if (comment >= 0 && from == 0 && !inside && p < stop && <i32>load<u8>(p) == comment) {
    while (p < stop && <i32>load<u8>(p) != LF && <i32>load<u8>(p) != CR) p++
    if (p >= stop && isLast == 0) {
      store<i32>(state, 0)
      store<i32>(state, 0, 4)
      store<i32>(state, 0, 8)
      return
    }
  }
  while (true) {
    if (inside) {
      close(p, stop, quote, escape, isLast != 0)
      if (closedAt == 0) {
        goOn = resumeAt
        break
      }
      p = closedAt
      inside = false
    }
    goOn = p
    if (p >= stop) break
    const wantsLines = looksAtLines || p + 16 > wanted
    const bytes = v128.load(p)
    let mask = i8x16.bitmask(i8x16.eq(bytes, quotes))
    if (wantsLines) mask |= i8x16.bitmask(v128.or(i8x16.eq(bytes, lineFeeds), i8x16.eq(bytes, returns)))
    if (mask == 0) {
      p += 16
      if (p > stop) p = stop
      continue
    }
    const at = p + <usize>ctz(mask)
    if (at >= stop) {
      p = stop
      continue
    }
    const byte = <i32>load<u8>(at)
    if (byte == quote) {
      p = at + 1
      if (beginsField(base, at, delimiter)) inside = true
      continue
    }
    if (byte != LF && byte != CR) {
      p = at + 1
      continue
    }
    let next = at + 1
    if (byte == CR) {
      if (next >= stop && isLast == 0) {
        goOn = at
        break
      }
      if (next < stop && <i32>load<u8>(next) == LF) next++
    }
    if (<i32>(next - base) >= target) {
      store<i32>(state, <i32>(next - base))
      store<i32>(state, 1, 4)
      found = true
      break
    }
    p = next
    if (comment >= 0) {
      if (p >= stop) {
        goOn = at
        if (isLast != 0) goOn = stop
        break
      }
      if (<i32>load<u8>(p) == comment) {
        let q = p
        while (q < stop && <i32>load<u8>(q) != LF && <i32>load<u8>(q) != CR) q++
        if (q >= stop && isLast == 0) {
          // The line end before the comment is looked at again.
          goOn = at
          break
        }
        p = q
      }
    }
  }
  if (found) return
  store<i32>(state, <i32>(goOn - base))
  store<i32>(state, 0, 4)
  store<i32>(state, inside ? 1 : 0, 8)
}

/** Whether the quote at `at`, outside of quotes, begins a field: spaces, and then a delimiter, a line end or the beginning stand before it. */
function beginsField(base: usize, at: usize, delimiter: i32): bool {
  let p = at
  while (p > base && <i32>load<u8>(p - 1) == SPACE && delimiter != SPACE) p--
  if (p == base) return true
  const byte = <i32>load<u8>(p - 1)
  return byte == delimiter || byte == LF || byte == CR
}
