/** The arguments of `table_changes('lake.t', from => x, to => y, mode => 'm', net => true, identifier_columns => ARRAY['id'])`. */
import { SqlError, type TextRange } from '../../core/errors.ts'
import { BOOLEAN, TIMESTAMPTZ, VARCHAR, isInteger, typeName } from '../../core/types.ts'
import { canAssign } from '../../expr/coerce.ts'
import type { LiteralExpr } from '../../expr/expr.ts'
import type { Expression, FunctionCall, Identifier } from '../../sql/ast.ts'
import { CHANGE_MODES, type ChangeMode, type ChangesRequest } from '../../table/changes.ts'
import type { VersionSpec } from '../../table/table.ts'
import { type ChangeArgument, type ChangeFunction, changeArgument, changeFunction } from './change-functions.ts'

export function isTableChanges(name: string): boolean {
  return changeFunction(name) !== undefined
}

/** How constants are evaluated: by the caller, who knows the session. */
export interface ConstantValues {
  value(ast: Expression): LiteralExpr
  /** Coerces to timestamptz. */
  instant(value: LiteralExpr, ast: Expression): LiteralExpr
}

export interface ChangeArguments {
  readonly table: readonly Identifier[]
  readonly request: ChangesRequest
}

/** `name`: the function's. 42883 for unknown or missing arguments, 42804 for wrong types, 22023 for an unknown mode. */
export function readChangeArguments(name: string, ast: FunctionCall, constants: ConstantValues): ChangeArguments {
  const called = changeFunction(name)!
  const given = givenArguments(called, ast)
  const table = given.get('table')
  if (table === undefined) throw wrongArguments(ast.at)
  const value = (name: ChangeArgument): { literal: LiteralExpr; ast: Expression } | null => {
    const expression = given.get(name)
    const literal = expression && constants.value(expression)
    return literal === undefined || literal.value === null ? null : { literal, ast: expression! }
  }
  const version = (name: 'from' | 'to'): VersionSpec | null => {
    const found = value(name)
    if (found === null || (called.beginning !== undefined && found.literal.value === called.beginning)) return null
    return called.byTime === true
      ? timeOf(found.literal, found.ast, constants)
      : versionOf(found.literal, found.ast, constants)
  }
  const [schema, mode, net, columns] = [value('schema'), value('mode'), value('net'), value('identifier_columns')]
  const path = tablePath(textOf(constants.value(table), table, 'a table name'), table.at)
  return {
    table:
      schema === null ? path : [...tablePath(textOf(schema.literal, schema.ast, 'a schema'), schema.ast.at), ...path],
    request: {
      from: called.start === 'inclusive' ? before(version('from')) : version('from'),
      to: version('to'),
      mode: mode === null ? 'auto' : modeOf(textOf(mode.literal, mode.ast, 'a mode'), mode.ast.at, called),
      net: net !== null && booleanOf(net.literal, net.ast),
      identifierColumns: columns === null ? [] : textsOf(columns.literal, columns.ast),
      ...(called.asRows === true ? { asRows: true } : {}),
    },
  }
}

function givenArguments({ parameters }: ChangeFunction, ast: FunctionCall): Map<ChangeArgument, Expression> {
  const given = new Map<ChangeArgument, Expression>()
  ast.arguments.forEach(({ name, value }, i) => {
    const known = name === null ? parameters[i] : changeArgument(name)
    if (known === undefined || given.has(known)) throw wrongArguments(ast.at)
    given.set(known, value)
  })
  return given
}

/** What a range that begins with a version excludes: versions that are numbers have one before, others a moment. */
function before(from: VersionSpec | null): VersionSpec | null {
  if (from === null) return null
  if (from.kind === 'timestamp') return { kind: 'timestamp', micros: from.micros - 1n }
  if (typeof from.value === 'bigint') return { kind: 'version', value: from.value - 1n }
  throw new SqlError('42804', `version "${from.value}" is no number, so that a range cannot begin with it`)
}

function wrongArguments(at: TextRange): SqlError {
  return new SqlError('42883', 'table_changes does not exist with these arguments', {
    at,
    hint: `It is called as table_changes('table', from => version, to => version [, mode => 'auto'] [, net => true] [, identifier_columns => ARRAY['id']]).`,
  })
}

function versionOf(literal: LiteralExpr, ast: Expression, constants: ConstantValues): VersionSpec {
  const { value, type } = literal
  if (isInteger(type)) return { kind: 'version', value: BigInt(value as number | bigint) }
  if (typeof value === 'string') return { kind: 'version', value }
  if (canAssign(type, TIMESTAMPTZ)) {
    return { kind: 'timestamp', micros: constants.instant(literal, ast).value as bigint }
  }
  throw wrongType('a version (integer or text) or a timestamp', literal, ast.at)
}

function textOf(literal: LiteralExpr, { at }: Expression, what: string): string {
  if (typeof literal.value === 'string') return literal.value
  throw wrongType(`${what} as text`, literal, at)
}

function booleanOf(literal: LiteralExpr, { at }: Expression): boolean {
  if (literal.type.kind === BOOLEAN.kind) return literal.value === true
  throw wrongType('a boolean', literal, at)
}

function textsOf(literal: LiteralExpr, { at }: Expression): readonly string[] {
  const { value, type } = literal
  const isTexts = type.kind === 'list' && (type.element.type.kind === VARCHAR.kind || type.element.type.kind === 'null')
  if (isTexts && Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw wrongType('an array of column names', literal, at)
}

function wrongType(wanted: string, { type }: LiteralExpr, at: TextRange): SqlError {
  return new SqlError('42804', `${wanted} is needed here, not type ${typeName(type)}`, { at })
}

function modeOf(text: string, at: TextRange, { modes }: ChangeFunction): ChangeMode {
  const lower = text.toLowerCase()
  const mode = modes === undefined ? CHANGE_MODES.find((one) => one === lower) : modes.get(lower)
  if (mode !== undefined) return mode
  const known = modes === undefined ? CHANGE_MODES : [...modes.keys()]
  throw new SqlError('22023', `unknown mode "${text}"`, { at, hint: `Modes: ${known.join(', ')}.` })
}

/** A time: milliseconds since 1970 as an integer or digits, else what can be a timestamp. */
function timeOf(literal: LiteralExpr, ast: Expression, constants: ConstantValues): VersionSpec {
  const { value, type } = literal
  const digits = typeof value === 'string' ? value.trim() : isInteger(type) ? String(value as number | bigint) : ''
  if (/^\d{1,15}$/.test(digits)) return { kind: 'timestamp', micros: BigInt(digits) * 1000n }
  return { kind: 'timestamp', micros: constants.instant(literal, ast).value as bigint }
}

const NOWHERE: TextRange = { start: 0, end: 0 }

/** The parts of `lake."My table"`: quoted ones as they stand, the others in lower case. */
export function tablePath(text: string, at: TextRange = NOWHERE): readonly Identifier[] {
  const parts: Identifier[] = []
  const part = /\s*(?:"((?:[^"]|"")+)"|([^\s".]+))\s*(\.|$)/y
  for (;;) {
    const match = part.exec(text)
    if (match === null) throw new SqlError('42602', `invalid name of a table: "${text}"`, { at })
    const [, quoted, plain, end] = match
    parts.push(
      quoted === undefined
        ? { name: plain!.toLowerCase(), quoted: false, at }
        : { name: quoted.replaceAll('""', '"'), quoted: true, at },
    )
    if (end === '') return parts
  }
}
