/** What is found out from the beginning of CSV files. */
import { describe, expect, test } from 'vitest'
import { INTEGER, VARCHAR, typeName } from '../../../src/core/types.ts'
import type { CsvOptions } from '../../../src/format/csv/options.ts'
import { sniffCsv } from '../../../src/format/csv/sniff.ts'

function sniff(text: string, options: CsvOptions = {}): string {
  const { layout } = sniffCsv({ text, isWhole: true }, options)
  const { delimiter, quote } = layout.dialect
  const columns = layout.columns.map(({ name, type }) => `${name} ${typeName(type)}`)
  return `${delimiter}${quote} ${layout.hasHeader ? 'header' : 'rows'}: ${columns.join(', ')}`
}

describe('dialect', () => {
  test.each([
    ['a,b\n1,2\n', '," header: a bigint, b bigint'],
    ['a;b\n1;2,5\n3;4,5\n', ';" header: a bigint, b varchar'],
    ["a|b\n'x|y'|2\n", `|' header: a varchar, b bigint`],
    ['a\tb\r\n1\t"x\ty"\r\n', '\t" header: a bigint, b varchar'],
    ['1,2\n3,4\n', '," rows: column0 bigint, column1 bigint'],
    ['a,"b,c"\n1,"2\n3"\n', '," header: a bigint, b,c varchar'],
    ['x\n\ny\n', '," header: x varchar'],
    ['', '," rows: column0 null'],
    ['a,b\n', '," header: a null, b null'],
    ['a,b\n1,2\n1,2,3\n1,2\n', '," header: a bigint, b bigint'],
  ])('%j', (text, expected) => expect(sniff(text)).toBe(expected))

  test('what is said is not guessed', () => {
    expect(sniff('a;b,c\n1;2,3\n', { delimiter: ';' })).toBe(';" header: a bigint, b,c varchar')
    expect(sniff('a,b\nx,y\n', { header: false })).toBe('," rows: column0 varchar, column1 varchar')
    expect(sniff('a,b\n1,2\n', { names: ['q'] })).toBe('," header: q bigint, b bigint')
    expect(sniff('a,b\n1,2\n', { types: new Map([['B', VARCHAR]]) })).toBe('," header: a bigint, b varchar')
    expect(sniff('a,b\n1,2\n', { types: [INTEGER] })).toBe('," header: a integer, b bigint')
    expect(sniff('a,b\n1,2\n', { allText: true })).toBe('," header: a varchar, b varchar')
    expect(
      sniff('a,b\n1,2\n', {
        columns: [
          { name: 'x', type: INTEGER },
          { name: 'y', type: INTEGER },
        ],
      }),
    ).toBe('," header: x integer, y integer')
    expect(() => sniff('a,b\n1,2\n', { types: new Map([['c', VARCHAR]]) })).toThrow(
      'column "c" does not exist in the file',
    )
  })

  test('names that occur twice or not at all are made up', () => {
    expect(sniff('a,A,,a\n1,2,3,4\n')).toBe('," header: a bigint, A_1 bigint, column2 bigint, a_2 bigint')
  })
})

describe('types', () => {
  test.each([
    ['1\n-2\n', 'bigint'],
    ['9223372036854775807\n', 'bigint'],
    ['9223372036854775808\n', 'decimal(38,0)'],
    ['1\n2.5\n', 'double precision'],
    ['1e5\nnan\n-inf\n', 'double precision'],
    ['+5\n', 'varchar'],
    ['t\nFALSE\n', 'boolean'],
    ['2024-02-29\n', 'date'],
    ['2023-02-29\n', 'varchar'],
    ['2024-02-29\n2024-02-29 10:11\n', 'timestamp'],
    ['2024-02-29T10:11:12.5Z\n', 'timestamp with time zone'],
    ['10:11:12\n', 'time'],
    ['01/02/2020\n', 'varchar'],
    ['{"a":1}\n', 'varchar'],
  ])('%j', (text, expected) => {
    expect(sniff(text, { header: false, delimiter: '\t', names: ['c'] })).toBe(`\t" rows: c ${expected}`)
  })

  test('by a format that is given', () => {
    const options = { header: false, names: ['c'], dateFormat: '%d/%m/%Y', timestampFormat: '%d/%m/%Y %H:%M' }
    expect(sniff('31/12/2020\n', options)).toBe('," rows: c date')
    expect(sniff('31/12/2020 23:59\n', options)).toBe('," rows: c timestamp')
    expect(sniff('12/31/2020\n', options)).toBe('," rows: c varchar')
  })
})
