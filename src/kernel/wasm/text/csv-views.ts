// Fields of CSV rows as views of their text: quotes taken off, escapes resolved, NULLs known.

const QUOTED: u32 = 0x80000000
const ESCAPED: u32 = 0x40000000
const OFFSET: u32 = 0x3fffffff
const MISSING: u32 = 0x3fffffff
const SPACE: i32 = 32

// @ts-ignore: decorator
@inline
function sameBytes(p: usize, q: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(p + i) != load<u8>(q + i)) return false
  return true
}

/** Whether a text is one of `count` texts, whose views are at `texts`. */
// @ts-ignore: decorator
@inline
function isOneOf(start: usize, length: u32, texts: usize, count: i32): bool {
  for (let i = 0; i < count; i++) {
    const at = texts + (<usize>i << 3)
    if (load<u32>(at, 4) == length && sameBytes(start, load<u32>(at), length)) return true
  }
  return false
}

/** Bytes of the escaped fields of a column: room that csvViews needs for them. */
export function csvEscapedBytes(rows: usize, columns: i32, column: i32, n: i32, selection: usize): i32 {
  let total: u32 = 0
  const width = <usize>(columns + 1) << 2
  for (let i = 0; i < n; i++) {
    const row = selection == 0 ? <usize>i : <usize>load<u32>(selection + (<usize>i << 2))
    const words = rows + row * width + (<usize>column << 2)
    const end = load<u32>(words, 4)
    if (end != MISSING && (end & ESCAPED) != 0) total += (end & OFFSET) - (load<u32>(words) & OFFSET)
  }
  return <i32>total
}

/**
 * Views of a column's fields, of the `n` rows from the one at `rows` on, or those of them that `selection` names. `nulls`: views of the texts that mean NULL, those of
 * quoted fields too if `quotedNulls`. The number of NULLs, whose views are empty.
 */
export function csvViews(
  base: usize,
  rows: usize,
  columns: i32,
  column: i32,
  n: i32,
  selection: usize,
  dialect: usize,
  nulls: usize,
  nullCount: i32,
  quotedNulls: i32,
  room: usize,
  out: usize,
  validity: usize,
): i32 {
  const quote = load<i32>(dialect, 4)
  const escape = load<i32>(dialect, 8)
  const width = <usize>(columns + 1) << 2
  const emptyIsNull = nullCount == 1 && load<u32>(nulls, 4) == 0
  let found = 0
  for (let i = 0; i < n; i++) {
    const row = selection == 0 ? <usize>i : <usize>load<u32>(selection + (<usize>i << 2))
    const words = rows + row * width + (<usize>column << 2)
    const endWord = load<u32>(words, 4)
    let isNull = endWord == MISSING
    let start = base + <usize>(load<u32>(words) & OFFSET) + (column == 0 ? 0 : 1)
    let end = base + <usize>(endWord & OFFSET)
    if (!isNull) {
      if ((endWord & QUOTED) == 0) {
        isNull = emptyIsNull ? start == end : isOneOf(start, <u32>(end - start), nulls, nullCount)
      } else {
        while (<i32>load<u8>(start) == SPACE && start < end) start++
        while (<i32>load<u8>(end - 1) == SPACE && end > start) end--
        start++
        end--
        if ((endWord & ESCAPED) != 0) {
          const begin = room
          let p = start
          while (p < end) {
            const byte = <i32>load<u8>(p)
            if (byte == escape && p + 1 < end) {
              const next = <i32>load<u8>(p + 1)
              if (next == quote || next == escape) {
                store<u8>(room++, <u8>next)
                p += 2
                continue
              }
            }
            store<u8>(room++, <u8>byte)
            p++
          }
          start = begin
          end = room
        }
        if (quotedNulls != 0) isNull = isOneOf(start, <u32>(end - start), nulls, nullCount)
      }
    }
    if (isNull) {
      found++
      store<u64>(out + (<usize>i << 3), <u64>base)
    } else store<u64>(out + (<usize>i << 3), ((<u64>(end - start)) << 32) | <u64>start)
    store<u8>(validity + <usize>i, isNull ? 0 : 1)
  }
  return found
}
