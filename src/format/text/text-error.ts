/** Errors in text files, with the line they are in. */
import { DataError, type ErrorDetails, SluiceError, SqlError } from '../../core/errors.ts'
import type { TextSource } from './text-source.ts'

const PIECE_BYTES = 1 << 20

/** The number of the line, from 1, that the byte at `offset` of the text is in: counted only once an error is to be told. */
export function lineAt(text: TextSource, offset: number): number {
  let line = 1
  let wasReturn = false
  for (let start = 0; start < offset;) {
    const bytes = new Uint8Array(Math.min(PIECE_BYTES, offset - start))
    const count = text.copy(bytes, start)
    for (const byte of bytes.subarray(0, count)) {
      // \r\n is one line end.
      if (byte === 10 ? !wasReturn : byte === 13) line++
      wasReturn = byte === 13
    }
    start += count
    text.release(start)
    if (count < bytes.length) break
  }
  return line
}

/** A row that is malformed: 22P04, as COPY says it. */
export function malformedRow(place: string, what: string, details: ErrorDetails = {}): DataError {
  return new DataError('22P04', `${place}: ${what}`, details)
}

/** An error of a value, with where the value is and what may help; other errors as they are. */
export function valueError(place: string, error: unknown, hint: string): unknown {
  if (!(error instanceof SluiceError) || !error.sqlstate.startsWith('22')) return error
  return new SqlError(error.sqlstate, `${place}: ${error.message}`, { hint, cause: error })
}
