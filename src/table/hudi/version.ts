/**
 * Which instant a version of a table means.
 *
 * `FOR VERSION AS OF '20240102030405678'` names a completed instant by the time at which it was requested; `FOR TIMESTAMP AS OF` means the
 * instants requested until then. The writer's clock is taken to be UTC unless the instants are said to be local, which nobody can know
 * elsewhere: such tables count as UTC too.
 */
import { SqlError } from '../../core/errors.ts'
import { civilFromDays, splitMicros } from '../../expr/values/calendar.ts'
import type { Storage } from '../../storage/storage.ts'
import type { VersionSpec } from '../table.ts'
import { readClean } from './commit-metadata.ts'
import type { Timeline } from './timeline.ts'

/** The last instant that counts; undefined: all. 22023 for a version that is not there, or not any more. */
export async function resolveVersion(
  at: VersionSpec | undefined,
  { storage, timeline, name }: { storage: Storage; timeline: Timeline; name: string },
): Promise<string | undefined> {
  if (at === undefined) return undefined
  const instant = at.kind === 'timestamp' ? instantOfMicros(at.micros) : String(at.value)
  if (
    at.kind === 'version' &&
    !timeline.instants.some(({ time, state }) => time === instant && state === 'completed')
  ) {
    throw new SqlError('22023', `table "${name}" has no instant "${instant}"`, {
      detail: 'the instant never was, was rolled back, or has been archived',
    })
  }
  await assertRetained(instant, { storage, timeline, name })
  return instant
}

/** Files that only older versions need may have been deleted: to read without them would give rows of another version. */
export async function assertRetained(
  instant: string,
  { storage, timeline, name }: { readonly storage: Storage; readonly timeline: Timeline; readonly name: string },
): Promise<void> {
  const gone = (since: string): SqlError =>
    new SqlError('22023', `the version of table "${name}" at instant "${instant}" is gone`, {
      detail: `versions are kept since instant "${since}"`,
    })
  const { start } = timeline
  if (start !== undefined && instant < start && timeline.write(instant) === undefined) {
    // Before the first write of a table that still has it there is nothing, after archiving nobody knows what.
    throw gone(start)
  }
  const clean = timeline.completed('clean').at(-1)
  if (clean === undefined) return
  const { earliestRetained } = await readClean(storage, clean)
  const since = earliestRetained ?? timeline.writes.findLast(({ time }) => time < clean.time)?.time
  // A savepoint's files are never cleaned.
  const isSaved = timeline.completed('savepoint').some(({ time }) => time === instant)
  if (since !== undefined && instant < since && !isSaved) throw gone(since)
}

/** `yyyyMMddHHmmssSSS` in UTC. */
export function instantOfMicros(micros: bigint): string {
  const { days, time } = splitMicros(micros)
  const { year, month, day } = civilFromDays(days)
  const millis = Number(time / 1000n)
  const parts = [
    [year, 4],
    [month, 2],
    [day, 2],
    [Math.floor(millis / 3_600_000), 2],
    [Math.floor(millis / 60_000) % 60, 2],
    [Math.floor(millis / 1000) % 60, 2],
    [millis % 1000, 3],
  ] as const
  return parts.map(([value, digits]) => String(value).padStart(digits, '0')).join('')
}
