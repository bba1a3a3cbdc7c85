// Parts of texts as views of the same bytes. NULL rows get empty views.
import { isNullRow } from '../row-state'
import { backCharacters, findText, nextCharacter, skipCharacters, storeView, viewOf } from './rows'

/**
 * substring(text, from, count): characters count from 1, and may lie before the start. `count` 0: to the end. Returns the first row with a negative
 * count, or -1.
 */
export function substringRows(
  views: usize,
  validity: usize,
  n: i32,
  from: usize,
  fromStep: i32,
  count: usize,
  countStep: i32,
  out: usize,
): i32 {
  for (let i = 0; i < n; i++) {
    if (isNullRow(validity, i)) {
      storeView(out, i, 0, 0)
      continue
    }
    const view = views + (<usize>i << 3)
    const start = <usize>load<u32>(view)
    const end = start + load<u32>(view, 4)
    const place = <i64>load<i32>(from + (<usize>(i * fromStep) << 2)) - 1
    const first = skipCharacters(start, end, place < 0 ? 0 : <i32>place)
    let last = end
    if (count != 0) {
      const length = load<i32>(count + (<usize>(i * countStep) << 2))
      if (length < 0) return i
      const kept = place < 0 ? max<i64>(0, place + length) : <i64>length
      last = skipCharacters(first, end, <i32>min<i64>(kept, i32.MAX_VALUE))
    }
    storeView(out, i, first, last - first)
  }
  return -1
}

/** left(text, n) and, with `isRight`, right(text, n): the characters at that end; all but -n at the other end if n is negative. */
export function endRows(
  views: usize,
  viewStep: i32,
  validity: usize,
  n: i32,
  isRight: i32,
  count: usize,
  countStep: i32,
  out: usize,
): void {
  for (let i = 0; i < n; i++) {
    if (isNullRow(validity, i)) {
      storeView(out, i, 0, 0)
      continue
    }
    const view = viewOf(views, viewStep, i)
    const start = <usize>load<u32>(view)
    const end = start + load<u32>(view, 4)
    const wanted = load<i32>(count + (<usize>(i * countStep) << 2))
    // -2^31 has no positive counterpart in 32 bits; one less is as good.
    const other = wanted == i32.MIN_VALUE ? i32.MAX_VALUE : -wanted
    if (isRight != 0) {
      const first = wanted >= 0 ? backCharacters(start, end, wanted) : skipCharacters(start, end, other)
      storeView(out, i, first, end - first)
    } else {
      const last = wanted >= 0 ? skipCharacters(start, end, wanted) : backCharacters(start, end, other)
      storeView(out, i, start, last - start)
    }
  }
}

/** Without the bytes of a set of ASCII characters (256 bytes, 1 = in the set) at the start (`sides` 1), the end (2) or both (3). */
export function trimRows(views: usize, validity: usize, n: i32, set: usize, sides: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    if (isNullRow(validity, i)) {
      storeView(out, i, 0, 0)
      continue
    }
    const view = views + (<usize>i << 3)
    let start = <usize>load<u32>(view)
    let end = start + load<u32>(view, 4)
    if ((sides & 1) != 0) while (start < end && load<u8>(set + load<u8>(start)) != 0) start++
    if ((sides & 2) != 0) while (end > start && load<u8>(set + load<u8>(end - 1)) != 0) end--
    storeView(out, i, start, end - start)
  }
}

/** How often the part is in [from, to), counted from the left without overlaps. */
function occurrences(from: usize, to: usize, part: usize, length: usize): i32 {
  let count = 0
  for (let at = findText(from, to, part, length); at != 0; at = findText(at + length, to, part, length)) count++
  return count
}

/**
 * split_part(text, separator, place): parts count from 1, from the end if negative; parts that are not there are empty. Returns the first row whose
 * place is 0, or -1.
 */
export function splitPartRows(
  views: usize,
  viewStep: i32,
  validity: usize,
  n: i32,
  separators: usize,
  separatorStep: i32,
  places: usize,
  placeStep: i32,
  out: usize,
): i32 {
  for (let i = 0; i < n; i++) {
    if (isNullRow(validity, i)) {
      storeView(out, i, 0, 0)
      continue
    }
    const view = viewOf(views, viewStep, i)
    const start = <usize>load<u32>(view)
    const end = start + load<u32>(view, 4)
    const separator = viewOf(separators, separatorStep, i)
    const part = <usize>load<u32>(separator)
    const length = <usize>load<u32>(separator, 4)
    let place = load<i32>(places + (<usize>(i * placeStep) << 2))
    if (place == 0) return i
    if (length == 0) {
      storeView(out, i, start, place == 1 || place == -1 ? end - start : 0)
      continue
    }
    if (place < 0) place += occurrences(start, end, part, length) + 2
    let first = place < 1 ? end : start
    let found = place >= 1
    for (let k = 1; found && k < place; k++) {
      const at = findText(first, end, part, length)
      found = at != 0
      first = found ? at + length : end
    }
    const last = found ? findText(first, end, part, length) : end
    storeView(out, i, first, (last == 0 ? end : last) - first)
  }
  return -1
}

/** Code of the first character; 0 for an empty text. Texts are UTF-8. */
export function firstCodes(views: usize, validity: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    let code: u32 = 0
    const view = views + (<usize>i << 3)
    if (!isNullRow(validity, i) && load<u32>(view, 4) != 0) {
      const p = <usize>load<u32>(view)
      const end = p + load<u32>(view, 4)
      const first = <u32>load<u8>(p)
      code = first < 0x80 ? first : first < 0xe0 ? first & 0x1f : first < 0xf0 ? first & 0x0f : first & 0x07
      const after = first < 0x80 ? p + 1 : nextCharacter(p, end)
      for (let at = p + 1; at < after; at++) code = (code << 6) | (<u32>load<u8>(at) & 0x3f)
    }
    store<u32>(out + (<usize>i << 2), code)
  }
}

/**
 * Parts of texts between separators (of at least one byte) as lists: first part and count as u32 pairs to `lists`, the views of all parts to `parts`. With `parts`
 * 0 they are only counted. Returns how many there are. NULL rows get empty lists.
 */
export function splitRows(
  views: usize,
  validity: usize,
  n: i32,
  separator: usize,
  length: usize,
  lists: usize,
  parts: usize,
): f64 {
  let total: u64 = 0
  for (let i = 0; i < n; i++) {
    const first = total
    if (!isNullRow(validity, i)) {
      const view = views + (<usize>i << 3)
      let start = <usize>load<u32>(view)
      const end = start + load<u32>(view, 4)
      let at: usize
      do {
        at = findText(start, end, separator, length)
        if (parts != 0) storeView(parts, <i32>total, start, (at == 0 ? end : at) - start)
        total++
        start = at + length
      } while (at != 0)
    }
    store<u32>(lists + (<usize>i << 3), <u32>first)
    store<u32>(lists + (<usize>i << 3), <u32>(total - first), 4)
  }
  return <f64>total
}
