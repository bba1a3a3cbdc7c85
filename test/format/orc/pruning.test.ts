/** What statistics, the row index and Bloom filters let a reader leave out: never rows that match, and nearly all that do not. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { BIGINT, BOOLEAN, type DataType, VARCHAR } from '../../../src/core/types.ts'
import type { LiteralValue } from '../../../src/core/value.ts'
import { type Expr, call, input, literal } from '../../../src/expr/expr.ts'
import { orcFormat } from '../../../src/format/orc/index.ts'
import { createTestEngine, openFile, readWhole, targetOf } from '../parquet/read-file.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/orc', import.meta.url))
const engine = createTestEngine()
const PATH = join(FOLDER, 'bloom', 'part-0.orc')

function compare(name: string, index: number, type: DataType, value: LiteralValue): Expr {
  return call(name, [input(index, type), literal(value, type)], BOOLEAN)
}

describe('a file with a row index every 500 rows', () => {
  const { fields, columns } = readWhole(engine, openFile(PATH), undefined, orcFormat)
  const file = orcFormat.open(openFile(PATH), engine)
  const bound = file.bind(fields.map(targetOf))
  const at = (name: string): number => fields.findIndex((field) => field.name === name)

  function rangesOf(predicate: Expr): { start: number; end: number }[] {
    const reader = bound.openRowGroup(0)
    try {
      return [...reader.candidateRanges(predicate)]
    } finally {
      reader.close()
    }
  }

  test('one group is left for a key', () => {
    expect(fields[at('id')]!.type).toEqual(BIGINT)
    const predicate = compare('eq', at('id'), BIGINT, 4321n)
    expect(bound.mightMatch(0, predicate)).toBe(true)
    expect(rangesOf(predicate)).toEqual([{ start: 4000, end: 4500 }])
    expect(bound.mightMatch(0, compare('eq', at('id'), BIGINT, 6000n))).toBe(false)
  })

  test('Bloom filters leave out groups that bounds keep', () => {
    expect(rangesOf(compare('eq', at('lowcard'), VARCHAR, 'grade-99'))).toEqual([])
  })

  test('no row that matches is ever left out', () => {
    for (const { name, type } of fields) {
      const column = at(name)
      if (type.kind !== 'bigint' && type.kind !== 'integer' && type.kind !== 'varchar') continue
      for (const row of [0, 1, 499, 500, 777, 2999, 5999]) {
        const value = columns[column]![row]
        if (value === null || value === undefined) continue
        const wanted = type.kind === 'bigint' ? BigInt(String(value)) : (value as LiteralValue)
        for (const operator of ['eq', 'le', 'ge']) {
          const ranges = rangesOf(compare(operator, column, type, wanted))
          expect(
            ranges.some(({ start, end }) => start <= row && row < end),
            `${name} ${operator} row ${row}`,
          ).toBe(true)
        }
      }
    }
  })

  test('a point look-up reads little', () => {
    const counted = openFile(PATH)
    const open = orcFormat.open(counted, engine)
    const reader = open.bind(fields.map(targetOf)).openRowGroup(0)
    const [range] = reader.candidateRanges(compare('eq', at('id'), BIGINT, 4321n))
    reader.prefetch([at('id')], [range!])
    expect(counted.counts.bytes).toBeLessThan(80_000)
    reader.close()
  })
})

test('Bloom filters of the Java writer hold every value', () => {
  const path = join(FOLDER, 'java_zlib', 'part-0.orc')
  const { fields, columns } = readWhole(engine, openFile(path), undefined, orcFormat)
  const bound = orcFormat.open(openFile(path), engine).bind(fields.map(targetOf))
  for (const name of ['id', 's']) {
    const column = fields.findIndex((field) => field.name === name)
    const { type } = fields[column]!
    for (const [row, value] of columns[column]!.entries()) {
      if (value === null || row % 97 !== 0) continue
      const reader = bound.openRowGroup(0)
      const wanted = type.kind === 'bigint' ? BigInt(String(value)) : (value as LiteralValue)
      const ranges = reader.candidateRanges(compare('eq', column, type, wanted))
      reader.close()
      expect(ranges.some(({ start, end }) => start <= row && row < end)).toBe(true)
    }
  }
})
