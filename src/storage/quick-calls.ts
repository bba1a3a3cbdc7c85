/**
 * Small calls to the file system, made on the calling thread as long as they are quick.
 *
 * A call that goes to Node's threads takes 50-100 µs, of which the call itself is 2-10: opening the tables of a query, a dozen calls
 * each, would take longer than planning it. But a mount may be remote, and then a call takes milliseconds, during which the event
 * loop stands still: after two such calls in a row (one may have waited for the processor) the next ones go to the threads. And a
 * long series lets the loop turn now and then: it is what tells of cancelled queries and of time that is up.
 */

/** A call that took this long was not answered from memory. */
const SLOW_MS = 1
/** For so long after slow calls all go to the threads. */
const PAUSE_MS = 1000
/** About a millisecond of quick ones. */
const CALLS_A_TURN = 256

let pausedUntil = 0
let wasSlow = false
let callsThisTurn = 0

/** What `now` returns, or `later` resolves to: the same. */
export async function quickCall<T>(now: () => T, later: () => Promise<T>): Promise<T> {
  while (callsThisTurn >= CALLS_A_TURN) await new Promise(setImmediate)
  const started = performance.now()
  if (started < pausedUntil) return later()
  if (callsThisTurn++ === 0) setImmediate(endTurn)
  try {
    return now()
  } finally {
    const ended = performance.now()
    const isSlow = ended - started > SLOW_MS
    if (isSlow && wasSlow) pausedUntil = ended + PAUSE_MS
    wasSlow = isSlow
  }
}

function endTurn(): void {
  callsThisTurn = 0
}
