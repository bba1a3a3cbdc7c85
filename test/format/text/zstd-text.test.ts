/** Method: frames that libzstd made (test/fixtures/codec), read in parts of any size; and each with damage. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { memoryUse } from '../../../src/core/memory.ts'
import { ZstdText } from '../../../src/format/text/zstd-text.ts'
import { mutationCount, readMutations, seededBelow } from '../../mutations.ts'
import { bytesFile, createTestEngine } from '../parquet/read-file.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/codec', import.meta.url))
const engine = createTestEngine(64 << 20)
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(join(FOLDER, name)))

const FRAMES = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as {
  readonly file: string
  readonly byteCount: number
  readonly sha256: string
}[]
/** 19,040 bytes whose frame has a window of 1 KiB, a checksum and no length. */
const WINDOW = {
  file: 'window-1k.csv.zst',
  byteCount: 19_040,
  sha256: 'a4e31e2e48e4f4a22758edb0c1534f620a14f402c0d38b51fb4d77b1098d3e65',
}

/** The whole text, asked for in parts of at most `most` bytes. */
function textOf(bytes: Uint8Array, most: number): Buffer {
  const text = new ZstdText(bytesFile(bytes, 'x.zst'), engine)
  const below = seededBelow(most)
  const parts: Uint8Array[] = []
  try {
    for (let start = 0; ;) {
      const part = new Uint8Array(1 + below(most))
      const count = text.copy(part, start)
      parts.push(part.subarray(0, count))
      start += count
      text.release(start)
      if (count < part.length) return Buffer.concat(parts)
    }
  } finally {
    text.close()
    expect(memoryUse(engine.memory).usedBytes).toBe(0)
  }
}

test.each([...FRAMES, WINDOW])('$file', ({ file, byteCount, sha256 }) => {
  for (const most of [700, 50_000, 1 << 20]) {
    const text = textOf(fixture(file), most)
    expect(text).toHaveLength(byteCount)
    expect(createHash('sha256').update(text).digest('hex')).toBe(sha256)
  }
})

test('frames one after another, and those that hold no text', () => {
  const one = fixture(WINDOW.file)
  const other = fixture('text-19-sized.zst')
  const skipped = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3)
  const joined = textOf(Buffer.concat([skipped, one, skipped, other]), 5000)
  expect(joined.equals(Buffer.concat([textOf(one, 5000), textOf(other, 5000)]))).toBe(true)
})

describe('damage', () => {
  test('a frame that ends early', () => {
    expect(() => textOf(fixture(WINDOW.file).subarray(0, 3000), 5000)).toThrow('the file ends early')
  })

  test('another checksum', () => {
    const bytes = fixture(WINDOW.file)
    bytes[bytes.length - 1]! ^= 1
    expect(() => textOf(bytes, 5000)).toThrow('the checksum of the text is wrong')
  })

  test('a window beyond what is read', () => {
    const bytes = fixture(WINDOW.file)
    bytes[5] = 0xf0
    expect(() => textOf(bytes, 5000)).toThrow('zstd with a window of')
  })

  test.each(['window-1k.csv.zst', 'text-1-unsized.zst', 'frames.zst'])('%s, anywhere', async (file) => {
    const original = fixture(file)
    const whole = textOf(original, 1 << 20)
    await readMutations(original, { seed: 3, count: mutationCount(200) }, (bytes) => {
      const text = textOf(bytes, 1 << 20)
      // All frames of these files have a checksum or a length.
      if (file !== 'frames.zst' && text.length > 0) expect(text.equals(whole)).toBe(true)
    })
  })
})
