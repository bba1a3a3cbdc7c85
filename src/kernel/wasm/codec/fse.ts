// Finite state entropy tables of Zstandard (RFC 8878, section 4.1).
//
// A table has 2^log cells of 8 bytes, one a state:
//   +0 u32 base of the symbol's value   +4 u16 base of the next state   +6 u8 bits of the next state   +7 u8 bits of the value
// For Huffman weights the base is the symbol itself and has no bits.
import { MALFORMED, TRUNCATED } from './errors'
import { NEXT, NORMAL, SPREAD } from './zstd-memory'

/** What `readCounts` found beside the counts. */
export let countsLog: i32 = 0
export let countsSymbols: i32 = 0

/** Reads a distribution to NORMAL (i16 a symbol). Returns how many bytes it takes, or a negative error. */
export function readCounts(work: usize, src: usize, end: usize, symbolMax: i32, logMax: i32): i32 {
  if (src >= end) return TRUNCATED
  const bits = <i32>(end - src) * 8
  const log = <i32>(load<u8>(src) & 15) + 5
  if (log > logMax) return MALFORMED
  let at = 4
  let remaining = 1 << log
  let symbol = 0
  while (remaining > 0) {
    if (symbol > symbolMax || at > bits) return MALFORMED
    const width = 32 - clz<i32>(remaining + 1)
    let value = <i32>(load<u32>(src + <usize>(at >> 3)) >> <u32>(at & 7)) & ((1 << width) - 1)
    const lower = (1 << (width - 1)) - 1
    const threshold = (1 << width) - 1 - (remaining + 1)
    if ((value & lower) < threshold) {
      value &= lower
      at += width - 1
    } else {
      if (value > lower) value -= threshold
      at += width
    }
    const count = value - 1
    remaining -= count < 0 ? 1 : count
    if (remaining < 0) return MALFORMED
    store<i16>(work + NORMAL + (<usize>symbol << 1), <i16>count)
    symbol++
    if (count == 0) {
      // Runs of zeroes: two bits each, 3 goes on.
      let repeat = 3
      while (repeat == 3) {
        if (at > bits) return TRUNCATED
        repeat = <i32>(load<u32>(src + <usize>(at >> 3)) >> <u32>(at & 7)) & 3
        at += 2
        if (symbol + repeat > symbolMax + 1) return MALFORMED
        for (let i = 0; i < repeat; i++) {
          store<i16>(work + NORMAL + (<usize>symbol << 1), 0)
          symbol++
        }
      }
    }
  }
  if (at > bits) return TRUNCATED
  countsLog = log
  countsSymbols = symbol
  return (at + 7) >> 3
}

/**
 * Builds the table of a distribution in NORMAL. `bases` (u32) and `extras` (u8) describe the values of symbols; `bases` 0: the symbol
 * itself; `bases` 1: offset codes, 2^code with `code` bits.
 */
export function buildTable(work: usize, table: usize, log: i32, symbols: i32, bases: usize, extras: usize): i32 {
  const size = 1 << log
  let high = size - 1
  for (let s = 0; s < symbols; s++) {
    const count = <i32>load<i16>(work + NORMAL + (<usize>s << 1))
    if (count == -1) {
      store<u8>(work + SPREAD + <usize>high, <u8>s)
      high--
      store<u16>(work + NEXT + (<usize>s << 1), 1)
    } else store<u16>(work + NEXT + (<usize>s << 1), <u16>count)
  }
  const step = (size >> 1) + (size >> 3) + 3
  const mask = size - 1
  let position = 0
  for (let s = 0; s < symbols; s++) {
    const count = <i32>load<i16>(work + NORMAL + (<usize>s << 1))
    for (let i = 0; i < count; i++) {
      store<u8>(work + SPREAD + <usize>position, <u8>s)
      position = (position + step) & mask
      while (position > high) position = (position + step) & mask
    }
  }
  if (position != 0) return MALFORMED
  for (let state = 0; state < size; state++) {
    const symbol = <usize>load<u8>(work + SPREAD + <usize>state)
    const next = <i32>load<u16>(work + NEXT + (symbol << 1))
    store<u16>(work + NEXT + (symbol << 1), <u16>(next + 1))
    const bits = log - (31 - clz<i32>(next))
    setCell(table + (<usize>state << 3), symbol, (next << bits) - size, bits, bases, extras)
  }
  return 0
}

export function setCell(cell: usize, symbol: usize, next: i32, bits: i32, bases: usize, extras: usize): void {
  let base = <u32>symbol
  let extra: u8 = 0
  if (bases == 1) {
    base = (<u32>1) << <u32>symbol
    extra = <u8>symbol
  } else if (bases != 0) {
    base = load<u32>(bases + (symbol << 2))
    extra = load<u8>(extras + symbol)
  }
  store<u32>(cell, base)
  store<u16>(cell, <u16>next, 4)
  store<u8>(cell, <u8>bits, 6)
  store<u8>(cell, extra, 7)
}
