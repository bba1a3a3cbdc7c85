/** Row numbers of the bytes that are not 0. Writes at most `n` u32 to `out`; returns how many. */
export function selectTrue(mask: usize, n: i32, out: usize): i32 {
  let count = 0
  for (let i = 0; i < n; i++) {
    store<u32>(out + (<usize>count << 2), i)
    count += <i32>(load<u8>(mask + i) != 0)
  }
  return count
}
