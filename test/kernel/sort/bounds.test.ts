/** Binary search in sorted rows and ranges of them, against their meaning. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { createMemory } from '../../../src/core/memory.ts'
import { createKernels } from '../../../src/kernel/kernels.ts'

const memory = createMemory(64 << 20)
const { sort } = createKernels(memory)
const arena = new Arena(memory, 'test')

const ROW_BYTES = 32
const KEY_OFFSET = 8
/** Row: 8 bytes of header with flags in byte 4, a view, a byte for NULL and eight bytes of the string. */
const VIEW_OFFSET = 24

function putString(text: string): { readonly start: number; readonly length: number } {
  const bytes = new TextEncoder().encode(text)
  const start = arena.allocate(bytes.length + 16)
  memory.u8.set(bytes, start)
  return { start, length: bytes.length }
}

function putKey(at: number, text: string | null): void {
  memory.u8.fill(0, at, at + 16)
  if (text === null) memory.u8[at] = 1
  else memory.u8.set(new TextEncoder().encode(text).subarray(0, 8), at + 1)
}

function putView(at: number, text: string | null): void {
  const { start, length } = putString(text ?? 'rubbish')
  memory.u32[at >>> 2] = start
  memory.u32[(at >>> 2) + 1] = length
}

const word = fc.option(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 11 }), { freq: 5 })
/** NULLs are last. */
const compare = (a: string | null, b: string | null): number =>
  a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -1 : 1

test('countBefore', () => {
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 40 }),
      fc.array(word, { minLength: 1, maxLength: 20 }),
      (unsorted, wanted) => {
        const mark = arena.mark()
        const rows = [...unsorted].sort(compare)
        const sorted = arena.allocate(rows.length * 4 + 4)
        rows.forEach((text, i) => {
          const row = arena.allocateZeroed(ROW_BYTES)
          putKey(row + KEY_OFFSET, text)
          putView(row + VIEW_OFFSET, text)
          memory.u32[(sorted >>> 2) + i] = row
        })
        const keys = arena.allocate(wanted.length * 16)
        const list = arena.allocate(wanted.length * 8)
        wanted.forEach((text, i) => {
          putKey(keys + i * 16, text)
          putView(list + i * 8, text)
        })
        const views = arena.allocate(4)
        memory.u32[views >>> 2] = list
        const descriptor = arena.allocate(20)
        memory.u32.set([1, KEY_OFFSET, 9, VIEW_OFFSET, 0], descriptor >>> 2)
        const valid = arena.allocate(wanted.length)
        wanted.forEach((_, i) => (memory.u8[valid + i] = i % 7 === 6 ? 0 : 1))
        const out = arena.allocate(wanted.length * 4)
        const sortedKeys = arena.allocate(rows.length * 16 + 16)
        rows.forEach((text, i) => putKey(sortedKeys + i * 16, text))
        const floor = arena.allocate(wanted.length * 4)
        wanted.forEach((_, i) => (memory.u32[(floor >>> 2) + i] = (i * 5) % (rows.length + 1)))
        for (const [after, least] of [
          [0, 0],
          [1, 0],
          [0, floor],
          [1, floor],
        ] as const) {
          sort.countBefore(
            wanted.length,
            keys,
            16,
            KEY_OFFSET,
            views,
            valid,
            sorted,
            sortedKeys,
            rows.length,
            descriptor,
            after,
            least,
            out,
          )
          const expected = wanted.map((text, i) => {
            if (i % 7 === 6) return 0
            const before = rows.filter((row) => compare(row, text) < after).length
            return least === 0 ? before : Math.max(before, (i * 5) % (rows.length + 1))
          })
          expect([...memory.u32.subarray(out >>> 2, (out >>> 2) + wanted.length)]).toEqual(expected)
          if (least !== 0) continue
          // Keys that are one string alone: any row agrees with the keys before it.
          const none = arena.allocate(4)
          memory.u32[none >>> 2] = 0
          const nearest = arena.allocate(wanted.length * 4)
          for (const last of [0, 1]) {
            sort.nearestRows(
              wanted.length,
              out,
              keys,
              16,
              KEY_OFFSET,
              views,
              valid,
              sorted,
              sortedKeys,
              rows.length,
              none,
              0,
              last,
              nearest,
            )
            const addresses = wanted.map((_, i) => {
              const place = expected[i]! - last
              const isThere = i % 7 !== 6 && place >= 0 && place < rows.length && rows[place] !== null
              return isThere ? memory.u32[(sorted >>> 2) + place]! : 0
            })
            expect([...memory.u32.subarray(nearest >>> 2, (nearest >>> 2) + wanted.length)]).toEqual(addresses)
          }
        }
        arena.release(mark)
      },
    ),
  )
})

test('expandRanges', () => {
  const range = fc.tuple(fc.nat(20), fc.nat(20))
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), fc.integer({ min: 1, max: 9 }), (ranges, max) => {
      const mark = arena.mark()
      const put = (values: readonly number[]): number => {
        const at = arena.allocate(values.length * 4 + 4)
        memory.u32.set(values, at >>> 2)
        return at
      }
      const sorted = put(Array.from({ length: 21 }, (_, i) => 1000 + i))
      const from = put(ranges.map(([start]) => start))
      const to = put(ranges.map(([, end]) => end))
      const expected = ranges.flatMap(([start, end], i) =>
        Array.from({ length: Math.max(0, end - start) }, (_, k) => [i, 1000 + start + k] as const),
      )
      const state = put([0, 0])
      const [numbers, rows] = [arena.allocate(max * 4), arena.allocate(max * 4)]
      const found: (readonly [number, number])[] = []
      for (let count = max; count === max;) {
        count = sort.expandRanges(ranges.length, from, to, sorted, state, max, numbers, rows)
        for (let i = 0; i < count; i++) found.push([memory.u32[(numbers >>> 2) + i]!, memory.u32[(rows >>> 2) + i]!])
      }
      expect(found).toEqual(expected)
      arena.release(mark)
    }),
  )
})

test('selectFlaggedRows', () => {
  const flags = [0, 1, 3, 2, 1]
  const rows = flags.map((flag) => {
    const row = arena.allocateZeroed(8)
    memory.u8[row + 4] = flag
    return row
  })
  const sorted = arena.allocate(rows.length * 4)
  memory.u32.set(rows, sorted >>> 2)
  const out = arena.allocate(rows.length * 4 + 4)
  for (const wanted of [0, 1]) {
    const count = sort.selectFlaggedRows(rows.length, sorted, 1, wanted, out)
    const expected = rows.filter((_, i) => (flags[i]! & 1) === wanted)
    expect([...memory.u32.subarray(out >>> 2, (out >>> 2) + count)]).toEqual(expected)
  }
})
