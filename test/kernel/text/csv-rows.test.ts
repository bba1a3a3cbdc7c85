/** The kernels that find CSV's rows, fields and chunk starts, against the splitting in plain JavaScript. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { VARCHAR } from '../../../src/core/types.ts'
import { readText, vectorFromLiterals } from '../../../src/core/vector-values.ts'
import { storeDialect } from '../../../src/format/csv/kernel-dialect.ts'
import type { CsvDialect } from '../../../src/format/csv/layout.ts'
import { splitRows } from '../../../src/format/csv/split-rows.ts'
import { createTestEngine } from '../../format/parquet/read-file.ts'

const { memory, kernels } = createTestEngine(64 << 20)
const LAST = 1
const PAD = 2
const DROP = 4

const DIALECTS: readonly CsvDialect[] = [
  { delimiter: ',', quote: '"', escape: '"', comment: '' },
  { delimiter: '|', quote: "'", escape: '\\', comment: '' },
  { delimiter: ',', quote: '', escape: '', comment: '' },
  { delimiter: ' ', quote: '"', escape: '"', comment: '#' },
  { delimiter: ',', quote: '"', escape: '"', comment: '#' },
]

/** Texts in which everything that means something is frequent. */
const text = fc
  .array(
    fc.constantFrom(
      ',',
      ',',
      '|',
      '"',
      '""',
      "'",
      '\\',
      '\n',
      '\n',
      '\r\n',
      '\r',
      ' ',
      '#',
      'ab',
      'long enough to fill it',
    ),
    {
      maxLength: 40,
    },
  )
  .map((parts) => parts.join(''))

interface Found {
  readonly rows: (string | null)[][]
  readonly next: number
  readonly error: number
  readonly dropped: number
}

function find(csv: string, dialect: CsvDialect, columns: number, flags: number, limit = 1 << 20): Found {
  const arena = new Arena(memory, 'test')
  try {
    const base = arena.allocate(csv.length)
    memory.u8.set(Buffer.from(csv, 'latin1'), base)
    // What lies behind the text must not matter.
    memory.u8.fill(0x22, base + csv.length, base + csv.length + 64)
    const kernelDialect = storeDialect(memory, arena, dialect)
    const out = arena.allocate((csv.length + 2) * (columns + 1) * 4)
    const state = arena.allocate(20)
    const { text: k } = kernels
    const count = k.csvRows(base, 0, csv.length, limit, kernelDialect, columns, flags, 1 << 20, out, state)
    const nulls = vectorFromLiterals(memory, arena, VARCHAR, ['<null>'])
    const rows: (string | null)[][] = Array.from({ length: count }, () => [])
    for (let column = 0; column < columns; column++) {
      const views = arena.allocate(count * 8)
      const mask = arena.allocate(count)
      const room = arena.allocate(k.csvEscapedBytes(out, columns, column, count, 0))
      k.csvViews(base, out, columns, column, count, 0, kernelDialect, nulls.data, 1, 1, room, views, mask)
      rows.forEach((row, i) => {
        const at = (views >>> 2) + 2 * i
        row.push(memory.u8[mask + i] === 0 ? null : readText(memory, memory.u32[at]!, memory.u32[at + 1]!))
      })
    }
    const [next, error, , , dropped] = [0, 1, 2, 3, 4].map((word) => memory.i32[(state >>> 2) + word]!)
    return { rows, next: next!, error: error!, dropped: dropped! }
  } finally {
    arena.free()
  }
}

/** What the kernel should find, of rows that all fit or are dropped. */
function expected(csv: string, dialect: CsvDialect, columns: number, pads: boolean): (string | null)[][] {
  const rows: (string | null)[][] = []
  for (const { fields, isBroken } of splitRows(csv, dialect, true)) {
    const isBlank = fields.length === 1 && fields[0]!.text === '' && !fields[0]!.isQuoted
    if (isBroken || (isBlank && columns > 1) || fields.length > columns) continue
    if (fields.length < columns && !pads) continue
    rows.push(Array.from({ length: columns }, (_, i) => fields[i]?.text ?? null))
  }
  return rows
}

test.each(DIALECTS)('rows and fields are those of the splitting: %j', (dialect) => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 4 }), fc.boolean(), (csv, columns, pads) => {
      // A quote that is never closed ends the reading, whatever is to be dropped.
      const unclosed = [...splitRows(csv, dialect, true)].at(-1)
      fc.pre(unclosed === undefined || !unclosed.isBroken)
      const found = find(csv, dialect, columns, LAST | DROP | (pads ? PAD : 0))
      expect(found.error).toBe(0)
      expect(found.rows).toEqual(expected(csv, dialect, columns, pads))
    }),
    { seed: 1, numRuns: 1500 },
  )
})

test.each(DIALECTS)('a text that is cut anywhere has the rows that are whole: %j', (dialect) => {
  fc.assert(
    fc.property(text, fc.nat(), (csv, place) => {
      const cut = csv.slice(0, place % (csv.length + 1))
      const whole = [...splitRows(cut, dialect, false)]
      fc.pre(whole.every(({ isBroken }) => !isBroken))
      const { next, error } = find(cut, dialect, 1, DROP)
      expect(error).toBe(0)
      expect(next).toBeLessThanOrEqual(cut.length)
      // What the kernel leaves is no more than what the splitting leaves, but for comments, which the latter does not tell.
      if (dialect.comment === '') expect(next).toBe(whole.at(-1)?.end ?? 0)
    }),
    { seed: 2, numRuns: 1500 },
  )
})

test.each(DIALECTS)('chunks begin where a reading of all rows has rows begin: %j', (dialect) => {
  fc.assert(
    fc.property(text, fc.nat(), fc.array(fc.integer({ min: 2, max: 30 }), { maxLength: 5 }), (csv, place, pieces) => {
      const rows = [...splitRows(csv, dialect, true)]
      fc.pre(rows.every(({ isBroken }) => !isBroken))
      const target = place % (csv.length + 2)
      const starts = startsOf(csv, dialect)
      const wanted = starts.find((start) => start >= target) ?? -1
      const found = skip(csv, dialect, target, pieces)
      // A row that would begin at the end is none.
      expect(found === csv.length ? -1 : found).toBe(wanted)
    }),
    { seed: 3, numRuns: 3000 },
  )
})

/** Where lines begin that are outside of quotes, comments too: chunks may begin with one. */
function startsOf(csv: string, dialect: CsvDialect): number[] {
  const starts: number[] = []
  let at = 0
  while (at < csv.length) {
    starts.push(at)
    if (dialect.comment !== '' && csv[at] === dialect.comment) {
      const end = csv.slice(at).search(/[\r\n]/)
      if (end < 0) break
      at += end + (csv.startsWith('\r\n', at + end) ? 2 : 1)
      continue
    }
    const [row] = splitRows(csv, dialect, true, at)
    at = row!.end
  }
  return starts
}

/** As ChunkStarts does it: piece by piece, with what lies before a piece as far as it matters. */
function skip(csv: string, dialect: CsvDialect, target: number, pieces: readonly number[]): number {
  const arena = new Arena(memory, 'test')
  try {
    const base = arena.allocate(csv.length)
    memory.u8.set(Buffer.from(csv, 'latin1'), base)
    memory.u8.fill(0x0a, base + csv.length, base + csv.length + 64)
    const kernelDialect = storeDialect(memory, arena, dialect)
    const state = arena.allocate(12)
    let [from, inside, end, n] = [0, 0, 0, 0]
    if (target === 0) return 0
    for (;;) {
      end = Math.min(csv.length, end + (pieces[n++] ?? 1000))
      const isLast = end === csv.length ? 1 : 0
      kernels.text.csvSkip(base, from, end, target, kernelDialect, inside, isLast, state)
      const [at, isFound, isInside] = [0, 1, 2].map((word) => memory.i32[(state >>> 2) + word]!)
      if (isFound === 1) return at!
      if (isLast === 1) return -1
      expect(at).toBeGreaterThanOrEqual(from)
      from = at!
      inside = isInside!
    }
  } finally {
    arena.free()
  }
}

test('rows begin before the limit, also those that end behind it', () => {
  const dialect = DIALECTS[0]!
  expect(find('a,b\nc,d\ne,f\n', dialect, 2, LAST, 5).rows).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ])
  expect(find('a,b\nc,d\ne,f\n', dialect, 2, LAST, 4).rows).toEqual([['a', 'b']])
})

test('errors name what does not fit', () => {
  const dialect = DIALECTS[0]!
  expect(find('a,b\nc\n', dialect, 2, LAST)).toMatchObject({ error: 1, next: 4 })
  expect(find('a,b\nc,d,e\n', dialect, 2, LAST)).toMatchObject({ error: 1, next: 4 })
  expect(find('a,"b"x\n', dialect, 2, LAST)).toMatchObject({ error: 2, next: 0 })
  expect(find('a,"b\n', dialect, 2, LAST)).toMatchObject({ error: 3, next: 0 })
})
