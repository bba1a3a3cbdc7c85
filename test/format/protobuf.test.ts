import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ProtobufReader } from '../../src/format/protobuf.ts'

function varint(value: bigint): number[] {
  const bytes: number[] = []
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)]
    bytes.push(Number(rest & 127n) | 128)
  }
}

function readerOf(value: bigint): ProtobufReader {
  const reader = new ProtobufReader(Uint8Array.from([8, ...varint(value)]))
  expect(reader.next()).toBe(true)
  return reader
}

it("reads 64-bit numbers: unsigned, of two's complement, zig-zag", () => {
  const edge = fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n)
  fc.assert(
    fc.property(fc.oneof(edge, fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 36n)), (value) => {
      expect(readerOf(value).uint64()).toBe(value)
      expect(readerOf(value).uint32()).toBe(Number(BigInt.asUintN(32, value)))
      expect(readerOf(value).int64()).toBe(BigInt.asIntN(64, value))
      expect(readerOf(value).sint64()).toBe(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)))
    }),
  )
})
