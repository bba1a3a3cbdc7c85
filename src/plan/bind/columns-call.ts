/**
 * `COLUMNS(...)`: an expression once for each column that it means.
 *
 *     SELECT min(COLUMNS('^a')) FROM t   ->   SELECT min(t.a1) AS a1, min(t.a2) AS a2 FROM t
 *     WHERE COLUMNS(*) > 0               ->   WHERE t.a > 0 AND t.b > 0
 *     coalesce(*COLUMNS([a, b]))         ->   coalesce(t.a, t.b)
 *
 * What stands in the brackets: `*` with its modifiers, `t.*`, a regular expression, a list of names, a lambda over names.
 */
import { type TextRange, SqlError } from '../../core/errors.ts'
import { evaluateConstant } from '../../expr/fold.ts'
import type { Expression, FunctionArgument, FunctionCall, Identifier, Like, StringLiteral } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { asLambda } from './lambdas.ts'
import { makeScope } from './scope.ts'
import { type SyntaxNode, mapSyntax, someSyntax } from './walk-syntax.ts'

/** A column that may be meant. */
export interface NamedColumn {
  readonly name: string
  /** Reads it. */
  readonly syntax: Expression
}

/** The columns of `*`, or of `t.*`, with the modifiers of a star. */
export type StarColumns = (star: Expression & { readonly kind: 'star' }) => readonly NamedColumn[]

/** One expression of those that an expression with COLUMNS() stands for. */
export interface ExpandedExpression {
  /** Of the column that it was made for. */
  readonly name: string
  readonly expression: Expression
  /** The text of a capture group of the regular expression, for aliases such as `x_\1`. */
  readonly group: (index: number) => string
}

/** The expressions that `ast` stands for; null when there is no COLUMNS() in it. */
export function expandColumns(
  binder: Binder,
  ast: Expression,
  starColumns: StarColumns,
): readonly ExpandedExpression[] | null {
  if (!someSyntax(ast, isColumnsCall)) return null
  const unpacked = mapSyntax(ast, (node) => unpackArgument(binder, node, starColumns))
  const calls: FunctionCall[] = []
  someSyntax(unpacked, (node) => {
    if (isColumnsCall(node)) calls.push(node as FunctionCall)
    return false
  })
  const [first] = calls
  if (first === undefined) return [{ name: '', expression: unpacked, group: () => '' }]
  const meant = new Map<SyntaxNode, readonly NamedColumn[]>(
    calls.map((call) => [call, columnsOf(binder, call, starColumns)]),
  )
  const count = meant.get(first)!.length
  const other = calls.find((call) => meant.get(call)!.length !== count)
  if (other !== undefined) {
    throw new SqlError('42601', 'COLUMNS() of one expression must mean equally many columns', { at: other.at })
  }
  return Array.from({ length: count }, (_, i) => {
    const { name } = meant.get(first)![i]!
    const expression = mapSyntax(unpacked, (node) => meant.get(node)?.[i]?.syntax)
    return { name, expression, group: (index) => captured(binder, first, name, index) }
  })
}

function isColumnsCall(node: SyntaxNode): boolean {
  if (node.kind !== 'function') return false
  const { name, over } = node as FunctionCall
  return name.parts.length === 1 && name.parts[0]!.name === 'columns' && over === null
}

/** `*COLUMNS(...)` as an argument: an argument for each column. */
function unpackArgument(binder: Binder, node: SyntaxNode, starColumns: StarColumns): readonly SyntaxNode[] | undefined {
  const argument = node as FunctionArgument
  if (argument.unpack !== true || !isColumnsCall(argument.value)) return undefined
  const columns = columnsOf(binder, argument.value as FunctionCall, starColumns)
  return columns.map(({ syntax }): FunctionArgument => ({ at: argument.at, name: null, value: syntax }))
}

function columnsOf(binder: Binder, call: FunctionCall, starColumns: StarColumns): readonly NamedColumn[] {
  const { at } = call
  const [argument, ...rest] = call.arguments
  if (rest.length > 0 || (argument === undefined && !call.star)) {
    throw new SqlError('42883', 'COLUMNS takes one argument', { at })
  }
  const value = argument?.value
  if (value === undefined) return starColumns({ kind: 'star', at, operand: null })
  if (value.kind === 'star') return starColumns(value)
  const all = starColumns({ kind: 'star', at, operand: null })
  const found = value.kind === 'array' ? listed(value.elements, all) : all.filter(matcher(binder, value))
  if (found.length > 0) return found
  const shown = value.kind === 'string' ? ` match regular expression "${value.value}"` : ' are meant by COLUMNS()'
  throw new SqlError('42703', `no columns${shown}`, { at })
}

/** Columns by their names, in the order of the list. */
function listed(names: readonly Expression[], all: readonly NamedColumn[]): readonly NamedColumn[] {
  return names.map((name) => {
    if (name.kind !== 'string') throw new SqlError('42601', 'COLUMNS takes a list of names', { at: name.at })
    const exact = all.find((column) => column.name === name.value)
    const found = exact ?? all.find((column) => column.name.toLowerCase() === name.value.toLowerCase())
    if (found === undefined) throw new SqlError('42703', `column "${name.value}" does not exist`, { at: name.at })
    return found
  })
}

function matcher(binder: Binder, value: Expression): (column: NamedColumn) => boolean {
  const lambda = asLambda(value)
  if (lambda !== null) {
    const [parameter, ...rest] = lambda.parameters
    if (parameter === undefined || rest.length > 0) {
      throw new SqlError('42883', 'the lambda of COLUMNS takes one parameter', { at: lambda.at })
    }
    return ({ name }) => isTrue(binder, withName(lambda.body, parameter, name))
  }
  if (value.kind !== 'string') {
    throw new SqlError('42601', 'COLUMNS takes *, a regular expression, a list of names or a lambda', { at: value.at })
  }
  return ({ name }) => matchesName(binder, name, { operator: 'regexp', negated: false, pattern: value }, value.at)
}

/** Whether a column's name is like the pattern of `* LIKE 'a%'`. */
export function matchesName(
  binder: Binder,
  name: string,
  {
    operator,
    negated,
    pattern,
  }: { readonly operator: Like['operator']; readonly negated: boolean; readonly pattern: Expression },
  at: TextRange,
): boolean {
  return isTrue(binder, { kind: 'like', at, operator, negated, operand: text(name, at), pattern, escape: null })
}

function withName(body: Expression, parameter: Identifier, name: string): Expression {
  return mapSyntax(body, (node) => {
    if (node.kind !== 'column') return undefined
    const { parts } = node as Expression & { readonly kind: 'column' }
    return parts.length === 1 && parts[0]!.name === parameter.name ? text(name, node.at) : undefined
  })
}

function text(value: string, at: TextRange): StringLiteral {
  return { kind: 'string', at, value }
}

function isTrue(binder: Binder, ast: Expression): boolean {
  return constant(binder, ast) === true
}

function constant(binder: Binder, ast: Expression): unknown {
  const expr = binder.expression(ast, makeScope(null, null))
  return binder.locate(ast.at, () => evaluateConstant(expr, binder.context.session))
}

function captured(binder: Binder, call: FunctionCall, name: string, index: number): string {
  const pattern = call.arguments[0]?.value
  if (pattern?.kind !== 'string') return ''
  const { at } = call
  const values: readonly Expression[] = [text(name, at), pattern, { kind: 'number', at, text: String(index) }]
  const extract: FunctionCall = {
    ...call,
    name: { at, parts: [{ at, name: 'regexp_extract', quoted: false }] },
    arguments: values.map((value) => ({ at, name: null, value })),
  }
  return String(constant(binder, extract) ?? '')
}

/** As one condition: all of them hold. */
export function expandCondition(binder: Binder, ast: Expression, starColumns: StarColumns): Expression {
  const expanded = expandColumns(binder, ast, starColumns)
  if (expanded === null) return ast
  const operands = expanded.map(({ expression }) => expression)
  return operands.length === 1 ? operands[0]! : { kind: 'and', at: ast.at, operands }
}
