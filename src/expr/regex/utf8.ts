/** Characters of UTF-8 bytes, which were checked when they were read or made here. */

/** The code point whose first byte is at `at`. */
export function pointAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return first
  if (first < 0xe0) return ((first & 0x1f) << 6) | (bytes[at + 1]! & 0x3f)
  if (first < 0xf0) return ((first & 0x0f) << 12) | ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f)
  return (
    ((first & 0x07) << 18) | ((bytes[at + 1]! & 0x3f) << 12) | ((bytes[at + 2]! & 0x3f) << 6) | (bytes[at + 3]! & 0x3f)
  )
}

/** Where the character after the one at `at` begins, at most `end`. */
export function nextPlace(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!
  return Math.min(end, at + (first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4))
}

/** Where the character before `at` begins, at least `start`. */
export function previousPlace(bytes: Uint8Array, at: number, start: number): number {
  let place = at - 1
  while (place > start && (bytes[place]! & 0xc0) === 0x80) place--
  return place
}

/** Characters between two places. */
export function countCharacters(bytes: Uint8Array, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) if ((bytes[at]! & 0xc0) !== 0x80) count++
  return count
}
