/** What `db.follow` gives. */
import { SqlError } from '../../core/errors.ts'
import { tablePath } from '../../plan/bind/change-arguments.ts'
import type { Identifier, QueryStatement } from '../../sql/ast.ts'
import { parse } from '../../sql/parse.ts'
import { CHANGE_MODES, type ChangeMode } from '../../table/changes.ts'
import type { VersionSpec } from '../../table/table.ts'
import { QueryResult } from '../query-result.ts'
import type { Session } from '../session.ts'
import { streamIn } from '../statements/stream-syntax.ts'
import { type StreamOverrides, runStream } from '../statements/stream.ts'
import { type FollowStart } from './commit-follower.ts'
import { type Offset, readOffset } from './offset.ts'
import { checkStart } from './stream-request.ts'
import type { StreamPart } from './stream-result.ts'

export interface FollowOptions {
  /**
   * What was read before, exclusive: an offset (or its JSON text), a version as `table_changes` takes it, or a time. Null: what `start` says.
   */
  readonly from?: Offset | string | number | bigint | Date | null
  /**
   * Where to begin without `from`: `beginning`, all changes since the first commit (where that is no longer kept, as `snapshot`); `snapshot`, the rows
   * that are there now as inserts; `now`, what comes. Default `beginning`.
   */
  readonly start?: FollowStart
  /** As of `table_changes`. */
  readonly mode?: ChangeMode
  readonly identifierColumns?: readonly string[]
  /** Columns to read; all of the table's, and those of changes, when absent. */
  readonly columns?: readonly string[]
  /** A condition in SQL over the table's columns and those of changes. */
  readonly where?: string
  /** False: ends when all that is there was given, instead of waiting for more. Default true. */
  readonly wait?: boolean
  /** Milliseconds between two looks for new commits at most, where the storage does not tell of them. Default 2000. */
  readonly pollMs?: number
  /** Ends the following: the loop fails with CancelledError. */
  readonly signal?: AbortSignal
}

/**
 * The changes of one commit, perhaps none: rows are read as those of a query, or not at all. Deletes and `update_before` come before inserts and
 * `update_after`.
 */
export class ChangeBatch extends QueryResult {
  /** Plain JSON: given as `from`, it lets a follower go on behind this commit. */
  readonly offset: Offset

  constructor({ result, offset }: StreamPart) {
    super(result)
    this.offset = offset
  }

  /** The commit: digits. */
  get version(): string {
    return this.offset.version
  }
}

/** See `Database.follow`. */
export async function* followTable(
  session: Session,
  table: string,
  options: FollowOptions,
): AsyncGenerator<ChangeBatch> {
  const { query } = statementOf(options)
  const { signal } = options
  const stream = streamIn(query)!
  const overrides = overridesOf(tablePath(table), options)
  const result = await runStream(session, query, stream, signal === undefined ? {} : { signal }, overrides)
  for await (const part of result.parts()) yield new ChangeBatch(part)
}

function statementOf({ columns, where }: FollowOptions): QueryStatement {
  const names = columns?.map((name) => `"${name.replaceAll('"', '""')}"`)
  if (names?.length === 0) throw new SqlError('22023', 'no columns to follow')
  const condition = where === undefined ? '' : ` WHERE (${where}\n)`
  const statements = parse(`SELECT ${names?.join(', ') ?? '*'} FROM STREAM(t)${condition}`)
  const [statement] = statements
  if (statements.length === 1 && statement?.kind === 'query') return statement
  throw new SqlError('42601', 'the condition to follow is not one', { detail: `where: ${where}` })
}

function overridesOf(table: readonly Identifier[], options: FollowOptions): StreamOverrides {
  const { start, mode, identifierColumns, wait, pollMs } = options
  if (mode !== undefined && !CHANGE_MODES.includes(mode)) throw new SqlError('22023', `unknown mode "${mode}"`)
  if (pollMs !== undefined && !(pollMs >= 1 && pollMs <= POLL_MS_MAX)) {
    throw new SqlError('22023', `pollMs is from 1 to ${POLL_MS_MAX}`)
  }
  return {
    table,
    columnsMayChange: true,
    from: positionOf(options.from ?? null),
    ...(start === undefined ? {} : { start: checkStart(start) }),
    ...(mode === undefined ? {} : { mode }),
    ...(identifierColumns === undefined ? {} : { identifierColumns }),
    ...(wait === undefined ? {} : { wait }),
    ...(pollMs === undefined ? {} : { pollMs }),
  }
}

const POLL_MS_MAX = 86_400_000

function positionOf(from: Exclude<FollowOptions['from'], undefined>): Offset | VersionSpec | null {
  if (from === null) return null
  const offset = readOffset(from)
  if (offset !== undefined) return offset
  if (from instanceof Date) {
    if (Number.isNaN(from.getTime())) throw new SqlError('22023', 'the time to follow from is not a date')
    return { kind: 'timestamp', micros: BigInt(from.getTime()) * 1000n }
  }
  if (typeof from === 'string' || typeof from === 'bigint') return { kind: 'version', value: from }
  if (Number.isSafeInteger(from)) return { kind: 'version', value: BigInt(from as number) }
  throw new SqlError('22023', `version ${String(from)} is no integer that a number holds exactly`, {
    hint: 'Versions that large are given as bigint, as text or as an offset.',
  })
}
