/** What a user may say of CSV files; what is not said is found out from their beginning. */
import type { DataType } from '../../core/types.ts'
import type { TextColumn, TextCompression } from './layout.ts'

export interface CsvOptions {
  readonly delimiter?: string
  /** Empty: nothing is quoted. */
  readonly quote?: string
  readonly escape?: string
  readonly comment?: string
  readonly header?: boolean
  /** Lines before the header, or the first row. */
  readonly skip?: number
  /** Texts that are NULL; the empty one when absent. */
  readonly nulls?: readonly string[]
  /** They are NULL in quotes too, in columns of text. */
  readonly quotedNulls?: boolean
  /** All columns with their types: nothing is guessed. */
  readonly columns?: readonly TextColumn[]
  /** Names of the first columns. */
  readonly names?: readonly string[]
  /** Types of columns, by name or from the first on. */
  readonly types?: ReadonlyMap<string, DataType> | readonly DataType[]
  readonly allText?: boolean
  readonly padsRows?: boolean
  readonly dropsRows?: boolean
  /** Rows that types are guessed from; Infinity: all. */
  readonly sampleRows?: number
  readonly rowBytesMax?: number
  readonly dateFormat?: string
  readonly timestampFormat?: string
  /** By the file's name when absent. */
  readonly compression?: TextCompression
  readonly timeZone?: string
}

/** As in DuckDB. */
export const SAMPLE_ROWS = 20_480
export const ROW_BYTES_MAX: number = 16 << 20
