/** Tells how far a query is, from the counters in its control page. */
import type { QueryProgress } from './executor.ts'
import type { QueryControl } from './query-control.ts'
import type { ScanFeed } from './scan/scan-feed.ts'

const PROGRESS_MS = 100

/** Calls `onProgress` now and then; returns what stops that (after one last call). */
export function startProgress(
  onProgress: ((progress: QueryProgress) => void) | undefined,
  control: QueryControl,
  workerCount: number,
  feeds: ReadonlyMap<number, ScanFeed>,
): () => void {
  if (onProgress === undefined) return () => undefined
  const tell = (): void => {
    const { rows, bytes } = control.progress(workerCount)
    let total = 0
    for (const feed of feeds.values()) total += feed.rowCount
    onProgress({ rows, bytes, fraction: total === 0 ? null : Math.min(1, rows / total) })
  }
  const timer = setInterval(tell, PROGRESS_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
    tell()
  }
}
