/** Indexes of data files, written here byte by byte: what they have, what they have not, and damaged ones. */
import { describe, expect, test } from 'vitest'
import { BIGINT, INTEGER, REAL, VARCHAR } from '../../../../src/core/types.ts'
import { readBitmapValues } from '../../../../src/table/paimon/file-index/bitmap-index.ts'
import { type HashedValue, bloomMightHave } from '../../../../src/table/paimon/file-index/bloom-index.ts'
import { parseFileIndex } from '../../../../src/table/paimon/file-index/file-index.ts'
import { mutationCount, readMutations } from '../../../mutations.ts'

const int = (value: number): number[] => [value >> 24, value >> 16, value >> 8, value].map((byte) => byte & 0xff)
const text = (value: string): number[] => [...Buffer.from(value)]
const short = (value: string): number[] => [0, value.length, ...text(value)]
const varchar = (value: string): number[] => [...int(value.length), ...text(value)]

describe('bitmap indexes', () => {
  const first = [1, ...int(4), ...int(2), 1, ...int(-3), ...varchar('a'), ...int(0), ...varchar('bc'), ...int(-1)]
  const blocks = [...int(2), ...varchar('a'), ...int(0), ...int(8), ...varchar('bc'), ...int(-1), ...int(0)]
  const second = [
    2,
    ...int(4),
    ...int(2),
    1,
    ...int(-3),
    ...int(0),
    ...int(1),
    ...varchar('a'),
    ...int(0),
    ...int(99),
    ...blocks,
  ]

  test.each([
    ['1', first],
    ['2', second],
  ])('of version %s have their values', (_, bytes) => {
    expect(readBitmapValues(Uint8Array.from(bytes), VARCHAR, 'f')).toEqual({
      hasNull: true,
      values: new Set(['a', 'bc']),
    })
  })

  test('of numbers', () => {
    const bytes = Uint8Array.from([1, ...int(1), ...int(1), 0, ...int(0), ...int(7), ...int(0)])
    expect(readBitmapValues(bytes, BIGINT, 'f')).toEqual({ hasNull: false, values: new Set(['7']) })
    expect(readBitmapValues(bytes, INTEGER, 'f')!.values).toEqual(new Set(['0']))
  })

  test('of other versions and types say nothing', () => {
    expect(readBitmapValues(Uint8Array.from([3, ...first.slice(1)]), VARCHAR, 'f')).toBeUndefined()
    expect(readBitmapValues(Uint8Array.from(first), REAL, 'f')).toBeUndefined()
  })

  test.each([
    ['1', first],
    ['2', second],
  ])('of version %s that are damaged', async (_, bytes) => {
    await readMutations(Uint8Array.from(bytes), { seed: 3, count: mutationCount(300) }, (damaged) => {
      if (damaged.length > 0) readBitmapValues(damaged, VARCHAR, 'f')
    })
  })
})

describe('Bloom filters', () => {
  /** As the writer sets bits: all of them, but for one that the value has. */
  const without = (value: HashedValue): Uint8Array => {
    const filter = Uint8Array.from([...int(3), ...Array.from({ length: 32 }, () => 0xff)])
    for (let bit = 0; bit < 256; bit++) {
      const one = filter.slice()
      one[4 + (bit >> 3)]! &= ~(1 << (bit & 7))
      if (!bloomMightHave(one, value)) return one
    }
    throw new Error('no bit is tested')
  }

  test.each([[Buffer.from('x')], [5n], [-1n]])('have %s only with all its bits', (value) => {
    const filter = without(value)
    expect(bloomMightHave(filter, value)).toBe(false)
    const others = Array.from({ length: 100 }, (_, i) => bloomMightHave(filter, BigInt(i) * 7919n + 100n))
    expect(others.filter(Boolean).length).toBeGreaterThan(50)
  })

  test('without bits or with impossible numbers say nothing', () => {
    expect(bloomMightHave(Uint8Array.from(int(3)), 5n)).toBe(true)
    expect(bloomMightHave(Uint8Array.from([...int(0), 0, 0]), 5n)).toBe(true)
    expect(bloomMightHave(Uint8Array.from([...int(-5), 0, 0]), 5n)).toBe(true)
  })
})

describe('the file of indexes', () => {
  const magic = [...int(Number(1493475289347502n >> 32n)), ...int(Number(1493475289347502n & 0xffff_ffffn))]
  const head = [
    ...int(1),
    ...short('s'),
    ...int(2),
    ...short('bitmap'),
    ...int(54),
    ...int(2),
    ...short('bsi'),
    ...int(-1),
    ...int(0),
  ]
  const bytes = [...magic, ...int(1), ...int(54), ...head, 1, 2, 3, 4]

  test('has them by column and kind', () => {
    const all = parseFileIndex(Uint8Array.from(bytes), 'f')
    expect([...all.keys()]).toEqual(['s'])
    expect(all.get('s')!.get('bsi')).toBeNull()
    expect(all.get('s')!.get('bitmap')!.length).toBe(2)
  })

  test('of another version has none that are known', () => {
    expect(parseFileIndex(Uint8Array.from([...magic, ...int(2), ...bytes.slice(12)]), 'f').size).toBe(0)
  })

  test('that is damaged', async () => {
    await readMutations(Uint8Array.from(bytes), { seed: 4, count: mutationCount(300) }, (damaged) => {
      parseFileIndex(damaged, 'f')
    })
  })
})
