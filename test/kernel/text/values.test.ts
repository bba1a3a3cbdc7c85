/** The kernels that make values of texts: what they give is what CAST gives, what they leave they may leave. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import {
  BIGINT,
  BOOLEAN,
  DATE,
  type DataType,
  DOUBLE,
  INTEGER,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
  decimal,
} from '../../../src/core/types.ts'
import { valueAt, vectorFromLiterals } from '../../../src/core/vector-values.ts'
import { castValue } from '../../../src/expr/values/cast-value.ts'
import { textColumn } from '../../../src/format/text/text-column.ts'
import { createTestEngine } from '../../format/parquet/read-file.ts'

const { memory, kernels } = createTestEngine(64 << 20)
const SESSION = { nowMicros: 0n, timeZone: 'UTC' }

const digits = fc.stringMatching(/^-?\d{0,20}$/)
const number = fc.oneof(
  digits,
  fc.stringMatching(/^-?\d{0,12}\.\d{0,12}$/),
  fc.stringMatching(/^-?\d{1,4}(\.\d{1,4})?[eE][+-]?\d{1,3}$/),
  fc.double().map(String),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.constantFrom(
    '',
    '-',
    '.',
    '-.',
    '1.',
    '.5',
    ' 1 ',
    '+1',
    'nan',
    'inf',
    '1e',
    '9007199254740993',
    '1_0',
    '0x1',
    '007',
  ),
)
const year = fc.oneof(fc.integer({ min: 0, max: 9999 }), fc.constantFrom(1, 4, 100, 400, 1900, 1970, 2000, 2024, 9999))
const two = fc.integer({ min: 0, max: 62 }).map((n) => String(n).padStart(2, '0'))
const day = fc
  .tuple(year, fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 32 }))
  .map(([y, m, d]) => `${String(y).padStart(4, '0')}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`)
const clock = fc
  .tuple(two, two, fc.option(two), fc.option(fc.stringMatching(/^\.\d{0,8}$/)))
  .map(([h, m, s, f]) => `${h}:${m}${s === null ? '' : `:${s}${f ?? ''}`}`)
const zone = fc.constantFrom('', '', 'Z', '+01', '-05:30', '+0545', '+16', '+1', ' UTC')
const moment = fc
  .tuple(day, fc.constantFrom(' ', 'T', '', 't', '  '), clock, zone)
  .map(([d, between, c, z]) => d + between + c + z)

const CASES: readonly (readonly [DataType, fc.Arbitrary<string>])[] = [
  [BIGINT, number],
  [INTEGER, number],
  [{ kind: 'smallint' }, number],
  [{ kind: 'utinyint' }, number],
  [DOUBLE, number],
  [decimal(9, 2), number],
  [decimal(18, 6), number],
  [BOOLEAN, fc.constantFrom('t', 'f', 'true', 'FALSE', 'True', 'yes', '', 'tru', 'falsy', '1', '0', 'T')],
  [DATE, fc.oneof(day, moment)],
  [TIME, fc.oneof(clock, moment)],
  [TIMESTAMP, fc.oneof(day, moment)],
  [TIMESTAMPTZ, fc.oneof(day, moment)],
]

test.each(CASES)('%j', (type, texts) => {
  fc.assert(
    fc.property(fc.array(fc.option(texts), { minLength: 1, maxLength: 20 }), (rows) => {
      const arena = new Arena(memory, 'test')
      try {
        const { data, validity } = vectorFromLiterals(memory, arena, VARCHAR, rows)
        const bad = new Set<number>()
        const context = { memory, kernels, arena }
        const input = { data, validity, length: rows.length }
        const vector = textColumn(context, input, type, { timeZone: 'UTC' }, (row) => bad.add(row))
        rows.forEach((text, row) => {
          let wanted: unknown = null
          let isBad = false
          try {
            wanted = castValue(text, VARCHAR, type, SESSION)
          } catch {
            isBad = true
          }
          expect(bad.has(row), `${text}`).toBe(isBad)
          expect(valueAt(memory, vector, row), `${text}`).toEqual(wanted)
        })
      } finally {
        arena.free()
      }
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('bytes that are not UTF-8 are found where they are', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 40 }).map((text) => new Uint8Array(Buffer.from(text))),
    fc
      .tuple(fc.string({ unit: 'binary', maxLength: 40 }), fc.nat(), fc.nat(255))
      .map(([text, place, byte]) => Uint8Array.from(Buffer.from(text), (b, i) => (i === place % 40 ? byte : b))),
  )
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const isFine = (part: Uint8Array): boolean => {
    try {
      decoder.decode(part)
      return true
    } catch {
      return false
    }
  }
  fc.assert(
    fc.property(bytes, (part) => {
      const base = 8 << 20
      memory.u8.set(part, base)
      const found = kernels.text.utf8Error(base, base + part.length)
      expect(found >= 0).toBe(!isFine(part))
      if (found >= 0) expect(isFine(part.subarray(0, found))).toBe(true)
    }),
    { seed: 1, numRuns: 3000 },
  )
})
