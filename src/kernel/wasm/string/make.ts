// Texts made of others: their bytes go to `bytes`, one after the other, and the kernels return how many. NULL rows get empty views. Totals are f64: they
// may be beyond 32 bits, and then the caller has no room for them anyway.
import { isNullRow } from '../row-state'
import { findText, copyText, storeView, viewOf, backCharacters, characters, skipCharacters } from './rows'

/** Bytes of all texts together. */
export function textBytes(views: usize, step: i32, validity: usize, n: i32): f64 {
  let total: u64 = 0
  for (let i = 0; i < n; i++) if (!isNullRow(validity, i)) total += load<u32>(viewOf(views, step, i), 4)
  return <f64>total
}

/**
 * The texts of several columns one after the other, NULLs left out, with a separator between two of them. `args`: a block of u32 triples (views, step,
 * validity). `separators` 0: none.
 */
export function joinRows(
  args: usize,
  argCount: i32,
  separators: usize,
  separatorStep: i32,
  validity: usize,
  n: i32,
  bytes: usize,
  out: usize,
): void {
  let next = bytes
  for (let i = 0; i < n; i++) {
    const start = next
    if (!isNullRow(validity, i)) {
      for (let k = 0; k < argCount; k++) {
        const arg = args + <usize>k * 12
        if (isNullRow(load<u32>(arg, 8), i)) continue
        if (separators != 0 && k > 0 && (next != start || hasEarlier(args, k, i))) {
          const separator = viewOf(separators, separatorStep, i)
          copyText(next, load<u32>(separator), load<u32>(separator, 4))
          next += load<u32>(separator, 4)
        }
        const view = viewOf(load<u32>(arg), load<i32>(arg, 4), i)
        const length = <usize>load<u32>(view, 4)
        copyText(next, load<u32>(view), length)
        next += length
      }
    }
    storeView(out, i, start, next - start)
  }
}

/** Whether an argument before `k` has a text in row `i`: empty ones leave no trace in the bytes. */
function hasEarlier(args: usize, k: i32, i: i32): bool {
  for (let j = 0; j < k; j++) if (!isNullRow(load<u32>(args + <usize>j * 12, 8), i)) return true
  return false
}

/**
 * replace(text, from, to). With `bytes` 0 nothing is written and the room is counted; rows in which nothing is replaced keep their view and take none.
 */
export function replaceRows(
  views: usize,
  viewStep: i32,
  validity: usize,
  n: i32,
  froms: usize,
  fromStep: i32,
  tos: usize,
  toStep: i32,
  bytes: usize,
  out: usize,
): f64 {
  let total: u64 = 0
  let next = bytes
  for (let i = 0; i < n; i++) {
    if (isNullRow(validity, i)) {
      if (bytes != 0) storeView(out, i, 0, 0)
      continue
    }
    const view = viewOf(views, viewStep, i)
    const start = <usize>load<u32>(view)
    const end = start + load<u32>(view, 4)
    const fromView = viewOf(froms, fromStep, i)
    const from = <usize>load<u32>(fromView)
    const fromLength = <usize>load<u32>(fromView, 4)
    const toView = viewOf(tos, toStep, i)
    const to = <usize>load<u32>(toView)
    const toLength = <usize>load<u32>(toView, 4)
    let found = fromLength == 0 ? 0 : findText(start, end, from, fromLength)
    if (found == 0) {
      if (bytes != 0) storeView(out, i, start, end - start)
      continue
    }
    const first = next
    let rest = start
    for (; found != 0; found = findText(rest, end, from, fromLength)) {
      if (bytes == 0) total += found - rest + toLength
      else {
        copyText(next, rest, found - rest)
        next += found - rest
        copyText(next, to, toLength)
        next += toLength
      }
      rest = found + fromLength
    }
    if (bytes == 0) total += end - rest
    else {
      copyText(next, rest, end - rest)
      next += end - rest
      storeView(out, i, first, next - first)
    }
  }
  return <f64>total
}

/**
 * lpad and rpad to `length` characters (at least 1). `fill`: that many bytes, the ASCII filler again and again; 0: an empty one. Texts long enough are cut
 * and keep their bytes; the others need room for their bytes and `length` more.
 */
export function padRows(
  views: usize,
  validity: usize,
  n: i32,
  length: i32,
  fill: usize,
  isRight: i32,
  bytes: usize,
  out: usize,
): void {
  let next = bytes
  for (let i = 0; i < n; i++) {
    if (isNullRow(validity, i)) {
      storeView(out, i, 0, 0)
      continue
    }
    const view = views + (<usize>i << 3)
    const start = <usize>load<u32>(view)
    const size = <usize>load<u32>(view, 4)
    const missing = length - characters(start, start + size)
    if (missing <= 0) {
      storeView(out, i, start, skipCharacters(start, start + size, length) - start)
      continue
    }
    if (fill == 0) {
      storeView(out, i, start, size)
      continue
    }
    const first = next
    if (isRight != 0) {
      copyText(next, start, size)
      copyText(next + size, fill, missing)
    } else {
      copyText(next, fill, missing)
      copyText(next + missing, start, size)
    }
    next += size + missing
    storeView(out, i, first, size + missing)
  }
}

/** repeat(text, count); counts below 1 make empty texts. With `bytes` 0 the room is counted. */
export function repeatRows(
  views: usize,
  viewStep: i32,
  validity: usize,
  n: i32,
  counts: usize,
  countStep: i32,
  bytes: usize,
  out: usize,
): f64 {
  let total: u64 = 0
  let next = bytes
  for (let i = 0; i < n; i++) {
    const view = viewOf(views, viewStep, i)
    const size = <usize>load<u32>(view, 4)
    const count = isNullRow(validity, i) ? 0 : load<i32>(counts + (<usize>(i * countStep) << 2))
    if (bytes == 0) {
      if (count > 0) total += <u64>size * count
      continue
    }
    const first = next
    for (let k = 0; k < count && size != 0; k++) {
      copyText(next, load<u32>(view), size)
      next += size
    }
    storeView(out, i, first, next - first)
  }
  return <f64>total
}

/** The characters from last to first, in as many bytes. */
export function reverseRows(views: usize, validity: usize, n: i32, bytes: usize, out: usize): void {
  let next = bytes
  for (let i = 0; i < n; i++) {
    if (isNullRow(validity, i)) {
      storeView(out, i, 0, 0)
      continue
    }
    const view = views + (<usize>i << 3)
    const start = <usize>load<u32>(view)
    const size = <usize>load<u32>(view, 4)
    const first = next
    for (let end = start + size; end > start; ) {
      const at = backCharacters(start, end, 1)
      for (let p = at; p < end; p++) store<u8>(next++, load<u8>(p))
      end = at
    }
    storeView(out, i, first, size)
  }
}

/**
 * translate with ASCII characters: `map` has a byte for each of 0 to 127, the same for those that stay and 0x80 for those that go. Bytes beyond stay.
 */
export function translateRows(views: usize, validity: usize, n: i32, map: usize, bytes: usize, out: usize): void {
  let next = bytes
  for (let i = 0; i < n; i++) {
    const first = next
    if (!isNullRow(validity, i)) {
      const view = views + (<usize>i << 3)
      const start = <usize>load<u32>(view)
      const end = start + load<u32>(view, 4)
      for (let p = start; p < end; p++) {
        const byte = load<u8>(p)
        const other = byte < 0x80 ? load<u8>(map + byte) : byte
        store<u8>(next, other)
        next += byte < 0x80 && other == 0x80 ? 0 : 1
      }
    }
    storeView(out, i, first, next - first)
  }
}
