// Where a text has another one.
import { isNullRow } from '../row-state'
import { characters, findText, sameText, viewOf } from './rows'

/** strpos: where the part begins, in characters counted from 1; 0 if nowhere. */
export function findRows(
  views: usize,
  viewStep: i32,
  parts: usize,
  partStep: i32,
  validity: usize,
  n: i32,
  out: usize,
): void {
  for (let i = 0; i < n; i++) {
    let place = 0
    if (!isNullRow(validity, i)) {
      const view = viewOf(views, viewStep, i)
      const start = <usize>load<u32>(view)
      const part = viewOf(parts, partStep, i)
      const length = load<u32>(part, 4)
      if (length == 0) place = 1
      else {
        const at = findText(start, start + load<u32>(view, 4), load<u32>(part), length)
        if (at != 0) place = characters(start, at) + 1
      }
    }
    store<i32>(out + (<usize>i << 2), place)
  }
}

/** Whether the text has the part at its start (`where` 1), its end (2) or anywhere (0). */
export function hasPartRows(
  where: i32,
  views: usize,
  viewStep: i32,
  parts: usize,
  partStep: i32,
  validity: usize,
  n: i32,
  out: usize,
): void {
  for (let i = 0; i < n; i++) {
    let has = false
    if (!isNullRow(validity, i)) {
      const view = viewOf(views, viewStep, i)
      const start = <usize>load<u32>(view)
      const size = <usize>load<u32>(view, 4)
      const part = viewOf(parts, partStep, i)
      const needle = <usize>load<u32>(part)
      const length = <usize>load<u32>(part, 4)
      if (length == 0) has = true
      else if (where == 0) has = findText(start, start + size, needle, length) != 0
      else has = length <= size && sameText(where == 1 ? start : start + size - length, needle, length)
    }
    store<u8>(out + <usize>i, <u8>has)
  }
}
