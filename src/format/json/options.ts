/** What a user may say of JSON files; what is not said is found out from their beginning. */
import type { TextColumn, TextCompression } from '../csv/layout.ts'
import type { JsonLayout } from './layout.ts'

export interface JsonOptions {
  readonly form?: JsonLayout['form']
  /** Whether values are objects whose members are columns. */
  readonly isRecords?: boolean
  /** All columns with their types: nothing is guessed. */
  readonly columns?: readonly TextColumn[]
  /** Values as they are, in one column of JSON. */
  readonly asText?: boolean
  readonly dropsRows?: boolean
  /** Values that types are guessed from; Infinity: all. */
  readonly sampleRows?: number
  /** Levels of objects and arrays that become types of their own; what is below is JSON. */
  readonly depthMax?: number
  readonly rowBytesMax?: number
  readonly dateFormat?: string
  readonly timestampFormat?: string
  readonly compression?: TextCompression
  readonly timeZone?: string
}
