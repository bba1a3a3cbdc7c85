/**
 * Follows the commits of a table: gives those after a position, then waits for more.
 *
 *   look at the folders -> open the table -> its commits after the position, one by one -> wait until the folders have changed -> ...
 *
 * The look comes before the opening, so that a commit in between is not missed.
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import type { CommitLog, CommitVersion, WholeTable } from '../../table/commit-log.ts'
import type { ChangeMode } from '../../table/changes.ts'
import type { Table, VersionSpec } from '../../table/table.ts'
import { CommitWatch } from './commit-watch.ts'
import { type Offset, offsetOf } from './offset.ts'
import { unlessUnfinished } from './unless-unfinished.ts'

/** Where to begin without a position: with every change since the first commit, the rows that are there now, or what comes. */
export type FollowStart = 'beginning' | 'snapshot' | 'now'

export interface FollowerOptions {
  /** Opens the table as it is now. */
  readonly open: () => Promise<Table>
  /** Exclusive. */
  readonly from: Offset | VersionSpec | null
  readonly start: FollowStart
  /** `auto`: the format's own for followers. */
  readonly mode: ChangeMode
  /** False: ends with the last commit that is there, instead of waiting. */
  readonly wait: boolean
  readonly signal: AbortSignal
  readonly pollMs: number
}

/** What changed from one position to the next. */
export interface FollowedStep {
  readonly table: Table
  readonly log: CommitLog
  readonly mode: ChangeMode
  /** Undefined: the beginning. */
  readonly from: CommitVersion | undefined
  readonly to: CommitVersion
  /** The rows of the whole table take the place of changes. */
  readonly whole: WholeTable | undefined
  readonly offset: Offset
}

/** Ends when `wait` is false, by `return()`, or with an error: 22023 when history is gone, 0A000 for tables without changes, the signal's reason. */
export async function* followCommits(options: FollowerOptions): AsyncGenerator<FollowedStep> {
  const watch = new CommitWatch(options)
  try {
    await watch.look(logOf(await options.open()))
    const position = new Position(options)
    for (;;) {
      options.signal.throwIfAborted()
      // What was opened before the look may be older than what it saw.
      const table = await options.open()
      const log = logOf(table)
      const next = await unlessUnfinished(options.signal, async () => position.next(table, log))
      yield* position.advance(table, log, next)
      if (!options.wait) return
      await watch.changed(log)
      await watch.look(log)
    }
  } finally {
    watch.close()
  }
}

function logOf(table: Table): CommitLog {
  const log = table.commits?.()
  if (log !== undefined) return log
  throw unsupported(`following the changes of table "${table.name}" (${table.format})`)
}

interface NextCommits {
  readonly whole: WholeTable | undefined
  readonly commits: readonly CommitVersion[]
}

/** How far a follower has come. */
class Position {
  readonly #options: FollowerOptions
  #at: CommitVersion | undefined
  #mark: string | null = null
  #isPlaced = false

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  /** What comes next: commits, and before them perhaps the whole table. */
  async next(table: Table, log: CommitLog): Promise<NextCommits> {
    if (!this.#isPlaced) {
      const whole = await this.#place(log)
      this.#isPlaced = true
      if (whole !== undefined) return { whole, commits: (await log.after(whole.version, this.#modeOf(log))) ?? [] }
    } else await this.#check(table, log)
    const commits = await log.after(this.#at, this.#modeOf(log))
    return commits === null ? { whole: await log.whole(), commits: [] } : { whole: undefined, commits }
  }

  async *advance(table: Table, log: CommitLog, { whole, commits }: NextCommits): AsyncGenerator<FollowedStep> {
    if (whole !== undefined) {
      yield this.#step(table, log, whole.version, { whole, mark: await log.markOf(whole.version) })
    }
    for (const to of commits) {
      this.#options.signal.throwIfAborted()
      yield this.#step(table, log, to, { whole: undefined, mark: await log.markOf(to) })
    }
  }

  #step(
    table: Table,
    log: CommitLog,
    to: CommitVersion,
    { whole, mark }: { readonly whole: WholeTable | undefined; readonly mark: string | null },
  ): FollowedStep {
    const from = this.#at
    this.#at = to
    this.#mark = mark
    return { table, log, mode: this.#modeOf(log), from, to, whole, offset: offsetOf(to, mark) }
  }

  #modeOf(log: CommitLog): ChangeMode {
    const { mode } = this.#options
    return mode === 'auto' ? log.mode : mode
  }

  /** Finds where to begin; the whole table where that is what comes first. */
  async #place(log: CommitLog): Promise<WholeTable | undefined> {
    const { from, start } = this.#options
    if (from !== null && 'mark' in from) {
      this.#at = versionOf(log, from)
      this.#mark = from.mark
      await this.#check(undefined, log)
    } else if (from !== null) this.#at = await log.find(from)
    else if (start === 'now') {
      this.#at = log.newest
      this.#mark = log.newest === undefined ? null : await log.markOf(log.newest)
    } else if (start === 'snapshot') return log.whole()
    return undefined
  }

  /** Whether the commit that was read last is still the same one. */
  async #check(table: Table | undefined, log: CommitLog): Promise<void> {
    if (this.#at === undefined || this.#mark === null) return
    const mark = await log.markOf(this.#at)
    if (mark === null || mark === this.#mark) return
    const name = table === undefined ? 'the table' : `table "${table.name}"`
    throw new SqlError('22023', `version ${this.#at} of ${name} is not the one that was read`, {
      detail: `it was rolled back, or made anew at the same place`,
      hint: `start => 'snapshot' begins anew with the rows that the table has now.`,
    })
  }
}

function versionOf({ versionType }: CommitLog, { version }: Offset): CommitVersion {
  if (versionType.kind === 'varchar') return version
  if (/^\d{1,19}$/.test(version)) return BigInt(version)
  throw new SqlError('22023', `the offset's version "${version}" is none of this table`, {
    hint: 'Versions of this table are numbers.',
  })
}
