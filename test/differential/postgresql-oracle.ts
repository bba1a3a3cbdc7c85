/** PostgreSQL in WebAssembly, and how its rows and ours are compared. */
import { PGlite } from '@electric-sql/pglite'
import { cellText, type TextRow } from '../slt/runner/compare.ts'

/** Rows as text with their types, or the SQLSTATE that came instead. */
export type Answer =
  | { readonly kind: 'rows'; readonly rows: readonly TextRow[]; readonly types: readonly number[] }
  | { readonly kind: 'error'; readonly sqlstate: string; readonly message: string }

export interface Oracle {
  run(sql: string): Promise<Answer>
  close(): Promise<void>
}

const BOOLEAN = 16
const NUMERIC = 1700
const FLOATS: readonly number[] = [700, 701]

/** Takes seconds: initdb runs. The database has collation C and time zone UTC. */
export async function startOracle(): Promise<Oracle> {
  const database = await PGlite.create()
  await database.exec("SET timezone = 'UTC'")
  const types = await database.query<{ oid: number }>('SELECT oid FROM pg_type')
  // Values stay the text that the server sent.
  const parsers = Object.fromEntries(types.rows.map(({ oid }) => [oid, (value: string) => value]))
  return {
    async run(sql) {
      try {
        const result = await database.query<(string | null)[]>(sql, [], { rowMode: 'array', parsers })
        return { kind: 'rows', rows: result.rows, types: result.fields.map(({ dataTypeID }) => dataTypeID) }
      } catch (error) {
        const { code, message } = error as { code?: string; message: string }
        if (code === undefined) throw error
        return { kind: 'error', sqlstate: code, message }
      }
    },
    close: () => database.close(),
  }
}

/**
 * What docs/postgresql-differences.md says differs is made the same: a decimal of a column has that column's scale, and a quotient of
 * decimals other digits at its end; variances of doubles and their sums differ in the last digits.
 */
function normal(value: string | null, type: number): string {
  if (value === null) return 'NULL'
  if (type === NUMERIC && value.includes('.')) return String(Number(Number(value).toPrecision(14)))
  // The wire's text, not a cast's.
  if (type === BOOLEAN && value.length === 1) return value === 't' ? 'true' : 'false'
  if (FLOATS.includes(type)) return String(Number(Number(value).toPrecision(12)))
  return value
}

/** A row a line, sorted unless the rows have an order. */
export function answerLines(rows: readonly TextRow[], types: readonly number[], ordered: boolean): readonly string[] {
  const lines = rows.map((row) => row.map((value, i) => cellText(normal(value, types[i]!))).join('\t'))
  return ordered ? lines : lines.sort()
}
