/** What an output format is. One format a file in this folder, one line in index.ts. */
import type { SluiceError } from '../../core/errors.ts'
import type { Field } from '../../core/types.ts'
import type { StatementResult } from '../../engine/result.ts'

/** Where a printer writes; `write` waits while the reader is slower than we are. */
export interface Output {
  write(text: string | Uint8Array): Promise<void>
  /** Columns of the terminal, or Infinity. */
  readonly width: number
}

export interface PrintOptions {
  /** Headers and footers off (psql's `\t`). */
  readonly tuplesOnly: boolean
  readonly nullText: string
  /** A line above the table, and lines below it in place of the row count: formats for people have them. */
  readonly title?: string
  readonly footers?: readonly string[]
  /** Of what a commit gave to a query that follows a table: for formats that programs read. */
  readonly offset?: object
}

export interface Printer {
  readonly name: string
  /** Prints a result as its rows arrive: memory stays flat. */
  print(result: StatementResult, output: Output, options: PrintOptions): Promise<void>
  /** Of a query that follows a table, what each commit gives is printed as a result of its own; else as rows of one that does not end. */
  readonly printsCommits?: boolean
  /** For formats in which an error is part of the output; others leave it to standard error. */
  printError?(error: SluiceError, output: Output, sql: string): Promise<void>
}

/** What stands below a table: the footers given, else the count of its rows. */
export function footerOf(rowCount: number, { footers }: PrintOptions): string {
  const lines = footers ?? [`(${rowCount} row${rowCount === 1 ? '' : 's'})`]
  return lines.map((line) => `${line}\n`).join('')
}

const RIGHT_ALIGNED = new Set([
  ...['tinyint', 'smallint', 'integer', 'bigint', 'utinyint', 'usmallint', 'uinteger', 'ubigint'],
  ...['half', 'real', 'double', 'decimal'],
])

export function isRightAligned({ type }: Field): boolean {
  return RIGHT_ALIGNED.has(type.kind)
}
