// Copies of decompressors. They move 16 bytes at a time and so write up to 31 bytes past their end: the slack behind every
// output is there for that.

// For offsets below 8: which of the bytes before make the next 16, and how many of these are whole repetitions.
// prettier-ignore
const PATTERNS = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1,
  0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0,
  0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0,
  0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1,
])
const STEPS = memory.data<u8>([0, 16, 16, 15, 16, 15, 12, 14])

// @ts-ignore: decorator
@inline export function copyWild(from: usize, to: usize, n: usize): void {
  v128.store(to, v128.load(from))
  if (n > 16) {
    v128.store(to, v128.load(from, 16), 16)
    for (let i: usize = 32; i < n; i += 16) v128.store(to + i, v128.load(from + i))
  }
}

/** Repeats what lies `offset` (1 or more) bytes before `to`: source and target may overlap. */
// @ts-ignore: decorator
@inline export function copyMatch(to: usize, offset: usize, n: usize): void {
  if (offset >= 16) copyWild(to - offset, to, n)
  else copyNear(to, offset, n)
}

/** As `copyMatch`, for offsets below 16. */
export function copyNear(to: usize, offset: usize, n: usize): void {
  const from = to - offset
  if (offset >= 8) {
    for (let i: usize = 0; i < n; i += 8) store<u64>(to + i, load<u64>(from + i))
    return
  }
  const pattern = i8x16.swizzle(v128.load(from), v128.load(PATTERNS + (offset << 4)))
  const step = <usize>load<u8>(STEPS + offset)
  for (let i: usize = 0; i < n; i += step) v128.store(to + i, pattern)
}
