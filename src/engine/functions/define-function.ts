/** From the syntax of CREATE FUNCTION and CREATE MACRO to what the binder takes. */
import { SqlError, unsupported } from '../../core/errors.ts'
import { typeName } from '../../core/types.ts'
import { containsAggregate } from '../../plan/bind/aggregates.ts'
import { isSetReturning } from '../../plan/bind/set-returning.ts'
import { isPlainDecimal, resolveTypeName } from '../../plan/bind/type-name.ts'
import {
  type UserBody,
  type UserCode,
  type UserFunction,
  type UserParameter,
  type UserReturns,
  parameterName,
} from '../../plan/bind/user-function.ts'
import { someSyntax } from '../../plan/bind/walk-syntax.ts'
import type { Expression, FunctionCall, FunctionDefinition, FunctionParameter, Query } from '../../sql/ast.ts'
import { parse } from '../../sql/parse.ts'
import type { JavascriptFunction } from '../javascript/javascript-function.ts'

/** A function has at most so many parameters (PostgreSQL's FUNC_MAX_ARGS). */
const PARAMETERS_MAX = 100

/** Makes functions in JavaScript callable; what only lists functions needs not. */
export type CompileJavascript = (source: JavascriptFunction) => Promise<UserCode['entry']>

/** 42P13, 42704 and 0A000 for definitions that cannot be. */
export async function defineFunction(
  name: string,
  definition: FunctionDefinition,
  isMacro: boolean,
  compile: CompileJavascript,
): Promise<UserFunction> {
  const parameters = parametersOf(definition.parameters)
  const returns = returnsOf(definition, isMacro)
  const { language, strict } = definition
  if (JAVASCRIPT.has(language)) {
    const source = javascriptSource(name, definition, parameters, returns)
    return { name, parameters, strict, returns, body: { kind: 'code', entry: await compile(source) } }
  }
  const body = numbered(bodyOf(name, definition, returns, isMacro)) as UserBody
  return { name, parameters, strict, returns, body }
}

const JAVASCRIPT: ReadonlySet<string> = new Set(['javascript', 'js', 'plv8'])

function javascriptSource(
  name: string,
  { body, strict, volatility, at }: FunctionDefinition,
  parameters: readonly UserParameter[],
  returns: UserReturns,
): JavascriptFunction {
  if (body.kind !== 'text') throw new SqlError('42P13', 'the body of a function in JavaScript is a text', { at })
  if (returns.kind !== 'value') throw unsupported('a function in JavaScript that returns rows', { at })
  return {
    name,
    parameters: parameters,
    returns: returns.type!,
    strict,
    isDeterministic: volatility === 'immutable',
    body: body.text,
  }
}

/** What tells functions of one name apart: the types of their parameters. */
export function signatureOf(parameters: readonly FunctionParameter[]): string {
  return parametersOf(parameters)
    .map(({ type }) => (type === null ? 'any' : typeName(type)))
    .join(', ')
}

function parametersOf(parameters: readonly FunctionParameter[]): readonly UserParameter[] {
  if (parameters.length > PARAMETERS_MAX) {
    throw new SqlError('54023', `functions cannot have more than ${PARAMETERS_MAX} arguments`)
  }
  const seen = new Set<string>()
  let hasDefault = false
  return parameters.map(({ mode, name, type, default: value, at }): UserParameter => {
    if (mode !== 'in') throw unsupported(`an ${mode.toUpperCase()} parameter`, { at, hint: 'Use RETURNS TABLE (...).' })
    if (name !== null && seen.has(name.name)) {
      throw new SqlError('42P13', `parameter name "${name.name}" used more than once`, { at })
    }
    if (name !== null) seen.add(name.name)
    if (value === null && hasDefault) {
      throw new SqlError('42P13', 'input parameters after one with a default value must also have defaults', { at })
    }
    hasDefault ||= value !== null
    return {
      name: name?.name ?? null,
      type: type === null ? null : resolveTypeName(type),
      keepsDigits: type !== null && isPlainDecimal(type),
      default: value,
    }
  })
}

function returnsOf({ returns, body, language, at }: FunctionDefinition, isMacro: boolean): UserReturns {
  if (returns === null) {
    if (isMacro)
      return body.kind === 'query'
        ? { kind: 'table', columns: null }
        : { kind: 'value', type: null, keepsDigits: false }
    if (body.kind === 'text' || language !== 'sql') {
      throw new SqlError('42P13', 'function result type must be specified', { at })
    }
    return { kind: 'value', type: null, keepsDigits: false }
  }
  if (returns.kind !== 'table') {
    return { kind: returns.kind, type: resolveTypeName(returns.type), keepsDigits: isPlainDecimal(returns.type) }
  }
  const columns = returns.columns.map(({ name, type }) => ({
    name: name.name,
    type: resolveTypeName(type),
    nullable: true,
  }))
  return { kind: 'table', columns }
}

function bodyOf(
  name: string,
  { language, body, at }: FunctionDefinition,
  returns: UserReturns,
  isMacro: boolean,
): UserBody {
  if (language !== 'sql')
    throw unsupported(`LANGUAGE ${language}`, { at, hint: 'Functions are written in SQL or javascript.' })
  if (body.kind === 'expression') {
    if (returns.kind === 'value') return { kind: 'expression', expression: body.expression, seesCaller: isMacro }
    const { expression } = body
    if (expression.kind === 'scalar-query') return { kind: 'query', query: expression.query }
    throw new SqlError('42P13', 'return type mismatch in function declared to return rows', { at })
  }
  const query = body.kind === 'query' ? body.query : parseQuery(name, body.text)
  const plain = returns.kind === 'value' ? plainExpression(query) : null
  return plain === null ? { kind: 'query', query } : { kind: 'expression', expression: plain, seesCaller: false }
}

function parseQuery(name: string, text: string): Query {
  const statements = parse(text)
  const [statement] = statements
  if (statement === undefined || statements.length > 1) {
    throw unsupported(`a function of ${statements.length} statements ("${name}")`)
  }
  if (statement.kind === 'query') return statement.query
  throw unsupported(`${statement.kind.replaceAll('-', ' ').toUpperCase()} in a function ("${name}")`)
}

/** The expression of a query that is no more than `SELECT expression`. */
function plainExpression({ with: clause, body, orderBy, orderByAll, limit, offset }: Query): Expression | null {
  if (clause !== null || orderBy.length > 0 || orderByAll !== null || limit !== null || offset !== null) return null
  if (body.kind !== 'select' || body.from.length > 0 || body.where !== null || body.having !== null) return null
  if (body.groupBy === 'all' || body.groupBy.length > 0 || body.qualify !== null || body.sample !== undefined)
    return null
  const [item, ...others] = body.items
  if (item?.kind !== 'expression' || others.length > 0) return null
  const { expression } = item
  const needsQuery = someSyntax(expression, (node) => {
    if (node.kind !== 'function') return false
    const { over, name } = node as FunctionCall
    return over !== null || isSetReturning(name.parts.at(-1)!.name)
  })
  return needsQuery || containsAggregate(expression) ? null : expression
}

/** The body with `$1` as the name of the first parameter: names cannot hide it. */
function numbered(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(numbered)
  if (typeof node !== 'object' || node === null) return node
  if ('kind' in node && node.kind === 'parameter') {
    const { index, name, at } = node as unknown as { index: number | null; name: string | null; at: Expression['at'] }
    const text = index === null ? (name ?? '') : parameterName(index)
    return { kind: 'column', at, parts: [{ name: text, quoted: true, at }] }
  }
  return Object.fromEntries(
    Object.entries(node).map(([key, part]) => [key, key === 'at' ? (part as unknown) : numbered(part)]),
  )
}
