// Sums wider than 64 bits, in memory: little-endian u64 words, two's complement.

/** Adds a signed 64-bit value to the 128-bit number at p. */
// @ts-ignore: decorator
@inline
export function add64To128(p: usize, value: i64): void {
  const low = load<u64>(p)
  const sum = low + <u64>value
  store<u64>(p, sum)
  store<i64>(p, load<i64>(p, 8) + (value >> 63) + <i64>(sum < low), 8)
}

/** Adds the 128-bit number (low, high) to the 192-bit number at p. */
// @ts-ignore: decorator
@inline
export function add128To192(p: usize, low: u64, high: i64): void {
  const a = load<u64>(p)
  const sum = a + low
  store<u64>(p, sum)
  const b = load<u64>(p, 8)
  const carried = b + <u64>(sum < a)
  const middle = carried + <u64>high
  store<u64>(p, middle, 8)
  const carry = <i64>(carried < b) + <i64>(middle < carried)
  store<i64>(p, load<i64>(p, 16) + (high >> 63) + carry, 16)
}

/** Adds n-word numbers: the one at `from` to the one at `to`. */
export function addWords(to: usize, from: usize, words: i32): void {
  let carry: u64 = 0
  for (let w: usize = 0; w < <usize>words; w++) {
    const a = load<u64>(to + (w << 3))
    const b = load<u64>(from + (w << 3))
    const partial = a + carry
    const sum = partial + b
    carry = <u64>(partial < a) + <u64>(sum < b)
    store<u64>(to + (w << 3), sum)
  }
}

/** Negates the `words`-word number at p. */
export function negateWords(p: usize, words: i32): void {
  let carry: u64 = 1
  for (let w: usize = 0; w < <usize>words; w++) {
    const value = ~load<u64>(p + (w << 3)) + carry
    carry = <u64>(carry != 0 && value == 0)
    store<u64>(p + (w << 3), value)
  }
}

/** Divides the unsigned number of `words` words at p in place; returns the remainder. The divisor is not 0 and below 2^63. */
export function divideWords(p: usize, words: i32, divisor: u64): u64 {
  let remainder: u64 = 0
  for (let w = words - 1; w >= 0; w--) {
    const at = p + (<usize>w << 3)
    const word = load<u64>(at)
    if (remainder == 0) {
      store<u64>(at, word / divisor)
      remainder = word % divisor
    } else if (divisor >> 32 == 0) {
      const high = (remainder << 32) | (word >> 32)
      const low = ((high % divisor) << 32) | (word & 0xffffffff)
      store<u64>(at, ((high / divisor) << 32) | (low / divisor))
      remainder = low % divisor
    } else {
      let quotient: u64 = 0
      for (let bit = 63; bit >= 0; bit--) {
        remainder = (remainder << 1) | ((word >> <u64>bit) & 1)
        quotient <<= 1
        if (remainder >= divisor) {
          remainder -= divisor
          quotient |= 1
        }
      }
      store<u64>(at, quotient)
    }
  }
  return remainder
}

/** Multiplies the unsigned number of `words` words at p in place by a number below 2^32; returns what overflowed. */
export function multiplyWords(p: usize, words: i32, factor: u64): u64 {
  let carry: u64 = 0
  for (let w: usize = 0; w < <usize>words; w++) {
    const value = load<u64>(p + (w << 3))
    const low = (value & 0xffffffff) * factor + carry
    const high = (value >> 32) * factor + (low >> 32)
    store<u64>(p + (w << 3), (high << 32) | (low & 0xffffffff))
    carry = high >> 32
  }
  return carry
}
