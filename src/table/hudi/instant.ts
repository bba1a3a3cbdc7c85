/**
 * Instants: the actions on a table's timeline, one file a state.
 *
 *   layout 1   20240102030405678.commit.requested   20240102030405678.inflight           20240102030405678.commit
 *   layout 2   20240102030405678.commit.requested   20240102030405678.commit.inflight    20240102030405678_20240102030409999.commit
 *
 * Times are texts (`yyyyMMddHHmmss[SSS]`) that compare as texts. The instant's name is the time at which it was requested; layout 2 adds the
 * time at which it was completed. A finished compaction is a `commit`, a finished clustering a `replacecommit`, a finished log compaction a
 * `deltacommit`.
 *
 * Spec: Apache Hudi technical specification 1.0, "Timeline"; names of layout 1 as in its versions before.
 */
import { TIMESTAMPTZ } from '../../core/types.ts'
import { parseTimestamp } from '../../expr/values/time-text.ts'

export type InstantState = 'requested' | 'inflight' | 'completed'

export interface Instant {
  /** When it was requested: the instant's identity. */
  readonly time: string
  /** `commit`, `deltacommit`, `replacecommit`, `clean`, `rollback`, ... */
  readonly action: string
  readonly state: InstantState
  /** Of completed instants of layout 2. */
  readonly completedAt?: string
  /** The file that says so. */
  readonly fileName: string
  readonly url: string
}

const INSTANT = /^(\d{3,20})(?:_(\d{3,20}))?\.([a-z]+)(?:\.(requested|inflight))?$/

/** The instant that a file of the timeline's folder stands for; undefined for other files. */
export function parseInstantName(fileName: string, url: string): Instant | undefined {
  const match = INSTANT.exec(fileName)
  if (match === null) return undefined
  const [, time, completedAt, word, state] = match
  // Layout 1 leaves the action out of a commit's inflight file.
  if (word === 'inflight' || word === 'requested') {
    if (state !== undefined || completedAt !== undefined) return undefined
    return { time: time!, action: 'commit', state: word, fileName, url }
  }
  return {
    time: time!,
    action: word!,
    state: (state as InstantState | undefined) ?? 'completed',
    ...(completedAt === undefined ? {} : { completedAt }),
    fileName,
    url,
  }
}

/** Actions that write rows, under the names that completed instants have. */
export const WRITES: ReadonlySet<string> = new Set(['commit', 'deltacommit', 'replacecommit'])

/** Whether a completed instant of this action has written data files. */
export function isWrite({ action, state }: Instant): boolean {
  return state === 'completed' && WRITES.has(action)
}

/** What an action of a pending instant becomes when it is completed. */
const COMPLETED_AS: Readonly<Record<string, string>> = {
  compaction: 'commit',
  clustering: 'replacecommit',
  logcompaction: 'deltacommit',
}

/** The action's name once it is completed. */
export function completedAction(action: string): string {
  return COMPLETED_AS[action] ?? action
}

/** When a commit was completed (layout 1: requested); null when its time is no date. */
export function microsOf({ time, completedAt }: Instant): bigint | null {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})?$/.exec(completedAt ?? time)
  if (match === null) return null
  const [, year, month, day, hour, minute, second, millis = '000'] = match
  try {
    return parseTimestamp(`${year}-${month}-${day} ${hour}:${minute}:${second}.${millis}+00`, TIMESTAMPTZ, 'UTC')
  } catch {
    return null
  }
}
