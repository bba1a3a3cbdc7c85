// Lists: views of elements (u32 first, u32 count).
import { isNullRow } from '../row-state'

/**
 * The elements at places (i64, counted from 1; from the end if negative and `fromEnd`; a step of 0 repeats the first): row numbers of the element vector to
 * `selection`, and whether there is one to `found`. Where there is none the row number is 0.
 */
export function elementRows(
  lists: usize,
  validity: usize,
  places: usize,
  step: i32,
  fromEnd: i32,
  n: i32,
  selection: usize,
  found: usize,
): void {
  for (let i = 0; i < n; i++) {
    let row: u32 = 0
    let exists = false
    if (!isNullRow(validity, i)) {
      const list = lists + (<usize>i << 3)
      const count = <i64>load<u32>(list, 4)
      const place = load<i64>(places + (<usize>(i * step) << 3))
      const index = place < 0 && fromEnd != 0 ? count + place : place - 1
      exists = index >= 0 && index < count
      if (exists) row = load<u32>(list) + <u32>index
    }
    store<u32>(selection + (<usize>i << 2), row)
    store<u8>(found + <usize>i, <u8>exists)
  }
}

/** How many elements. */
export function listCounts(lists: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) store<u32>(out + (<usize>i << 2), load<u32>(lists + (<usize>i << 3), 4))
}

/** Whether the mask holds for any element. NULL lists give 0. */
export function anyElement(lists: usize, validity: usize, mask: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    let any: u8 = 0
    if (!isNullRow(validity, i)) {
      const list = lists + (<usize>i << 3)
      const first = mask + load<u32>(list)
      const count = <usize>load<u32>(list, 4)
      for (let k: usize = 0; k < count && any == 0; k++) any = load<u8>(first + k)
    }
    store<u8>(out + <usize>i, any)
  }
}
