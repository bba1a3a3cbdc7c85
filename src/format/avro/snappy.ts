/**
 * Snappy's raw format, as Avro blocks use it: for the few kilobytes of a manifest; data pages go through the kernels.
 *
 *   uncompressed length (varint) | elements: literal (00), copy with 1 (01), 2 (10) or 4 (11) bytes of offset
 *
 * Spec: google/snappy, format_description.txt.
 */
import { DataError } from '../../core/errors.ts'

/** The bytes that `input` was compressed from, at most `bytesMax`; XX001 for damaged input. */
export function snappyDecompress(input: Uint8Array, bytesMax: number): Uint8Array {
  let position = 0
  let length = 0
  for (let shift = 0; ; shift += 7) {
    const byte = input[position++]
    if (byte === undefined || shift > 28) throw damaged('its length is missing')
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  // A copy makes at most 64 bytes of three.
  if (length > bytesMax || length > input.length * 22) throw damaged(`it says to hold ${length} bytes`)
  const output = new Uint8Array(length)
  let written = 0
  while (position < input.length) {
    const tag = input[position++]!
    if ((tag & 3) === 0) {
      let size = tag >> 2
      if (size >= 60) {
        const lengthBytes = size - 59
        size = littleEndian(input, position, lengthBytes)
        position += lengthBytes
      }
      size++
      if (position + size > input.length || written + size > length) throw damaged('a literal is too long')
      output.set(input.subarray(position, position + size), written)
      position += size
      written += size
      continue
    }
    const offsetBytes = [0, 1, 2, 4][tag & 3]!
    const size = offsetBytes === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    const high = offsetBytes === 1 ? (tag >> 5) * 256 : 0
    const offset = high + littleEndian(input, position, offsetBytes)
    position += offsetBytes
    if (offset === 0 || offset > written || written + size > length) throw damaged('a copy is out of range')
    // Byte by byte: the copy may overlap what it writes.
    for (let i = 0; i < size; i++, written++) output[written] = output[written - offset]!
  }
  if (written !== length) throw damaged(`it holds ${written} bytes instead of ${length}`)
  return output
}

function littleEndian(input: Uint8Array, position: number, byteCount: number): number {
  if (position + byteCount > input.length) throw damaged('it ends early')
  let value = 0
  for (let i = byteCount - 1; i >= 0; i--) value = value * 256 + input[position + i]!
  return value
}

function damaged(problem: string): DataError {
  return new DataError('XX001', `damaged snappy block: ${problem}`)
}
