/**
 * Z85: 4 bytes as 5 printable characters, big-endian base 85.
 *
 * Spec: ZeroMQ RFC 32.
 */
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'

const DIGITS: ReadonlyMap<string, number> = new Map([...ALPHABET].map((character, i) => [character, i]))

/** The bytes of a text of a multiple of 5 characters; undefined for other texts. */
export function decodeZ85(text: string): Uint8Array | undefined {
  if (text.length % 5 !== 0) return undefined
  const bytes = new Uint8Array((text.length / 5) * 4)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < text.length; i += 5) {
    let value = 0
    for (let j = i; j < i + 5; j++) {
      const digit = DIGITS.get(text[j]!)
      if (digit === undefined) return undefined
      value = value * 85 + digit
    }
    if (value > 0xffff_ffff) return undefined
    view.setUint32((i / 5) * 4, value)
  }
  return bytes
}
