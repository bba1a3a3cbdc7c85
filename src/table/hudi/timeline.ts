/**
 * The active timeline: which instants are there, which of them are complete, and which data files count therefore.
 *
 * A data file counts when the instant in its name is complete. Instants older than the timeline's first one were archived, which only
 * happens to complete ones (what failed is rolled back first), so their files count too.
 */
import { joinLocation } from '../../storage/file-location.ts'
import type { Storage } from '../../storage/storage.ts'
import type { HudiConfig } from './table-config.ts'
import { type Instant, completedAction, isWrite, parseInstantName } from './instant.ts'

export class Timeline {
  /** The last state of each instant, in the order of their times. */
  readonly instants: readonly Instant[]
  /** Completed commits, delta commits and replace commits, in order. */
  readonly writes: readonly Instant[]
  readonly #committed: ReadonlyMap<string, Instant>
  readonly #pending: ReadonlySet<string>
  readonly #start: string | undefined

  constructor(instants: readonly Instant[]) {
    this.instants = instants
    this.writes = instants.filter(isWrite)
    this.#committed = new Map(this.writes.map((instant) => [instant.time, instant]))
    this.#pending = new Set(instants.filter(({ state }) => state !== 'completed').map(({ time }) => time))
    this.#start = firstUnsaved(instants, this.writes)
  }

  /** Whether data written by the instant `time` counts. */
  isCommitted(time: string): boolean {
    if (this.#committed.has(time)) return true
    return !this.#pending.has(time) && this.isArchived(time)
  }

  /** Whether the instant is in the active timeline, or may have been before it. */
  knows(time: string): boolean {
    return this.isArchived(time) || this.instants.some((instant) => instant.time === time)
  }

  /** Whether the instant is older than what the active timeline remembers. */
  isArchived(time: string): boolean {
    return this.#start !== undefined && time < this.#start && !this.#committed.has(time)
  }

  /** When the data of an instant that the active timeline has became visible. */
  completedAt(time: string): string | undefined {
    return this.#committed.get(time)?.completedAt
  }

  /** The completed write of that time, if the active timeline has it. */
  write(time: string): Instant | undefined {
    return this.#committed.get(time)
  }

  /** The first completed write that no savepoint alone keeps here; undefined when nothing was written. */
  get start(): string | undefined {
    return this.#start
  }

  /** Completed instants of an action, in order. */
  completed(action: string): readonly Instant[] {
    return this.instants.filter((instant) => instant.action === action && instant.state === 'completed')
  }
}

/** Savepoints hold their commits in the timeline when younger ones have been archived. */
function firstUnsaved(instants: readonly Instant[], writes: readonly Instant[]): string | undefined {
  const saved = new Set(instants.filter(({ action }) => action === 'savepoint').map(({ time }) => time))
  return (writes.find(({ time }) => !saved.has(time)) ?? writes[0])?.time
}

/** Reads the active timeline of the table in folder `url`. */
export async function readTimeline(storage: Storage, url: string, config: HudiConfig): Promise<Timeline> {
  const hoodie = joinLocation(url, '.hoodie')
  const folder = config.timelineLayout === 1 ? hoodie : joinLocation(hoodie, config.timelinePath)
  return new Timeline(await readInstants(storage, folder))
}

/** The last state of each instant whose files lie in `folder`, in the order of their times. */
export async function readInstants(storage: Storage, folder: string): Promise<Instant[]> {
  const latest = new Map<string, Instant>()
  for await (const { name, url, isDirectory } of storage.list(folder)) {
    const instant = isDirectory ? undefined : parseInstantName(name, url)
    if (instant === undefined) continue
    // A savepoint has the time of the commit that it saves.
    const key = `${instant.time}.${completedAction(instant.action)}`
    const known = latest.get(key)
    if (known === undefined || RANK[instant.state] > RANK[known.state]) latest.set(key, instant)
  }
  return [...latest.values()].sort((a, b) => compareTexts(a.time, b.time) || compareTexts(a.action, b.action))
}

const RANK = { requested: 0, inflight: 1, completed: 2 } as const

export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
