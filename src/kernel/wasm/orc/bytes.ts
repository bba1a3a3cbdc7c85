// Byte run length encoding, and booleans as its bits.
//
//   run := header h: h >= 0: h + 3 times the one byte that follows     h < 0: -h bytes as they are
//   booleans: the bytes hold eight bits each, the most significant first
//
// A decoder lives in BYTE_STATE_BYTES at `state`:
//   +0 position  +4 bytes left of the run  +8 the run's byte, or -1 for bytes as they are  +12 bits left of the byte  +16 the byte
//
// A stream comes in pieces: a call decodes what the bytes up to `end` hold and returns how many values that were; the position then stands
// at the first byte that is still needed.
//
// Spec: ORC v1, "Byte Run Length Encoding", "Boolean Run Length Encoding".

/** Decodes at most `n` bytes to `out`; 0: passes them over. Returns how many there were. */
export function orcBytes(state: usize, end: usize, n: i32, out: usize): i32 {
  let p = <usize>load<u32>(state)
  let left = load<i32>(state, 4)
  let value = load<i32>(state, 8)
  let done = 0
  while (done < n) {
    if (left == 0) {
      if (p >= end) break
      const header = <i32>load<i8>(p)
      if (header >= 0) {
        if (end - p < 2) break
        left = header + 3
        value = <i32>load<u8>(p, 1)
        p += 2
      } else {
        left = -header
        value = -1
        p += 1
      }
      continue
    }
    let count = min(left, n - done)
    if (value >= 0) {
      if (out != 0) memory.fill(out + <usize>done, <u8>value, <usize>count)
    } else {
      count = <i32>min(<usize>count, end - p)
      if (count == 0) break
      if (out != 0) memory.copy(out + <usize>done, p, <usize>count)
      p += <usize>count
    }
    left -= count
    done += count
  }
  store<u32>(state, <u32>p)
  store<i32>(state, left, 4)
  store<i32>(state, value, 8)
  return done
}

/** Decodes at most `n` booleans to bytes at `out`; 0: passes them over. Returns how many there were. */
export function orcBooleans(state: usize, end: usize, n: i32, out: usize): i32 {
  let done = 0
  let bits = load<i32>(state, 12)
  let byte = <u32>load<u8>(state, 16)
  while (done < n) {
    if (bits == 0) {
      // Whole bytes of a run that is one value: no bit of it need be looked at.
      const run = load<i32>(state, 4)
      const value = load<i32>(state, 8)
      if (run > 0 && (value == 0 || value == 255) && n - done >= 8) {
        const bytes = min(run, (n - done) >> 3)
        if (out != 0) memory.fill(out + <usize>done, <u8>(value & 1), <usize>(bytes << 3))
        store<i32>(state, run - bytes, 4)
        done += bytes << 3
        continue
      }
      if (orcBytes(state, end, 1, state + 16) == 0) break
      byte = <u32>load<u8>(state, 16)
      bits = 8
    }
    const count = min(bits, n - done)
    if (out != 0) {
      for (let i = 0; i < count; i++) store<u8>(out + <usize>(done + i), <u8>((byte >> <u32>(bits - 1 - i)) & 1))
    }
    bits -= count
    done += count
  }
  store<i32>(state, bits, 12)
  return done
}
