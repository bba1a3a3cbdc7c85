/** Sum of the lengths of `n` views; rows whose validity is 0 don't count. */
export function sumLengths(views: usize, validity: usize, n: i32): f64 {
  let sum: u64 = 0
  if (validity == 0) {
    for (let i = 0; i < n; i++) sum += load<u32>(views + (<usize>i << 3), 4)
  } else {
    for (let i = 0; i < n; i++) {
      if (load<u8>(validity + i) != 0) sum += load<u32>(views + (<usize>i << 3), 4)
    }
  }
  return <f64>sum
}

/**
 * Copies the bytes of `n` views one after another to `heap` and writes views of the copies to `out`; NULL rows become empty. Returns
 * the end of the copies. Over-writes up to 16 bytes behind them.
 */
export function copyStrings(views: usize, validity: usize, n: i32, out: usize, heap: usize): usize {
  for (let i = 0; i < n; i++) {
    const at = <usize>i << 3
    let from: usize = load<u32>(views + at)
    let length: usize = load<u32>(views + at, 4)
    if (validity != 0 && load<u8>(validity + i) == 0) length = 0
    store<u32>(out + at, <u32>heap)
    store<u32>(out + at, <u32>length, 4)
    if (length <= 64) {
      // Whole 16-byte pieces: most strings are short, and the slack behind every allocation allows it.
      for (let k: usize = 0; k < length; k += 16) v128.store(heap + k, v128.load(from + k))
    } else {
      memory.copy(heap, from, length)
    }
    heap += length
  }
  return heap
}

/** Moves the addresses of `n` views by `delta` (modulo 2^32). */
export function moveViews(views: usize, n: i32, delta: u32): void {
  for (let i = 0; i < n; i++) {
    const at = views + (<usize>i << 3)
    store<u32>(at, load<u32>(at) + delta)
  }
}
