/** What may end a statement early: its caller's AbortSignal and statement_timeout. */
import { CancelledError } from '../core/errors.ts'

export interface StatementLimits {
  /** Aborts when the statement must end; undefined when nothing limits it. */
  readonly signal: AbortSignal | undefined
  /** The error to report for one that the statement ended with: says whether a timeout was behind a cancellation. */
  explain(error: unknown): unknown
}

/** `timeoutMs` 0: no limit. */
export function statementLimits(signal: AbortSignal | undefined, timeoutMs: number): StatementLimits {
  if (timeoutMs === 0) return { signal, explain: (error) => error }
  // One controller of our own: signals made by AbortSignal.any and AbortSignal.timeout may be collected while they are waited for.
  const controller = new AbortController()
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = signal?.aborted !== true
    controller.abort()
  }, timeoutMs)
  timer.unref()
  signal?.addEventListener('abort', () => controller.abort(), { once: true })
  if (signal?.aborted === true) controller.abort()
  return {
    signal: controller.signal,
    explain: (error) =>
      error instanceof CancelledError && timedOut
        ? new CancelledError('canceling statement due to statement timeout')
        : error,
  }
}

/** The promise's result, or CancelledError as soon as the signal aborts; the promise goes on unheard. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new CancelledError())
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort!)
    promise.catch(() => undefined)
  }
}
