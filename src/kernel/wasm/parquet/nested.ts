// Assembly of nested columns from repetition and definition levels (bytes).
//
// A node of the schema has a slot for each value of its nearest repeated ancestor: the level positions whose repetition level is
// at most that ancestor's (`repetition`) and whose definition level reaches an element of it (`element`). A column
// that is not within a list has a slot a row: repetition 0, element 0.

/**
 * How many of `n` level positions belong to the next `rows` rows, when the position before the first belongs to
 * an earlier row or to the row begun (`begun` rows have begun already): up to the position at which row
 * `rows` (counted from 0) begins.
 */
export function positionsOfRows(repetitions: usize, n: i32, begun: i32, rows: i32): i32 {
  for (let i = 0; i < n; i++) {
    if (load<u8>(repetitions + <usize>i) == 0) {
      if (begun == rows) return i
      begun++
    }
  }
  return n
}

/** How many of `n` bytes are 0. */
export function countZeroes(bytes: usize, n: i32): i32 {
  let total = 0
  let i = 0
  for (; i + 16 <= n; i += 16) {
    total += popcnt<i32>(i8x16.bitmask(i8x16.eq(v128.load(bytes + <usize>i), i8x16.splat(0))))
  }
  for (; i < n; i++) total += <i32>(load<u8>(bytes + <usize>i) == 0)
  return total
}

/** How many of `n` bytes are `value`. */
export function countEqual(bytes: usize, n: i32, value: i32): i32 {
  const wanted = i8x16.splat(<i8>value)
  let total = 0
  let i = 0
  for (; i + 16 <= n; i += 16) {
    total += popcnt<i32>(i8x16.bitmask(i8x16.eq(v128.load(bytes + <usize>i), wanted)))
  }
  for (; i < n; i++) total += <i32>(<i32>load<u8>(bytes + <usize>i) == value)
  return total
}

/**
 * Validity of a node's slots: 1 where the definition level reaches `defined`. `repetitions` 0: no repetition. Returns
 * the number of slots.
 */
export function slotValidity(
  repetitions: usize,
  definitions: usize,
  n: i32,
  repetition: i32,
  element: i32,
  defined: i32,
  out: usize,
): i32 {
  let slots = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const level = <i32>load<u8>(definitions + i)
    store<u8>(out + <usize>slots, <u8>(level >= defined))
    const repeats = repetitions == 0 ? 0 : <i32>load<u8>(repetitions + i)
    slots += <i32>(repeats <= repetition) & <i32>(level >= element)
  }
  return slots
}

/**
 * Slots of a list: views (first child row, count) at `views`, validity at `out`; -1 when an element comes before
 * any list. Children are the positions whose repetition level is at most `childRepetition` and whose definition level reaches
 * `childElement`. Their number goes to `total` (i32). Returns the number of slots.
 */
export function listSlots(
  repetitions: usize,
  definitions: usize,
  n: i32,
  repetition: i32,
  element: i32,
  defined: i32,
  childRepetition: i32,
  childElement: i32,
  views: usize,
  out: usize,
  total: usize,
): i32 {
  let slots = 0
  let children: u32 = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const level = <i32>load<u8>(definitions + i)
    const repeats = <i32>load<u8>(repetitions + i)
    if (repeats <= repetition && level >= element) {
      store<u32>(views + (<usize>slots << 3), children)
      store<u32>(views + (<usize>slots << 3), 0, 4)
      store<u8>(out + <usize>slots, <u8>(level >= defined))
      slots++
    }
    if (repeats <= childRepetition && level >= childElement) {
      if (slots == 0) return -1
      const count = views + (<usize>(slots - 1) << 3) + 4
      store<u32>(count, load<u32>(count) + 1)
      children++
    }
  }
  store<u32>(total, children)
  return slots
}
