// Moving values of a fixed width: by row numbers, by dictionary codes, and apart to make room for NULLs.

/** out[i] = values[rows[i]], `width` bytes each. */
export function gather(values: usize, width: i32, rows: usize, count: i32, out: usize): void {
  const n = <usize>count
  if (width == 4) {
    for (let i: usize = 0; i < n; i++) store<u32>(out + (i << 2), load<u32>(values + (<usize>load<u32>(rows + (i << 2)) << 2)))
  } else if (width == 8) {
    for (let i: usize = 0; i < n; i++) store<u64>(out + (i << 3), load<u64>(values + (<usize>load<u32>(rows + (i << 2)) << 3)))
  } else if (width == 1) {
    for (let i: usize = 0; i < n; i++) store<u8>(out + i, load<u8>(values + <usize>load<u32>(rows + (i << 2))))
  } else if (width == 16) {
    for (let i: usize = 0; i < n; i++) v128.store(out + (i << 4), v128.load(values + (<usize>load<u32>(rows + (i << 2)) << 4)))
  } else {
    const size = <usize>width
    for (let i: usize = 0; i < n; i++) memory.copy(out + i * size, values + <usize>load<u32>(rows + (i << 2)) * size, size)
  }
}

/**
 * Moves the values of the valid rows of `n` to their rows: out[row] = values[how many valid rows come before].
 * Rows that are NULL get the value of the next valid one, or what lies behind the last: readable, and a valid code
 * where the values are codes and `values` is followed by zeroes.
 */
export function spread(values: usize, width: i32, validity: usize, n: i32, out: usize): void {
  const count = <usize>n
  let from = values
  if (width == 4) {
    for (let i: usize = 0; i < count; i++) {
      store<u32>(out + (i << 2), load<u32>(from))
      from += <usize>load<u8>(validity + i) << 2
    }
  } else if (width == 8) {
    for (let i: usize = 0; i < count; i++) {
      store<u64>(out + (i << 3), load<u64>(from))
      from += <usize>load<u8>(validity + i) << 3
    }
  } else if (width == 1) {
    for (let i: usize = 0; i < count; i++) {
      store<u8>(out + i, load<u8>(from))
      from += <usize>load<u8>(validity + i)
    }
  } else {
    for (let i: usize = 0; i < count; i++) {
      v128.store(out + (i << 4), v128.load(from))
      from += <usize>load<u8>(validity + i) << 4
    }
  }
}
