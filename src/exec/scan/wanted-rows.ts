/**
 * The rows of a file that filters name by number: `_pos IN (3, 5)`, `_row_id = 1000017` where the file's rows inherit their ids.
 *
 * Such rows are read alone: by formats that find a row by its number, or by the pages that hold them.
 */
import type { Expr } from '../../expr/expr.ts'
import { firstAtLeast, namedIntegers } from '../../expr/prune/named-values.ts'
import type { TargetField } from '../../format/format.ts'
import type { ColumnSource } from '../../table/table.ts'

export interface NumberedFile {
  /** Of the scan. */
  readonly columns: readonly ColumnSource[]
  readonly rowCount: number
  /** Whether rows may have values of their own. */
  has(field: TargetField): boolean
}

/** Row numbers, ascending, that all conjuncts allow; null: they name none. */
export function wantedRows(conjuncts: readonly Expr[], file: NumberedFile): Float64Array | null {
  let wanted: Float64Array | null = null
  for (const conjunct of conjuncts) {
    const named = namedIntegers(conjunct)
    const source = named === undefined ? undefined : file.columns[named.input]
    if (named === undefined || source === undefined) continue
    const base = firstNumber(source, file)
    if (base === undefined) continue
    const from = firstAtLeast(named.values, base)
    const to = firstAtLeast(named.values, base + BigInt(file.rowCount))
    const rows = Float64Array.from(named.values.subarray(from, to), (value) => Number(value - base))
    wanted = bothOf(wanted, rows)
  }
  return wanted
}

/** What row 0 has in a column that counts rows; undefined for other columns. */
function firstNumber(source: ColumnSource, file: NumberedFile): bigint | undefined {
  if (source.kind === 'position') return 0n
  if (source.kind === 'counted') return source.values.length === 1 ? source.values[0] : undefined
  if (source.kind !== 'inherited' || !source.addsPosition || file.has(source.field)) return undefined
  return source.value
}

/** What is in both of two ascending lists; null: everything. */
export function bothOf(a: Float64Array | null, b: Float64Array | null): Float64Array | null {
  if (a === null || b === null) return a ?? b
  const [few, many] = a.length < b.length ? [a, b] : [b, a]
  return few.filter((row) => many[firstAtLeast(many, row)] === row)
}

/** The rows of an ascending list that are not in another. */
export function rowsBut(rows: Float64Array, others: Float64Array): Float64Array {
  return rows.filter((row) => others[firstAtLeast(others, row)] !== row)
}
