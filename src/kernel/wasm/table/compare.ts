// Equality of keys in rows. The descriptor (u32 words) says where a row's keys lie:
//   [0] offset of the fixed-width keys  [1] their 8-byte words  [2] offset of the validity bytes  [3] whole validity bytes of keys
//   [4] mask of the last validity byte  [5] number of string keys  [6...] their offsets
// Fixed-width keys are compared by their bytes: unused bytes are zero, floats in normal form, NULLs zero.

/** Equal lengths are given. May read up to 7 bytes past the ends. */
// @ts-ignore: decorator
@inline
export function sameBytes(a: usize, b: usize, length: u32): bool {
  let left = length
  while (left >= 8) {
    if (load<u64>(a) != load<u64>(b)) return false
    a += 8
    b += 8
    left -= 8
  }
  if (left == 0) return true
  return ((load<u64>(a) ^ load<u64>(b)) << (64 - (<u64>left << 3))) == 0
}

export function sameKeys(a: usize, b: usize, descriptor: usize): bool {
  const fixed = <usize>load<u32>(descriptor)
  const words = <usize>load<u32>(descriptor, 4) << 3
  for (let w: usize = 0; w < words; w += 8) {
    if (load<u64>(a + fixed + w) != load<u64>(b + fixed + w)) return false
  }
  const validity = <usize>load<u32>(descriptor, 8)
  const whole = <usize>load<u32>(descriptor, 12)
  for (let i: usize = 0; i < whole; i++) {
    if (load<u8>(a + validity + i) != load<u8>(b + validity + i)) return false
  }
  if ((load<u8>(a + validity + whole) ^ load<u8>(b + validity + whole)) & load<u8>(descriptor, 16)) return false
  const strings = load<u32>(descriptor, 20)
  for (let i: u32 = 0; i < strings; i++) {
    const offset = <usize>load<u32>(descriptor + 24 + (<usize>i << 2))
    const length = load<u32>(a + offset, 4)
    if (length != load<u32>(b + offset, 4)) return false
    if (!sameBytes(<usize>load<u32>(a + offset), <usize>load<u32>(b + offset), length)) return false
  }
  return true
}
