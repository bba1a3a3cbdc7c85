// What kernels of several modules say of a row: that it is NULL, or left to others.

/** Leaves row `i` to others; how many are left so. */
// @ts-ignore: decorator
@inline
export function leave(slow: usize, left: i32, i: i32): i32 {
  store<u32>(slow + (<usize>left << 2), i)
  return left + 1
}

// @ts-ignore: decorator
@inline
export function isNullRow(validity: usize, i: i32): bool {
  return validity != 0 && load<u8>(validity + <usize>i) == 0
}
