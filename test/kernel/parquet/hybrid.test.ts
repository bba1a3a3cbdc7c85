/** The RLE / bit-packed hybrid against a writer and a reader in TypeScript, for every width and any way of cutting the reads. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTestEngine } from '../../format/parquet/read-file.ts'

const { memory, kernels } = createTestEngine(64 << 20)
const { parquet } = kernels
const BASE = 4 << 20
const STATE = BASE
const INPUT = BASE + 1024
const OUTPUT = BASE + (8 << 20)

type Run = { readonly kind: 'run'; readonly count: number; readonly value: number }
type Packed = { readonly kind: 'packed'; readonly values: readonly number[] }

function encode(runs: readonly (Run | Packed)[], width: number): { bytes: Uint8Array; values: number[] } {
  const bytes: number[] = []
  const values: number[] = []
  const varint = (value: number): void => {
    for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128)
    bytes.push(value)
  }
  for (const run of runs) {
    if (run.kind === 'run') {
      varint(run.count * 2)
      for (let i = 0; i < Math.ceil(width / 8); i++) bytes.push(Math.floor(run.value / 256 ** i) % 256)
      for (let i = 0; i < run.count; i++) values.push(run.value)
    } else {
      const groups = Math.ceil(run.values.length / 8)
      varint(groups * 2 + 1)
      let bits = 0n
      const padded = [...run.values, ...Array.from({ length: groups * 8 - run.values.length }, () => 0)]
      for (const [i, value] of padded.entries()) bits |= BigInt(value) << BigInt(i * width)
      for (let i = 0; i < groups * width; i++) bytes.push(Number((bits >> BigInt(i * 8)) & 255n))
      values.push(...padded)
    }
  }
  return { bytes: Uint8Array.from(bytes), values }
}

function runsOf(width: number): fc.Arbitrary<(Run | Packed)[]> {
  const value = fc.integer({ min: 0, max: 2 ** width - 1 })
  return fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant('run' as const),
        count: fc.integer({ min: 0, max: 300 }),
        value,
      }),
      fc.record({
        kind: fc.constant('packed' as const),
        values: fc.array(value, { minLength: 1, maxLength: 90 }),
      }),
    ),
    { maxLength: 8 },
  )
}

function start(bytes: Uint8Array, width: number): void {
  // Rubbish behind the end must not matter.
  memory.u8.fill(0xff, INPUT, INPUT + bytes.length + 64)
  memory.u8.set(bytes, INPUT)
  expect(parquet.hybridInit(STATE, INPUT, INPUT + bytes.length, width)).toBe(0)
}

describe.each(Array.from({ length: 33 }, (_, width) => width))('width %i', (width) => {
  const cuts = fc.array(fc.record({ n: fc.integer({ min: 1, max: 70 }), skip: fc.boolean() }), {
    minLength: 1,
    maxLength: 30,
  })

  test('reads what was written, in pieces', () => {
    fc.assert(
      fc.property(runsOf(width), cuts, (runs, pieces) => {
        const { bytes, values } = encode(runs, width)
        start(bytes, width)
        let at = 0
        for (const { n, skip } of pieces) {
          const count = Math.min(n, values.length - at)
          if (count === 0) break
          if (skip) expect(parquet.hybridSkip(STATE, count)).toBe(0)
          else {
            expect(parquet.hybridRead(STATE, count, OUTPUT)).toBe(0)
            expect(Array.from(memory.u32.slice(OUTPUT >>> 2, (OUTPUT >>> 2) + count))).toEqual(
              values.slice(at, at + count),
            )
          }
          at += count
        }
      }),
      { seed: 3, numRuns: 60 },
    )
  })

  test('bytes agree with words', () => {
    if (width > 8) return
    fc.assert(
      fc.property(runsOf(width), (runs) => {
        const { bytes, values } = encode(runs, width)
        start(bytes, width)
        expect(parquet.hybridReadBytes(STATE, values.length, OUTPUT, 255)).toBe(0)
        expect(Array.from(memory.u8.slice(OUTPUT, OUTPUT + values.length))).toEqual(values)
      }),
      { seed: 4, numRuns: 40 },
    )
  })
})

test('a stream that is too short is an error', () => {
  const { bytes, values } = encode([{ kind: 'packed', values: [1, 2, 3, 4, 5, 6, 7, 0] }], 3)
  start(bytes, 3)
  expect(parquet.hybridRead(STATE, values.length + 1, OUTPUT)).toBe(-1)
  start(bytes.subarray(0, 2), 3)
  expect(parquet.hybridRead(STATE, values.length, OUTPUT)).toBe(-1)
  expect(parquet.hybridInit(STATE, INPUT, INPUT, 33)).toBe(-2)
})

test('levels above their greatest are an error', () => {
  const { bytes } = encode([{ kind: 'run', count: 9, value: 3 }], 2)
  start(bytes, 2)
  expect(parquet.hybridReadBytes(STATE, 9, OUTPUT, 2)).toBe(-3)
})

test('codes are below the length of the dictionary', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0xffff_ffff }), { maxLength: 40 }), fc.nat(), (codes, limit) => {
      memory.u32.set(codes, OUTPUT >>> 2)
      const below = codes.every((code) => code < limit)
      expect(Boolean(parquet.codesBelow(OUTPUT, codes.length, limit))).toBe(below)
    }),
    { seed: 5 },
  )
})
