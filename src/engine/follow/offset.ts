/** Offsets: how far a follower has read, as plain JSON that a consumer saves with what it has made of the changes. */
import { SqlError } from '../../core/errors.ts'
import type { CommitVersion } from '../../table/commit-log.ts'

export interface Offset {
  /** The last commit whose changes were given, as digits: too large for a number of JSON. */
  readonly version: string
  /** What tells this commit from another one of the same number; null where none can be made. */
  readonly mark: string | null
}

/** The text of a version, and whether another one is told apart by more than it. */
export function offsetOf(version: CommitVersion, mark: string | null): Offset {
  return { version: String(version), mark }
}

/** Takes an offset apart, given as JSON text or as an object; undefined when it is none. 22023 for one that is damaged. */
export function readOffset(value: unknown): Offset | undefined {
  if (typeof value === 'string' && value.trimStart().startsWith('{')) return checked(parsed(value))
  return typeof value === 'object' && value !== null && !(value instanceof Date) ? checked(value) : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw wrong(error)
  }
}

function checked(value: unknown): Offset {
  if (typeof value !== 'object' || value === null) throw wrong()
  const { version, mark } = value as { version?: unknown; mark?: unknown }
  if (typeof version !== 'string' || version === '' || version.length > 100) throw wrong()
  if (mark !== null && mark !== undefined && typeof mark !== 'string') throw wrong()
  return { version, mark: mark ?? null }
}

function wrong(cause?: unknown): SqlError {
  return new SqlError('22023', 'invalid offset', {
    hint: 'Offsets look as {"version":"12","mark":null}: they are taken from the changes that a follower gave.',
    cause,
  })
}
