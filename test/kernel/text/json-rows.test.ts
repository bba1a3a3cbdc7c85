/** The kernel that finds JSON values and members, against JSON.parse. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { VARCHAR } from '../../../src/core/types.ts'
import { readText, vectorFromLiterals } from '../../../src/core/vector-values.ts'
import { createTestEngine } from '../../format/parquet/read-file.ts'

const { memory, kernels } = createTestEngine(64 << 20)
const { text: k } = kernels
const FORMS = { lines: 0, array: 1, stream: 2 } as const
const LAST = 1
const DROP = 2
const PLAIN = 4

interface Found {
  /** By row: the columns as text, and as they are written. */
  readonly rows: (string | null)[][]
  readonly raw: (string | null)[][]
  readonly next: number
  readonly error: number
}

function find(
  json: string,
  options: { form: keyof typeof FORMS; keys?: readonly string[]; flags: number; pieces?: readonly number[] },
): Found {
  const arena = new Arena(memory, 'test')
  try {
    const bytes = Buffer.from(json)
    const base = arena.allocate(bytes.length)
    memory.u8.set(bytes, base)
    // What lies behind must not matter.
    memory.u8.fill(0x22, base + bytes.length, base + bytes.length + 64)
    const names = options.keys ?? ['value']
    const keys = vectorFromLiterals(memory, arena, VARCHAR, names)
    const rowBytes = (names.length + 1) * 8
    const out = arena.allocate((bytes.length + 2) * rowBytes)
    const [state, scratch] = [arena.allocate(24), arena.allocate(4096)]
    memory.i32[state >>> 2] = 0
    let [count, next, error, end] = [0, 0, 0, 0]
    for (const piece of [...(options.pieces ?? []), bytes.length]) {
      end = Math.min(bytes.length, end + piece)
      const isLast = end === bytes.length
      const flags = (options.flags & ~LAST) | (isLast ? options.flags & LAST : 0)
      const place = out + count * rowBytes
      const form = FORMS[options.form]
      count += k.jsonRows(
        base,
        next,
        end,
        1 << 28,
        form,
        flags,
        keys.data,
        names.length,
        1 << 20,
        scratch,
        place,
        state,
      )
      next = memory.i32[(state >>> 2) + 1]!
      error = memory.i32[(state >>> 2) + 2]!
      if (error !== 0 || isLast) break
    }
    const texts = (isRaw: number): (string | null)[][] => {
      const rows: (string | null)[][] = Array.from({ length: count }, () => [])
      names.forEach((_, column) => {
        const [views, mask] = [arena.allocate(count * 8), arena.allocate(count)]
        const room = arena.allocate(k.jsonEscapedBytes(out, names.length, column, count, 0))
        const nulls = k.jsonViews(base, out, names.length, column, count, 0, isRaw, room, views, mask)
        expect(nulls).toBeGreaterThanOrEqual(0)
        rows.forEach((row, i) => {
          const at = (views >>> 2) + 2 * i
          row.push(memory.u8[mask + i] === 0 ? null : readText(memory, memory.u32[at]!, memory.u32[at + 1]!))
        })
      })
      return rows
    }
    return { rows: texts(0), raw: texts(1), next, error }
  } finally {
    arena.free()
  }
}

const ALL = LAST | PLAIN
const value = fc.jsonValue({ maxDepth: 3 })
const spaced = fc.tuple(value, fc.constantFrom(0, 1, 2)).map(([json, indent]) => JSON.stringify(json, null, indent))
const pieces = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 20 })

/** As a text column has it. */
function asText(json: unknown): string | null {
  return json === null ? null : typeof json === 'string' ? json : JSON.stringify(json)
}

test('values of streams and arrays, however they are cut', () => {
  fc.assert(
    fc.property(
      fc.array(spaced, { maxLength: 6 }),
      pieces,
      fc.constantFrom('\n', ' ', '\r\n\t'),
      (texts, cuts, space) => {
        const wanted = texts.map((text) => (JSON.parse(text) === null ? null : text))
        const stream = find(texts.join(space), { form: 'stream', flags: ALL, pieces: cuts })
        expect(stream.error).toBe(0)
        expect(stream.raw.map(([raw]) => raw)).toEqual(wanted)
        const array = `${space}[${space}${texts.join(`${space},`)}${space}]${space}`
        const found = find(array, { form: 'array', flags: ALL, pieces: cuts })
        expect(found.error).toBe(0)
        expect(found.raw.map(([raw]) => raw)).toEqual(wanted)
      },
    ),
    { seed: 1, numRuns: 400 },
  )
})

test('members of objects', () => {
  const keys = ['a', 'b', 'with "quotes"', '\u00e9\n', '']
  const key = fc.oneof(fc.constantFrom(...keys), fc.string({ maxLength: 3 }))
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(key, value), { maxLength: 5 }),
      pieces,
      fc.boolean(),
      (objects, cuts, escapes) => {
        const written = objects.map((object) => JSON.stringify(object))
        const lines = written.map((line) =>
          escapes
            ? line.replaceAll(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
            : line,
        )
        const found = find(lines.join('\n'), { form: 'lines', keys, flags: LAST, pieces: cuts })
        expect(found.error).toBe(0)
        expect(found.rows).toEqual(
          objects
            .map((object) =>
              keys.map((name) => (Object.hasOwn(object, name) ? (asText(object[name]) as unknown) : null)),
            )
            .map((row, i) =>
              row.map((text, c) =>
                typeof text === 'string' && typeof objects[i]![keys[c]!] !== 'string' ? expect.anything() : text,
              ),
            ),
        )
      },
    ),
    { seed: 2, numRuns: 400 },
  )
})

test('what JSON.parse refuses is refused, and nothing else', () => {
  const token = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '\\u00e9',
      '1',
      '-',
      '0',
      '.5',
      'e',
      '+',
      'true',
      'null',
      'nul',
      ' ',
      '\n',
      '\t',
      '\u0001',
    ],
  )
  fc.assert(
    fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
      const text = tokens.join('')
      let isFine = true
      try {
        JSON.parse(text)
      } catch {
        isFine = false
      }
      const found = find(`[${text}]`, { form: 'array', flags: ALL })
      let isArray = true
      try {
        JSON.parse(`[${text}]`)
      } catch {
        isArray = false
      }
      // An escape outside of strings, halves of pairs: JSON.parse takes the latter.
      expect(found.error === 0, text).toBe(isArray)
      if (isFine && !/\n/.test(text.trim())) {
        expect(find(text, { form: 'lines', flags: ALL }).raw.length, text).toBe(1)
      }
    }),
    { seed: 3, numRuns: 3000 },
  )
})

test('lines that are malformed are left out when that is asked for', () => {
  const json = '{"a":1}\n{"a":\n{"a":x} {"a":2}\nnull\n3\n{"a":4} \r\n{"a":1,"a":2}\n{"a":5'
  expect(find(json, { form: 'lines', keys: ['a'], flags: LAST | DROP }).rows).toEqual([['1'], [null], ['4']])
  expect(find(json, { form: 'lines', keys: ['a'], flags: LAST }).error).toBe(5)
})

test('nesting is bounded', () => {
  const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
  expect(find(deep(400), { form: 'stream', flags: ALL }).error).toBe(0)
  expect(find(deep(100_000), { form: 'stream', flags: ALL }).error).toBe(3)
})
