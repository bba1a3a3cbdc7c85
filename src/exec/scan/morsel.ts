/** What a worker reads at a stretch: a row group of a file, or the files of a merge. */
import type { Batch } from '../../core/vector.ts'

export interface Morsel {
  /** The next rows that pass, or null at the end. Valid until the next call. */
  next(): Batch | null
  close(): void
  /** Bytes read from files so far. */
  readonly bytesRead: number
  /** Rows dealt with so far, whether they passed or not. */
  readonly rowsScanned: number
}
