import { setTimeout as sleep } from 'node:timers/promises'
import { DataError } from '../../core/errors.ts'

/** Times that a table which cannot be read is tried again, and the milliseconds before the first of them; each wait is twice the one before. */
const RETRIES = 5
const RETRY_MS = 20

/** What `read` gives. Not every writer makes its files appear whole: what is damaged now may be there in a moment, so it is tried again for a while. */
export async function unlessUnfinished<T>(signal: AbortSignal | undefined, read: () => Promise<T>): Promise<T> {
  for (let retry = 0; ; retry++) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof DataError) || retry === RETRIES) throw error
      await sleep(RETRY_MS * 2 ** retry)
      signal?.throwIfAborted()
    }
  }
}
