/**
 * Groupings taken from PostgreSQL's own parser: the first group are the cases in which a fuzz of 12,000 random
 * expressions against it found a difference.
 */
import { describe, expect, test } from 'vitest'
import type { Expression } from '../../src/sql/ast.ts'
import { parse } from '../../src/sql/parse.ts'

function show(e: Expression): string {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the kinds these texts make
  switch (e.kind) {
    case 'column':
      return e.parts.map((part) => part.name).join('.')
    case 'number':
      return e.text
    case 'string':
      return `'${e.value}'`
    case 'unary':
      return `(${e.operator} ${show(e.operand)})`
    case 'binary':
      return `(${show(e.left)} ${e.operator} ${show(e.right)})`
    case 'and':
    case 'or':
      return `(${e.operands.map(show).join(` ${e.kind} `)})`
    case 'is':
      return `(${show(e.operand)} is ${e.negated ? 'not ' : ''}${e.test})`
    case 'is-distinct':
      return `(${show(e.left)} is ${e.negated ? 'not ' : ''}distinct ${show(e.right)})`
    case 'between':
      return `(${show(e.operand)} ${e.negated ? 'not ' : ''}between ${show(e.low)} and ${show(e.high)})`
    case 'in-list':
      return `(${show(e.operand)} ${e.negated ? 'not ' : ''}in [${e.values.map(show).join()}])`
    case 'like':
      return `(${show(e.operand)} ${e.negated ? 'not ' : ''}${e.operator} ${show(e.pattern)}${e.escape ? ` escape ${show(e.escape)}` : ''})`
    case 'quantified':
      return `(${show(e.operand)} ${e.operator} ${e.quantifier} ${e.sourceIsQuery ? 'query' : show(e.source as Expression)})`
    case 'cast':
      return `${show(e.operand)}::${e.type.name}`
    case 'collate':
      return `(${show(e.operand)} collate ${e.collation.parts[0]?.name})`
    case 'row':
      return `row[${e.values.map(show).join()}]`
    case 'subscript':
      return `${show(e.operand)}[${show(e.index)}]`
    default:
      return e.kind
  }
}

function tree(text: string): string {
  const [statement] = parse(`select ${text}`)
  if (statement?.kind !== 'query' || statement.query.body.kind !== 'select') throw new Error(text)
  const [item] = statement.query.body.items
  if (item?.kind !== 'expression') throw new Error(text)
  return show(item.expression)
}

describe('as PostgreSQL groups', () => {
  test.each([
    // Found by the fuzz.
    ['a like b = any (c)', '((a like b) = any c)'],
    ['a between b and c = any (d)', '((a between b and c) = any d)'],
    ['a between b and c @> d <= all (select 1)', '((a between b and (c @> d)) <= all query)'],
    ['a like b || c escape d = any (e)', '((a like (b || c) escape d) = any e)'],
    ['(a, b) overlaps (c, d) and e', '((row[a,b] overlaps row[c,d]) and e)'],
    // The table, level by level.
    ['a = 1 or b = 2 and c = 3', '((a = 1) or ((b = 2) and (c = 3)))'],
    ['a and b and c or d or e', '((a and b and c) or d or e)'],
    ['not a = b and c', '((not (a = b)) and c)'],
    ['not a is null', '(not (a is null))'],
    ['a = b is null', '((a = b) is null)'],
    ['a is null = b', '((a is null) = b)'],
    ['a < b is not true < c', '(((a < b) is not true) < c)'],
    ['a is distinct from b = c', '(a is distinct (b = c))'],
    ['a in (1, 2) = b', '((a in [1,2]) = b)'],
    ['a = b in (1)', '(a = (b in [1]))'],
    ['a between 1 and 2 and b', '((a between 1 and 2) and b)'],
    ['a not between 1 + 1 and 2 + 2 or b', '((a not between (1 + 1) and (2 + 2)) or b)'],
    ["a not like 'x' || b", "(a not like ('x' || b))"],
    ['a similar to b escape c || d', '(a similar b escape (c || d))'],
    ['a || b + c * d', '(a || (b + (c * d)))'],
    ['a + b || c', '((a + b) || c)'],
    ['a - b - c', '((a - b) - c)'],
    ['a * b ^ c ^ d', '(a * ((b ^ c) ^ d))'],
    ['- a ^ b', '((- a) ^ b)'],
    ['-1::int', '(- 1::int)'],
    ['- a[1]', '(- a[1])'],
    ['@ a + b', '(@ (a + b))'],
    ['a = - b < 1 is null'.replace('< 1 ', ''), '((a = (- b)) is null)'],
    ["a at time zone 'x' at time zone 'y'", "((a at time zone 'x') at time zone 'y')"],
    ["a + b at time zone 'x'", "(a + (b at time zone 'x'))"],
    ['a || b collate "C"::text', '(a || (b collate C)::text)'],
    ['a is null::text', '(a is null)::text'],
    ['a -> b ->> c = d', '(((a -> b) ->> c) = d)'],
    ['a operator(pg_catalog.+) b * c', '(a + (b * c))'],
    ['a * not b + c', '(a * (not (b + c)))'],
    ['a isnull notnull', '((a is null) is not null)'],
    ['a != b', '(a <> b)'],
    ['not not a', '(not (not a))'],
  ])('%s', (text, expected) => {
    expect(tree(text)).toBe(expected)
  })
})

describe('refused as PostgreSQL does', () => {
  test.each([
    ['a < b < c', 'syntax error at or near "<"'],
    ['a = b = c', 'syntax error at or near "="'],
    ['a <> b = any (c)', 'syntax error at or near "="'],
    ['a between 1 and 2 between 3 and 4', 'syntax error at or near "between"'],
    ['a like b like c', 'syntax error at or near "like"'],
    ['a is distinct from b is null', 'syntax error at or near "is"'],
    ['a escape b', 'syntax error at or near "escape"'],
    ['a overlaps b', 'syntax error at or near "overlaps"'],
    ['a between not b and c', 'syntax error at or near "not"'],
  ])('%s', (text, expected) => {
    expect(() => parse(`select ${text}`)).toThrow(expected)
  })
})

test('ranges take the parentheses in', () => {
  const text = 'select (a + b) * c from t'
  const [statement] = parse(text)
  if (statement?.kind !== 'query' || statement.query.body.kind !== 'select') throw new Error(text)
  const [item] = statement.query.body.items
  if (item?.kind !== 'expression' || item.expression.kind !== 'binary') throw new Error(text)
  const { at, left, operatorAt } = item.expression
  expect(text.slice(at.start, at.end)).toBe('(a + b) * c')
  expect(text.slice(left.at.start, left.at.end)).toBe('a + b')
  expect(text.slice(operatorAt.start, operatorAt.end)).toBe('*')
})
