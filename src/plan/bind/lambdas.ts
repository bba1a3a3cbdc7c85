/**
 * Functions of a list and a lambda, written as the subquery that they are:
 *
 *     list_transform(l, (x, i) -> f(x, i))   ->   CASE WHEN l IS NULL THEN NULL ELSE
 *                                                   ARRAY(SELECT f(x, i) FROM unnest(l) WITH ORDINALITY AS t(x, i) ORDER BY i) END
 */
import { SqlError, type TextRange, unsupported } from '../../core/errors.ts'
import type { Expression, FunctionCall, Identifier, Lambda, Query } from '../../sql/ast.ts'

const TRANSFORMS = new Set(['list_transform', 'array_transform', 'list_apply', 'array_apply', 'apply', 'transform'])
const FILTERS = new Set(['list_filter', 'array_filter', 'filter'])
const TESTS = new Set(['any_match', 'all_match', 'none_match', 'exists', 'forall'])

/** Whether the call has a lambda and a function of this name takes one. */
export function takesLambda(name: string, ast: FunctionCall): boolean {
  const isKnown = TRANSFORMS.has(name) || FILTERS.has(name) || TESTS.has(name)
  return isKnown && ast.arguments.some(({ value }) => value.kind === 'lambda' || asLambda(value) !== null)
}

/** `x -> f(x)` is read as an operator where no lambda is expected. */
function asLambda(value: Expression): Lambda | null {
  if (value.kind === 'lambda') return value
  if (value.kind !== 'binary' || value.operator !== '->') return null
  const { left, right, at } = value
  const names = left.kind === 'row' ? left.values : [left]
  const parameters = names.map((name) => (name.kind === 'column' && name.parts.length === 1 ? name.parts[0]! : null))
  if (parameters.some((name) => name === null)) return null
  return { kind: 'lambda', parameters: parameters as readonly Identifier[], body: right, at }
}

/** The call without its lambda. */
export function withoutLambda(name: string, ast: FunctionCall): Expression {
  const { at } = ast
  const [list, second, ...rest] = ast.arguments.map(({ value }) => value)
  const lambda = second === undefined ? null : asLambda(second)
  if (list === undefined || lambda === null || rest.length > 0) {
    throw new SqlError('42883', `${name} needs a list and a lambda`, { at })
  }
  const [element, place, ...more] = lambda.parameters
  if (element === undefined || more.length > 0)
    throw unsupported('a lambda of other than one or two parameters', { at })
  const index = place ?? { name: 'ordinality', quoted: true, at }
  const reference = (of: Identifier): Expression => ({ kind: 'column', parts: [of], at })
  if (TESTS.has(name)) return tested(name, list, element, index, lambda.body, at)
  const isFilter = FILTERS.has(name)
  const item = isFilter ? reference(element) : lambda.body
  const query = selectFrom(list, element, index, item, isFilter ? lambda.body : null, at)
  const isNull: Expression = { kind: 'is', test: 'null', negated: false, operand: list, at }
  const branches = [{ when: isNull, then: { kind: 'null', at } as const }]
  return { kind: 'case', operand: null, branches, else: { kind: 'array-query', query, at }, at }
}

/** any_match: EXISTS an element; all_match: NOT EXISTS one without. */
function tested(
  name: string,
  list: Expression,
  element: Identifier,
  index: Identifier,
  body: Expression,
  at: TextRange,
): Expression {
  const isAll = name === 'all_match' || name === 'forall'
  const not = (operand: Expression): Expression => ({ kind: 'unary', operator: 'not', operand, at })
  const query = selectFrom(list, element, index, { kind: 'boolean', value: true, at }, isAll ? not(body) : body, at)
  const exists: Expression = { kind: 'exists', query, at }
  return isAll || name === 'none_match' ? not(exists) : exists
}

function selectFrom(
  list: Expression,
  element: Identifier,
  index: Identifier,
  item: Expression,
  where: Expression | null,
  at: TextRange,
): Query {
  const name = (text: string): Identifier => ({ name: text, quoted: true, at })
  const unnest: FunctionCall = {
    kind: 'function',
    name: { parts: [name('unnest')], at },
    arguments: [{ name: null, value: list, at }],
    star: false,
    distinct: false,
    orderBy: [],
    withinGroup: [],
    filter: null,
    nullTreatment: null,
    over: null,
    at,
  }
  return {
    with: null,
    body: {
      kind: 'select',
      distinct: false,
      distinctOn: null,
      items: [{ kind: 'expression', expression: item, alias: null, at }],
      from: [
        {
          kind: 'table-function',
          lateral: false,
          call: unnest,
          ordinality: true,
          alias: { name: name(' elements'), columns: [element, index], at },
          at,
        },
      ],
      where,
      groupBy: [],
      having: null,
      qualify: null,
      windows: [],
      at,
    },
    orderBy: [{ expression: { kind: 'column', parts: [index], at }, descending: false, nulls: null, at }],
    orderByAll: null,
    limit: null,
    offset: null,
    withTies: false,
    at,
  }
}
