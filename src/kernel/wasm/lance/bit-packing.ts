// Bit-packed blocks of 1,024 values in the FastLanes order.
//
// A block of words of T bits has 1024 / T lanes; lane l has the words l, l + lanes, ... and in them the values of its rows 0 .. T - 1, one after the
// other from the lowest bit. Row r of lane l is the value number ORDER[r / 8] * 16 + (r % 8) * 128 + l.
//
// Source: "The FastLanes Compression Layout" (VLDB 2023), section 2.

const ORDER = memory.data<u8>([0, 4, 2, 6, 1, 5, 3, 7])

function unpack<T>(from: usize, width: i32, out: usize): void {
  const bits = <i32>(sizeof<T>() << 3)
  const lanes = 1024 / bits
  const mask = width == bits ? ~(<T>0) : ((<T>1) << <T>width) - <T>1
  for (let row = 0; row < bits; row++) {
    const start = row * width
    const word = start / bits
    const shift = start - word * bits
    const first = <i32>load<u8>(ORDER + <usize>(row >> 3)) * 16 + (row & 7) * 128
    const isSplit = shift + width > bits
    for (let lane = 0; lane < lanes; lane++) {
      const place = from + <usize>(word * lanes + lane) * sizeof<T>()
      let value = load<T>(place) >> <T>shift
      if (isSplit) value |= load<T>(place + <usize>lanes * sizeof<T>()) << <T>(bits - shift)
      store<T>(out + <usize>(first + lane) * sizeof<T>(), value & mask)
    }
  }
}

/** Unpacks 1,024 values of `width` bits, which take `width` * 128 bytes, to values of `bits` (8, 16, 32, 64) bits. `width` is at most `bits`. */
export function lanceUnpack(from: usize, bits: i32, width: i32, out: usize): void {
  if (width == 0) {
    memory.fill(out, 0, <usize>bits << 7)
    return
  }
  if (bits == 8) unpack<u8>(from, width, out)
  else if (bits == 16) unpack<u16>(from, width, out)
  else if (bits == 32) unpack<u32>(from, width, out)
  else unpack<u64>(from, width, out)
}
