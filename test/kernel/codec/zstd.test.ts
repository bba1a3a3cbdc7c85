/** Zstandard: frames of the reference implementation, and the same damaged. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DataError } from '../../../src/core/errors.ts'
import { decompress } from '../../../src/format/codec.ts'
import { effort } from '../../effort.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/codec', import.meta.url))
const FILES = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as {
  file: string
  byteCount: number
  sha256: string
}[]

const read = (file: string): Uint8Array => new Uint8Array(readFileSync(join(FOLDER, file)))
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

describe.each(FILES)('$file', ({ file, byteCount, sha256: expected }) => {
  const input = read(file)

  test('gives its content, with the length known and without', () => {
    expect(sha256(decompress('zstd', input))).toBe(expected)
    expect(sha256(decompress('zstd', input, byteCount))).toBe(expected)
  })

  test('another length is an error', () => {
    expect(() => decompress('zstd', input, byteCount + 1)).toThrow(DataError)
    if (byteCount > 0) expect(() => decompress('zstd', input, byteCount - 1)).toThrow(DataError)
  })

  test('cut off anywhere, it is an error', () => {
    const frames = file === 'frames.zst' ? 2 : 1
    for (let i = 1; i < 40; i++) {
      const length = Math.floor((input.length * i) / 40)
      // The first of two frames is whole.
      if (frames === 1 || length < input.length / 3) {
        expect(() => decompress('zstd', input.subarray(0, length), byteCount || 1)).toThrow(DataError)
      }
    }
  })
})

/** What is read and written out of bounds would change or crash other tests; content that is wrong is only caught by a checksum. */
test('damage gives an error or bytes of the length asked for', () => {
  const damaged = fc.record({
    file: fc.constantFrom(...FILES.filter(({ byteCount }) => byteCount > 0)),
    changes: fc.array(fc.record({ at: fc.nat(), value: fc.nat(255) }), {
      minLength: 1,
      maxLength: 4,
    }),
  })
  fc.assert(
    fc.property(damaged, ({ file: { file, byteCount, sha256: expected }, changes }) => {
      const input = read(file)
      for (const { at, value } of changes) input[at % Math.min(input.length, 400)] = value
      try {
        const output = decompress('zstd', input, byteCount)
        expect(output.length).toBe(byteCount)
        // A checksum that still stands (damage to its flag takes it away) vouches for the content.
        if (file.includes('unsized') && (input[4]! & 4) !== 0) expect(sha256(output)).toBe(expected)
      } catch (error) {
        if (!(error instanceof DataError)) throw error
      }
    }),
    { seed: 2, numRuns: effort({ quick: 500, whole: 3000 }) },
  )
})

test('a dictionary is refused', () => {
  // Magic, descriptor with a dictionary id of one byte, window, id 7.
  expect(() => decompress('zstd', Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 1, 0x50, 7, 1, 0, 0]), 10)).toThrow(
    'zstd: the compressed data need a dictionary',
  )
})
