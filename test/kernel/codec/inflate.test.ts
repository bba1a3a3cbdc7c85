/** Inflating a stream piece by piece, against node:zlib. */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { crc32OfBytes } from '../../../src/core/crc32.ts'
import { createTestEngine } from '../../format/parquet/read-file.ts'
import { effort } from '../../effort.ts'

const { memory, kernels } = createTestEngine(64 << 20)
const { codec } = kernels

/** What comes out, or the error. */
function inflate(packed: Uint8Array, pieceBytes: number, roomBytes: number): Uint8Array | number {
  const arena = new Arena(memory, 'test')
  try {
    const state = arena.allocateZeroed(codec.inflateStateBytes())
    const input = arena.allocate(packed.length)
    memory.u8.set(packed, input)
    const out = arena.allocate(4 << 20)
    let [at, to, end] = [input, out, input]
    for (;;) {
      end = Math.min(input + packed.length, Math.max(end, at + pieceBytes))
      const isLast = end === input + packed.length ? 1 : 0
      const outEnd = Math.min(to + roomBytes, out + (4 << 20))
      const result = codec.inflate(state, at, end, out, to, outEnd, isLast)
      const [nextIn, nextOut] = [memory.u32[(state + 24) >>> 2]!, memory.u32[(state + 28) >>> 2]!]
      // Plain comparisons: pieces are of one byte at times.
      if (nextIn > end || nextOut > outEnd) throw new Error(`went on to ${nextIn} of ${end}, ${nextOut} of ${outEnd}`)
      ;[at, to] = [nextIn, nextOut]
      if (result <= 0) return result < 0 ? result : memory.u8.slice(out, to)
      if (result === 1) {
        expect(isLast).toBe(0)
        end += pieceBytes
      }
    }
  } finally {
    arena.free()
  }
}

/** Not `toEqual`, which looks at each byte as a property. */
function expectSame(found: Uint8Array | number, wanted: Uint8Array): void {
  if (typeof found === 'number' || Buffer.compare(found, wanted) !== 0) expect(found).toEqual(wanted)
}

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  fc
    .array(fc.tuple(fc.stringMatching(/^[a-e ]{1,20}$/), fc.integer({ min: 1, max: 400 })), { maxLength: 30 })
    .map((parts) => new Uint8Array(Buffer.from(parts.map(([text, times]) => text.repeat(times)).join('')))),
)
const strategy = fc.constantFrom(
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FIXED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
)

test('gives what was deflated, however input and output are cut', () => {
  fc.assert(
    fc.property(
      bytes,
      fc.integer({ min: 0, max: 9 }),
      strategy,
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 259, max: 5000 }),
      (plain, level, method, pieceBytes, roomBytes) => {
        const packed = deflateRawSync(plain, { level, strategy: method })
        expectSame(inflate(packed, pieceBytes, roomBytes), plain)
      },
    ),
    { seed: 1, numRuns: effort({ quick: 300, whole: 1500 }) },
  )
})

test('damaged streams are errors, or what zlib makes of them', () => {
  fc.assert(
    fc.property(bytes, fc.nat(), fc.nat(255), fc.boolean(), (plain, place, byte, isCut) => {
      const packed = Uint8Array.from(deflateRawSync(plain))
      const at = place % packed.length
      const damaged = isCut ? packed.subarray(0, at) : Uint8Array.from(packed, (b, i) => (i === at ? byte : b))
      let wanted: Uint8Array | undefined
      try {
        wanted = new Uint8Array(inflateRawSync(damaged, { maxOutputLength: 1 << 20 }))
      } catch {
        wanted = undefined
      }
      const found = inflate(damaged, 1 << 20, 1 << 20)
      if (wanted !== undefined) expectSame(found, wanted)
      else if (typeof found !== 'number') expect(found.length).toBeGreaterThan(1 << 19)
    }),
    { seed: 2, numRuns: effort({ quick: 500, whole: 3000 }) },
  )
})

test('crc32 goes on from piece to piece', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (part, place) => {
      const arena = new Arena(memory, 'test')
      const tables = arena.allocate(8192)
      codec.crc32Tables(tables)
      const base = arena.allocate(part.length)
      memory.u8.set(part, base)
      const cut = part.length === 0 ? 0 : place % part.length
      const first = codec.crc32(tables, 0, base, base + cut)
      const whole = codec.crc32(tables, first, base + cut, base + part.length) >>> 0
      expect(whole).toBe(crc32OfBytes(part))
      arena.free()
    }),
    { seed: 3 },
  )
})
