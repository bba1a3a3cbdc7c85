// Merging states: state of row from[i] into that of row to[i].
import { compareBytes } from './bytes'
import { addWords } from './wide'

export function mergeCounts(n: i32, from: usize, to: usize, offset: i32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const p = <usize>load<u32>(to + (i << 2)) + offset
    store<i64>(p, load<i64>(p) + load<i64>(<usize>load<u32>(from + (i << 2)) + offset))
  }
}

/** Sums of `words` 64-bit words. */
export function mergeSums(n: i32, from: usize, to: usize, offset: i32, seen: i32, words: i32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const a = <usize>load<u32>(to + (i << 2))
    const b = <usize>load<u32>(from + (i << 2))
    addWords(a + offset, b + offset, words)
    store<u8>(a + seen, load<u8>(a + seen) | load<u8>(b + seen))
  }
}

export function mergeFloatSums(n: i32, from: usize, to: usize, offset: i32, seen: i32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const a = <usize>load<u32>(to + (i << 2))
    const b = <usize>load<u32>(from + (i << 2))
    store<f64>(a + offset, load<f64>(a + offset) + load<f64>(b + offset))
    store<u8>(a + seen, load<u8>(a + seen) | load<u8>(b + seen))
  }
}

/** String extremes: the winner's view is taken over, its bytes stay where they are. */
export function mergeExtremeBytes(n: i32, from: usize, to: usize, offset: i32, seen: i32, kind: i32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const a = <usize>load<u32>(to + (i << 2))
    const b = <usize>load<u32>(from + (i << 2))
    if (load<u8>(b + seen) == 0) continue
    if (load<u8>(a + seen) != 0) {
      if (kind == 2) continue
      const x = b + offset
      const y = a + offset
      const order = compareBytes(load<u32>(x), load<u32>(x, 4), load<u32>(y), load<u32>(y, 4))
      if (kind == 0 ? order >= 0 : order <= 0) continue
    }
    store<u8>(a + seen, 1)
    v128.store(a + offset, v128.load(b + offset))
  }
}

/** Values and seen bytes of states as columns: extremes are merged by the kernels that update them. */
export function gatherSeen(n: i32, rows: usize, seen: i32, out: usize): i32 {
  let missing = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const has = load<u8>(<usize>load<u32>(rows + (i << 2)) + seen) & 1
    store<u8>(out + i, has)
    missing += <i32>(has ^ 1)
  }
  return missing
}
