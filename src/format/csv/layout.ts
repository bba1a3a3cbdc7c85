/** What must be known to read a CSV file: plain data, made by the sniffer (sniff.ts) from the file and what the user says. */
import type { DataType } from '../../core/types.ts'

export interface CsvDialect {
  /** One byte of ASCII. */
  readonly delimiter: string
  /** One byte of ASCII, or empty: no field is quoted. */
  readonly quote: string
  /** Before a quote within quotes; the quote itself, unless a file does otherwise. Empty as the quote is. */
  readonly escape: string
  /** Lines that begin with it are none; one byte of ASCII, or empty. */
  readonly comment: string
}

export interface TextColumn {
  readonly name: string
  readonly type: DataType
}

/** How texts become values. */
export interface TextValues {
  /** Patterns of strptime for dates and timestamps; ISO 8601 when absent. */
  readonly dateFormat?: string
  readonly timestampFormat?: string
  /** Of timestamps with time zone whose text has none: an IANA name. */
  readonly timeZone: string
}

export type TextCompression = 'none' | 'gzip' | 'zstd'

export interface CsvLayout {
  readonly kind: 'csv'
  readonly dialect: CsvDialect
  /** All columns of the file, in its order. */
  readonly columns: readonly TextColumn[]
  /** Lines before the header, or the first row. */
  readonly skip: number
  readonly hasHeader: boolean
  /** What the header must say, as in the first file of several; absent: anything. */
  readonly headerNames?: readonly string[]
  /** Texts that are NULL. */
  readonly nulls: readonly string[]
  /** So are they in quotes, in columns of text. In columns of other types they always are. */
  readonly quotedNulls: boolean
  /** Rows that have too few fields get NULLs. */
  readonly padsRows: boolean
  /** Rows that do not fit, in number of fields or in the type of one, are left out. */
  readonly dropsRows: boolean
  /** Bytes of a row at most. */
  readonly rowBytesMax: number
  readonly values: TextValues
  readonly compression: TextCompression
}
