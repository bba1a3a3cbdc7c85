/** What a follower is asked for: the arguments of `STREAM(t, from => x, start => 'now', mode => 'm', identifier_columns => ARRAY['id'], wait => false)`. */
import { SqlError } from '../../core/errors.ts'
import { BOOLEAN } from '../../core/types.ts'
import { type ConstantValues, readChangeArguments, tablePath } from '../../plan/bind/change-arguments.ts'
import type { Expression, FunctionCall, Identifier } from '../../sql/ast.ts'
import type { ChangeMode } from '../../table/changes.ts'
import type { VersionSpec } from '../../table/table.ts'
import type { FollowStart } from './commit-follower.ts'
import { type Offset, readOffset } from './offset.ts'

export interface StreamRequest {
  readonly table: readonly Identifier[]
  readonly from: Offset | VersionSpec | null
  readonly start: FollowStart
  readonly mode: ChangeMode
  readonly identifierColumns: readonly string[]
  readonly wait: boolean
  readonly pollMs: number
}

/** Milliseconds between two looks at most, where nobody tells of changes: what a new commit may wait for its reader. */
export const POLL_MS = 2000

const STARTS: ReadonlySet<string> = new Set<FollowStart>(['beginning', 'snapshot', 'now'])

const USAGE = `It is called as STREAM(table [, from => offset or version] [, start => 'beginning' | 'snapshot' | 'now'] [, mode => 'auto'] [, identifier_columns => ARRAY['id']] [, wait => false]).`

/** 42883 for wrong arguments, 22023 for values that there are not. */
export function readStreamRequest(call: FunctionCall, constants: ConstantValues): StreamRequest {
  const [first, ...named] = call.arguments
  if (first === undefined || (first.name !== null && first.name.toLowerCase() !== 'table') || call.star) {
    throw wrongArguments(call)
  }
  const own = new Map<string, Expression>()
  const shared: FunctionCall['arguments'][number][] = []
  for (const argument of named) {
    const name = argument.name?.toLowerCase()
    if (name === 'start' || name === 'wait') own.set(name, argument.value)
    else if (name === 'from' && isOffsetText(argument.value)) own.set(name, argument.value)
    else if (name === 'from' || name === 'mode' || name === 'identifier_columns') shared.push(argument)
    else throw wrongArguments(call)
  }
  // What stays is what table_changes takes; the table is read here, which it takes as text only.
  const table = tableOf(first.value, constants)
  const name = { ...first, name: null, value: textNode('t', first.value) }
  const { request } = readChangeArguments('table_changes', { ...call, arguments: [name, ...shared] }, constants)
  const offset = own.get('from')
  return {
    table,
    from: offset === undefined ? request.from : readOffset(constants.value(offset).value)!,
    start: startOf(own.get('start'), constants),
    mode: request.mode,
    identifierColumns: request.identifierColumns,
    wait: waitOf(own.get('wait'), constants),
    pollMs: POLL_MS,
  }
}

/** `start` as a program gives it. */
export function checkStart(start: string): FollowStart {
  if (STARTS.has(start)) return start as FollowStart
  throw new SqlError('22023', `unknown start "${start}"`, { hint: `One of ${[...STARTS].join(', ')}.` })
}

function isOffsetText(value: Expression): boolean {
  return value.kind === 'string' && value.value.trimStart().startsWith('{')
}

/** A name as names of tables are written, or as text. */
function tableOf(value: Expression, constants: ConstantValues): readonly Identifier[] {
  if (value.kind === 'column') return value.parts
  const text = constants.value(value).value
  if (typeof text === 'string') return tablePath(text, value.at)
  throw new SqlError('42804', 'STREAM is of a table: its name is needed here', { at: value.at })
}

function startOf(value: Expression | undefined, constants: ConstantValues): FollowStart {
  if (value === undefined) return 'beginning'
  const start = constants.value(value)
  if (typeof start.value === 'string') return checkStart(start.value.toLowerCase())
  throw new SqlError('42804', `a start is needed as text, not type ${start.type.kind}`, { at: value.at })
}

function waitOf(value: Expression | undefined, constants: ConstantValues): boolean {
  if (value === undefined) return true
  const wait = constants.value(value)
  if (wait.type.kind === BOOLEAN.kind) return wait.value !== false
  throw new SqlError('42804', `wait is a boolean, not type ${wait.type.kind}`, { at: value.at })
}

function textNode(value: string, { at }: Expression): Expression {
  return { kind: 'string', value, at }
}

function wrongArguments({ at }: FunctionCall): SqlError {
  return new SqlError('42883', 'stream does not exist with these arguments', { at, hint: USAGE })
}
