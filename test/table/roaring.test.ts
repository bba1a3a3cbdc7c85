import { expect, test } from 'vitest'
import { readRoaring32, readRoaring64 } from '../../src/table/roaring.ts'

/** A 32-bit bitmap of containers with one run each: all their rows from `first` on. */
function runs(containers: number, first: number): Uint8Array {
  const flags = (containers + 7) >> 3
  const header = 4 + flags
  const offsets = containers >= 4 ? containers * 4 : 0
  const bytes = Buffer.alloc(header + containers * 4 + offsets + containers * 6)
  bytes.writeUInt32LE((12_347 | ((containers - 1) << 16)) >>> 0)
  bytes.fill(0xff, 4, header)
  for (let i = 0; i < containers; i++) {
    bytes.writeUInt16LE(i, header + i * 4)
    bytes.writeUInt16LE(0xffff - first, header + i * 4 + 2)
    const at = header + containers * 4 + offsets + i * 6
    bytes.writeUInt16LE(1, at)
    bytes.writeUInt16LE(first, at + 2)
    bytes.writeUInt16LE(0xffff - first, at + 4)
  }
  return bytes
}

function as64(bitmap: Uint8Array): Uint8Array {
  const head = Buffer.alloc(12)
  head.writeBigUInt64LE(1n)
  return Buffer.concat([head, bitmap])
}

test('runs are rows', () => {
  const rows = readRoaring64(as64(runs(5, 65_530)), 'x')
  expect(rows).toHaveLength(30)
  expect([rows[0], rows[6], rows[29]]).toEqual([65_530n, 131_066n, 327_679n])
  expect(readRoaring32(runs(1, 65_534), 'x')).toEqual(BigInt64Array.of(65_534n, 65_535n))
})

test('a few kilobytes that say to hold two thousand million rows take no memory', () => {
  const before = process.resourceUsage().maxRSS
  expect(() => readRoaring32(runs(32_768, 0), 'x')).toThrow('it holds 2147483648 rows')
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(100 << 10)
})
