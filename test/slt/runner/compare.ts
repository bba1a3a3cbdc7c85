/** Rows as sqllogictest writes them, and whether two such results are the same. */
import { createHash } from 'node:crypto'
import type { SltQuery, SortMode } from './slt-file.ts'

/** NULL is null. */
export type TextRow = readonly (string | null)[]

/** As it stands in a file: no line breaks, nothing empty. */
export function cellText(value: string | null): string {
  if (value === null) return 'NULL'
  return value === '' ? '(empty)' : value.replaceAll('\n', '\\n').replaceAll('\t', '\\t')
}

/** The lines of a result, a row a line, in the order that the sort mode says. */
export function resultLines(rows: readonly TextRow[], sort: SortMode): readonly string[] {
  if (sort === 'valuesort') return rows.flat().map(cellText).sort()
  const lines = rows.map((row) => row.map(cellText).join('\t'))
  return sort === 'rowsort' ? lines.sort() : lines
}

/** The md5 of sqlite's files: each value and a line feed. */
function hashOf(rows: readonly TextRow[], sort: SortMode): string {
  const ordered =
    sort === 'rowsort'
      ? rows.map((row) => row.map(cellText)).sort((a, b) => (a.join('\t') < b.join('\t') ? -1 : 1))
      : rows.map((row) => row.map(cellText))
  const values = sort === 'valuesort' ? ordered.flat().sort() : ordered.flat()
  const hash = createHash('md5')
  for (const value of values) hash.update(`${value}\n`)
  return `${values.length} values hashing to ${hash.digest('hex')}`
}

/** null: as expected. Else the lines that came. */
export function differs({ expected, sort }: SltQuery, rows: readonly TextRow[]): readonly string[] | null {
  if (expected.length === 1 && / values hashing to /.test(expected[0]!)) {
    const hash = hashOf(rows, sort)
    return hash === expected[0] ? null : [hash]
  }
  const lines = resultLines(rows, sort)
  if (sameLines(lines, expected, sort)) return null
  // A value a line.
  const width = rows[0]?.length ?? 1
  if (width > 1 && expected.length === rows.length * width) {
    const values = sort === 'valuesort' ? lines : lines.flatMap((line) => line.split('\t'))
    if (values.every((value, i) => value === expected[i])) return null
  }
  return lines
}

function sameLines(lines: readonly string[], expected: readonly string[], sort: SortMode): boolean {
  const wanted = sort === 'nosort' ? expected : [...expected].sort()
  return lines.length === wanted.length && lines.every((line, i) => line === wanted[i])
}
