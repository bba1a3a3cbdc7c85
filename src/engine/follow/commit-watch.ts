/**
 * Waiting until a table may have a new commit.
 *
 * What counts is a listing of the folders in which commits leave files. It is taken when the storage tells of a change, and, as nobody tells of changes
 * on object stores and some drives, from time to time: soon after a change, then at growing distances. A listing that took long is not taken
 * often.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CommitLog } from '../../table/commit-log.ts'

export interface WatchOptions {
  /** Ends the waiting; what waits is rejected with its reason. */
  readonly signal: AbortSignal
  /** The longest time between two looks, in milliseconds. */
  readonly pollMs: number
}

const FIRST_WAIT_MS = 20
const GROWTH = 1.5
/** Changes come in bursts: a commit writes and renames several files. */
const SETTLE_MS = 3
/** The share of the time that may go into listings: 1 in this many. */
const IDLE_SHARE = 20

export class CommitWatch {
  readonly #options: WatchOptions
  #seen: string | undefined
  #folders = ''
  #closers: (() => void)[] = []
  #wake: (() => void) | undefined
  #hasChanged = false

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /** To be called before the table is opened: what is committed from then on ends the next `changed`. */
  async look(log: Pick<CommitLog, 'access' | 'folders'>): Promise<void> {
    this.#watch(log)
    this.#hasChanged = false
    this.#seen = await listing(log)
  }

  /** Resolves when the folders are no longer as `look` saw them. */
  async changed(log: Pick<CommitLog, 'access' | 'folders'>): Promise<void> {
    const { pollMs, signal } = this.#options
    let wait = Math.min(FIRST_WAIT_MS, pollMs)
    for (;;) {
      await this.#pause(wait)
      const started = performance.now()
      if ((await listing(log)) !== this.#seen) return
      signal.throwIfAborted()
      wait = Math.max(Math.min(wait * GROWTH, pollMs), (performance.now() - started) * IDLE_SHARE)
    }
  }

  close(): void {
    for (const close of this.#closers) close()
    this.#closers = []
  }

  #watch({ access, folders }: Pick<CommitLog, 'access' | 'folders'>): void {
    const key = folders.join('\n')
    if (key === this.#folders) return
    this.close()
    this.#folders = key
    const onChange = (): void => {
      this.#hasChanged = true
      this.#wake?.()
    }
    for (const folder of folders) {
      const close = access.storageFor(folder).watch?.(folder, onChange)
      if (close !== undefined) this.#closers.push(close)
    }
  }

  /** Waits for that time, or until something changed. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#options
    const woken = new AbortController()
    const onAbort = (): void => woken.abort()
    signal.addEventListener('abort', onAbort, { once: true })
    this.#wake = onAbort
    try {
      signal.throwIfAborted()
      if (!this.#hasChanged) await sleep(ms, undefined, { signal: woken.signal }).catch(() => undefined)
      signal.throwIfAborted()
      if (!this.#hasChanged) return
      this.#hasChanged = false
      await sleep(SETTLE_MS)
    } finally {
      this.#wake = undefined
      signal.removeEventListener('abort', onAbort)
    }
  }
}

/** Names, sizes and times of what lies in the folders. */
async function listing({ access, folders }: Pick<CommitLog, 'access' | 'folders'>): Promise<string> {
  const lines: string[] = []
  for (const folder of folders) {
    for await (const { name, byteCount, modifiedMs } of access.storageFor(folder).listWithStats(folder)) {
      lines.push(`${name} ${byteCount} ${modifiedMs}`)
    }
  }
  return lines.toSorted().join('\n')
}
