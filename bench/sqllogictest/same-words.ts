/**
 * Results as words: what rows say, not how they are laid out. Numbers are compared with nine digits, booleans however they are written.
 *
 * Suites write NULL, empty texts and the digits of doubles in their own ways, and some only a hash of the values.
 */
import { createHash } from 'node:crypto'
import type { SltQuery } from '../../test/slt/runner/slt-file.ts'

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i

/** A value as it is compared. */
function word(text: string): string {
  if (/^(t|true)$/i.test(text)) return 'true'
  if (/^(f|false)$/i.test(text)) return 'false'
  const number = NUMBER.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(number)) return text
  return number === 0 ? '0' : number.toPrecision(9)
}

/** The words of lines, a row or a value a line, in the order that the sort mode says. */
export function wordsOf(lines: readonly string[], { sort }: Pick<SltQuery, 'sort'>): string {
  const words = lines.map((line) =>
    line
      .trim()
      .split(/\s+/)
      .map((text) => word(text))
      .join(' '),
  )
  if (sort === 'valuesort') return words.join(' ').split(' ').sort().join(' ')
  return (sort === 'nosort' ? words : words.sort()).join(' ')
}

/** A value as SQLite's suite prints it for a column of this letter. */
function hashedText(text: string, letter: string | undefined): string {
  if (text === 'NULL' || text === '(empty)') return text
  if (letter === 'R') return Number(text).toFixed(3)
  if (letter === 'I' && NUMBER.test(text)) return String(Math.trunc(Number(text)))
  return text
}

/** What SQLite's suite records of many values. */
function hashLine(lines: readonly string[], { sort, types }: SltQuery): string {
  const rows = lines.map((line) => line.split('\t').map((text, i) => hashedText(text, types[i])))
  if (sort === 'rowsort') rows.sort((a, b) => compareRows(a, b))
  const values = sort === 'valuesort' ? rows.flat().sort() : rows.flat()
  const hash = createHash('md5')
  for (const value of values) hash.update(`${value}\n`)
  return `${values.length} values hashing to ${hash.digest('hex')}`
}

function compareRows(left: readonly string[], right: readonly string[]): number {
  const at = left.findIndex((value, i) => value !== right[i])
  if (at < 0) return 0
  return left[at]! < right[at]! ? -1 : 1
}

/** Whether lines, cells parted by tabs, are what the record says. */
export function isRecorded(record: SltQuery, lines: readonly string[]): boolean {
  if (record.expected.length === 1 && / values hashing to /.test(record.expected[0]!)) {
    return hashLine(lines, record) === record.expected[0]
  }
  if (wordsOf(lines, record) === wordsOf(record.expected, record)) return true
  if (!record.types.includes('R')) return false
  const rounded = lines.map((line) =>
    line
      .split('\t')
      .map((text, i) => hashedText(text, record.types[i] === 'R' ? 'R' : undefined))
      .join('\t'),
  )
  return wordsOf(rounded, record) === wordsOf(record.expected, record)
}
