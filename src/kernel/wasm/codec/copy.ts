// Copies of decompressors. They move 16 bytes at a time and so write up to 31 bytes past their end: the slack behind every
// output is there for that.

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
  const from = to - offset
  if (offset >= 16) copyWild(from, to, n)
  else if (offset >= 8) for (let i: usize = 0; i < n; i += 8) store<u64>(to + i, load<u64>(from + i))
  else if (offset == 1) memory.fill(to, load<u8>(from), n)
  else for (let i: usize = 0; i < n; i++) store<u8>(to + i, load<u8>(from + i))
}
