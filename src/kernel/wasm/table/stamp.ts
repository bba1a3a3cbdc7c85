// Numbers on the rows of a group table: of each key the first number that it was met with.

/** Rows whose word at `offset` is 0 get `stamp`. */
export function stampRows(n: i32, rows: usize, offset: i32, stamp: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const word = <usize>load<u32>(rows + (i << 2)) + offset
    if (load<u32>(word) == 0) store<u32>(word, stamp)
  }
}

/** Of the numbers in `selection` (address 0: all n), those whose row is 0 or has a stamp below `stamp`. Returns the count. */
export function selectBelow(n: i32, selection: usize, rows: usize, offset: i32, stamp: u32, out: usize): i32 {
  let count: usize = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const number = selection == 0 ? <u32>i : load<u32>(selection + (i << 2))
    const row = <usize>load<u32>(rows + (<usize>number << 2))
    store<u32>(out + (count << 2), number)
    count += <usize>(row == 0 || load<u32>(row + offset) < stamp)
  }
  return <i32>count
}

/** Bits of floats as integers, all NaNs alike; -0 differs from 0. */
export function floatBits32(n: i32, data: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const value = load<f32>(data + (i << 2))
    store<u32>(out + (i << 2), value != value ? 0x7fc00000 : reinterpret<u32>(value))
  }
}

export function floatBits64(n: i32, data: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const value = load<f64>(data + (i << 3))
    store<u64>(out + (i << 3), value != value ? 0x7ff8000000000000 : reinterpret<u64>(value))
  }
}
