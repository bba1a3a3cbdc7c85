/** The 22 queries, their answers, and whether an answer is right. */
import { readFileSync } from 'node:fs'

export interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
  /** ORDER BY by output column; complete unless `order_complete` is false. */
  readonly order: readonly { readonly column: number; readonly desc: boolean }[] | null
  readonly order_complete?: boolean
  /** Columns that are averages or ratios: compared with a relative tolerance. */
  readonly approximate?: readonly string[]
}

export const QUERY_NAMES: readonly string[] = Array.from({ length: 22 }, (_, i) => `q${String(i + 1).padStart(2, '0')}`)

/** Relative tolerance of averages and ratios. */
const TOLERANCE = 1e-9

/** The query's text without its semicolon. `folder`: tpch/queries. */
export function readQuery(folder: string, name: string): string {
  return readFileSync(`${folder}/${name}.sql`, 'utf8').trim().replace(/;$/, '')
}

/**
 * Undefined when the rows are the answer, else the first difference. Values are as JSON has them; numbers and their texts are the same.
 * Where rows tie in every ORDER BY column, or there is no ORDER BY, they may come in any order.
 */
export function answerProblem(answer: Answer, rows: readonly (readonly unknown[])[]): string | undefined {
  if (rows.length !== answer.rows.length) return `${rows.length} rows instead of ${answer.rows.length}`
  const keys = (answer.order ?? []).map(({ column }) => column)
  for (const [i, row] of rows.entries()) {
    for (const key of keys) {
      if (!isSame(row[key], answer.rows[i]![key], true))
        return `row ${i} is out of order in column ${answer.columns[key]!.name}`
    }
  }
  const want = sorted(answer.rows)
  const got = sorted(rows)
  for (const [i, row] of got.entries()) {
    for (const [j, { name }] of answer.columns.entries()) {
      const approximate = answer.approximate?.includes(name) === true
      if (!isSame(row[j], want[i]![j], approximate))
        return `${name}: ${String(row[j])} instead of ${String(want[i]![j])}`
    }
  }
  return undefined
}

/** By all values, numbers cut to a few digits so that approximate ones sort alike. */
function sorted(rows: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] {
  const keyed = rows.map((row) => ({
    row,
    key: row.map((v) => (isNumeric(v) ? Number(v).toPrecision(6) : String(v))).join('\0'),
  }))
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row)
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value))
}

function isSame(a: unknown, b: unknown, approximate: boolean): boolean {
  if (a === null || b === null) return a === b
  if (isNumeric(a) && isNumeric(b)) {
    if (trimmed(String(a)) === trimmed(String(b))) return true
    return (
      approximate && Math.abs(Number(a) - Number(b)) <= TOLERANCE * Math.max(Math.abs(Number(a)), Math.abs(Number(b)))
    )
  }
  return String(a) === String(b)
}

/** Exact decimals compare by value: trailing zeroes of the scale do not count. */
function trimmed(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
