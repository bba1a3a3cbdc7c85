/** DELTA_BINARY_PACKED against a writer in TypeScript. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTestEngine } from '../../format/parquet/read-file.ts'

const { memory, kernels } = createTestEngine(64 << 20)
const { parquet } = kernels
const A = 4 << 20
const B = 6 << 20

function encode(values: readonly bigint[], blockSize: number, miniblocks: number): Uint8Array {
  const bytes: number[] = []
  const varint = (value: bigint): void => {
    for (; value >= 128n; value >>= 7n) bytes.push(Number(value & 127n) + 128)
    bytes.push(Number(value))
  }
  const zigzag = (value: bigint): void => varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)))
  varint(BigInt(blockSize))
  varint(BigInt(miniblocks))
  varint(BigInt(values.length))
  zigzag(values[0] ?? 0n)
  const deltas = values.slice(1).map((value, i) => BigInt.asIntN(64, value - values[i]!))
  const size = blockSize / miniblocks
  for (let block = 0; block < deltas.length; block += blockSize) {
    const part = deltas.slice(block, block + blockSize)
    const least = part.reduce((a, b) => (a < b ? a : b))
    zigzag(least)
    const rest = part.map((delta) => BigInt.asUintN(64, delta - least))
    const minis = Array.from({ length: miniblocks }, (_, i) => rest.slice(i * size, (i + 1) * size))
    const widths = minis.map((mini) =>
      Math.max(0, ...mini.map((delta) => delta.toString(2).length - (delta === 0n ? 1 : 0))),
    )
    bytes.push(...widths)
    for (const [i, mini] of minis.entries()) {
      if (mini.length === 0) break
      let bits = 0n
      for (const [k, delta] of mini.entries()) bits |= delta << BigInt(k * widths[i]!)
      for (let k = 0; k < (size * widths[i]!) / 8; k++) bytes.push(Number((bits >> BigInt(k * 8)) & 255n))
    }
  }
  return Uint8Array.from(bytes)
}

const layouts = fc.constantFrom([128, 4], [256, 8], [32, 4], [8, 1]) as fc.Arbitrary<[number, number]>

test('INT64: any values, any layout of blocks', () => {
  const numbers = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -50n, max: 50n }))
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 300 }), layouts, (values, [blockSize, miniblocks]) => {
      const bytes = encode(values, blockSize, miniblocks)
      memory.u8.fill(0xff, A, A + bytes.length + 64)
      memory.u8.set(bytes, A)
      expect(parquet.deltaCount(A, A + bytes.length)).toBe(values.length)
      expect(parquet.deltaDecode(A, A + bytes.length, 1, B)).toBe(bytes.length)
      expect(Array.from(memory.i64.slice(B >>> 3, (B >>> 3) + values.length))).toEqual(values)
    }),
    { seed: 1 },
  )
})

test('INT32 wraps around as writers do', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { maxLength: 200 }), layouts, (values, [blockSize, miniblocks]) => {
      const bytes = encode(values.map(BigInt), blockSize, miniblocks)
      memory.u8.set(bytes, A)
      expect(parquet.deltaDecode(A, A + bytes.length, 0, B)).toBe(bytes.length)
      expect(Array.from(memory.i32.slice(B >>> 2, (B >>> 2) + values.length))).toEqual(values)
    }),
    { seed: 2 },
  )
})

test('cut off or nonsensical streams are errors', () => {
  const bytes = encode([1n, 5n, 700n, -3n], 128, 4)
  memory.u8.fill(0, A, A + 512)
  memory.u8.set(bytes, A)
  for (let length = 0; length < 5; length++) expect(parquet.deltaDecode(A, A + length, 1, B)).toBeLessThan(0)
  // No miniblocks.
  memory.u8[A + 2] = 0
  expect(parquet.deltaDecode(A, A + bytes.length, 1, B)).toBe(-2)
})

test('prefixes that are longer than the value before are an error', () => {
  memory.i32.set([0, 4, 2], A >>> 2)
  memory.i32.set([3, 1, 0], (A + 64) >>> 2)
  expect(parquet.prefixedBytes(A, A + 64, 3, 0, 100)).toBe(-2)
  memory.i32.set([0, 3, 2], A >>> 2)
  expect(parquet.prefixedBytes(A, A + 64, 3, 0, 100)).toBe(3 + 4 + 2)
  expect(parquet.prefixedBytes(A, A + 64, 3, 0, 3)).toBe(-1)
})
