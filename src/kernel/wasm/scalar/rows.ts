// What the kernels of this module say of a row.

// @ts-ignore: decorator
@inline
export function isNullRow(validity: usize, i: i32): bool {
  return validity != 0 && load<u8>(validity + <usize>i) == 0
}

/** Leaves row `i` to others; how many are left so. */
// @ts-ignore: decorator
@inline
export function leave(slow: usize, left: i32, i: i32): i32 {
  store<u32>(slow + (<usize>left << 2), i)
  return left + 1
}
