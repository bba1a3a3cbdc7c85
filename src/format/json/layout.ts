/** What must be known to read a JSON file: plain data. */
import type { TextColumn, TextCompression, TextValues } from '../csv/layout.ts'

export interface JsonLayout {
  readonly kind: 'json'
  /** `lines`: a value a line; `array`: the elements of one array; `stream`: values one after another, over as many lines as they like. */
  readonly form: 'lines' | 'array' | 'stream'
  /** The columns that are read of each object; with `isPlain`, the one column that a value is. */
  readonly columns: readonly TextColumn[]
  /** Values are not objects whose members are columns: each is a value of the one column. */
  readonly isPlain: boolean
  /** Values that are malformed or do not fit are left out. */
  readonly dropsRows: boolean
  /** Bytes of a value at most. */
  readonly rowBytesMax: number
  readonly values: TextValues
  readonly compression: TextCompression
}
