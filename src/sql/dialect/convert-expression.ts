/** Expressions of the foreign parser's tree: one function for each kind of node; what is not known is refused. */
import type * as ast from '../ast.ts'
import { type Conversion, identifier, nameOf, numberOf, rawName, textOf } from './conversion.ts'
import { convertAggregate, convertAnyValue, convertCall } from './convert-call.ts'
import { convertCase, convertCast, convertInterval } from './convert-value.ts'
import { cannotConvert, ForeignNode, type ForeignValue } from './foreign-node.ts'
import { COMPARISON, CONCATENATION, type Part, regroup } from './regroup.ts'

type Convert = (node: ForeignNode, conversion: Conversion) => ast.Expression

/** To convert another kind of node: a line here. */
const KINDS: Readonly<Record<string, Convert>> = {
  column_ref: convertColumn,
  number: (node, conversion) => numberOf(node.take('value'), conversion),
  bigint: (node, conversion) => numberOf(node.take('value'), conversion),
  single_quote_string: convertText,
  double_quote_string: convertText,
  string: convertText,
  bool: (node, { at }) => ({ kind: 'boolean', at, value: node.take('value') === true }),
  boolean: (node, { at }) => ({ kind: 'boolean', at, value: node.take('value') === true }),
  null: (node, { at }) => {
    node.take('value')
    return { kind: 'null', at }
  },
  date: convertTyped,
  timestamp: convertTyped,
  interval: convertInterval,
  origin: convertOrigin,
  star: () => {
    throw cannotConvert('* in an expression')
  },
  function: convertCall,
  aggr_func: convertAggregate,
  window_func: convertAggregate,
  any_value: convertAnyValue,
  case: convertCase,
  cast: convertCast,
  extract: convertExtract,
  expr_list: convertRow,
}

export function convertExpression(value: ForeignValue, conversion: Conversion): ast.Expression {
  return regroup(partsOf(value, conversion), conversion.at).node
}

/** Operands and operators in the order of the text; what stands in parentheses is one operand. */
function partsOf(value: ForeignValue, conversion: Conversion): Part[] {
  const outer = new ForeignNode(value, 'an expression')
  if (outer.take('ast') !== undefined)
    return [operand({ kind: 'scalar-query', at: conversion.at, query: conversion.query(value) })]
  const type = outer.text('type')
  const inParentheses = outer.take('parentheses') !== undefined
  if (type === 'expr') {
    const parts = partsOf(outer.take('expr'), conversion)
    outer.done()
    return parts
  }
  if (type !== 'binary_expr' && type !== 'unary_expr') return [operand(primary(outer, type, conversion))]
  const parts = type === 'unary_expr' ? unaryParts(outer, conversion) : binaryParts(outer, conversion)
  outer.done()
  return inParentheses ? [operand(regroup(parts, conversion.at).node)] : parts
}

const operand = (node: ast.Expression): Part => ({ kind: 'operand', node })

function primary(node: ForeignNode, type: string | null, conversion: Conversion): ast.Expression {
  const convert = type === null ? undefined : KINDS[type]
  if (convert === undefined) throw cannotConvert(`an expression of kind ${type}`)
  const converted = convert(node, conversion)
  node.take('collate')
  node.done()
  return converted
}

function unaryParts(node: ForeignNode, conversion: Conversion): Part[] {
  const operator = String(node.take('operator')).toLowerCase()
  const inner = node.take('expr')
  if (operator === 'not' || operator === '-' || operator === '+') {
    return [{ kind: 'prefix', operator }, ...partsOf(inner, conversion)]
  }
  if (operator === 'exists') return [operand(existsOf(inner, conversion))]
  if (operator === 'not exists') return [{ kind: 'prefix', operator: 'not' }, operand(existsOf(inner, conversion))]
  throw cannotConvert(`the operator ${operator}`)
}

function existsOf(value: ForeignValue, conversion: Conversion): ast.Expression {
  return { kind: 'exists', at: conversion.at, query: conversion.query(value) }
}

const LEVELS: Readonly<Record<string, number>> = {
  ...{ or: 1, and: 2, '=': COMPARISON, '<>': COMPARISON, '!=': COMPARISON, '<': COMPARISON, '<=': COMPARISON },
  ...{
    '>': COMPARISON,
    '>=': COMPARISON,
    '==': COMPARISON,
    '||': CONCATENATION,
    '+': 6,
    '-': 6,
    '*': 7,
    '/': 7,
    '%': 7,
  },
}

function binaryParts(node: ForeignNode, conversion: Conversion): Part[] {
  const operator = String(node.take('operator')).toLowerCase().replaceAll(/\s+/g, ' ')
  const left = partsOf(node.take('left'), conversion)
  const right = node.take('right')
  const level = LEVELS[operator]
  if (level !== undefined) {
    const build = (l: ast.Expression, r: ast.Expression): ast.Expression => binary(operator, l, r, conversion)
    return [...left, { kind: 'infix', level, operator, build }, ...partsOf(right, conversion)]
  }
  const negated = /\bnot\b/.test(operator)
  switch (operator.replace(/ ?\bnot\b ?/, '')) {
    case 'is':
      return [...left, isTest(negated, right, conversion)]
    case 'in':
      return [...left, inTest(negated, right, conversion)]
    case 'between':
      return [...left, between(negated, right, conversion)]
    case 'like':
    case 'ilike':
      return [
        ...left,
        like(operator.endsWith('ilike') ? 'ilike' : 'like', negated, conversion),
        ...partsOf(right, conversion),
      ]
    case '<=>':
      return [
        ...left,
        infix((l, r) => ({ kind: 'is-distinct', at: conversion.at, negated: true, left: l, right: r })),
        ...partsOf(right, conversion),
      ]
    default:
      throw cannotConvert(`the operator ${operator}`)
  }
}

function infix(build: (left: ast.Expression, right: ast.Expression) => ast.Expression): Part {
  return { kind: 'infix', level: COMPARISON, operator: '', build }
}

function binary(
  written: string,
  left: ast.Expression,
  right: ast.Expression,
  { dialect, plain, at }: Conversion,
): ast.Expression {
  const operator = { '!=': '<>', '==': '=' }[written] ?? written
  if (!plain && operator === '/' && dialect.division !== 'integer' && !isDouble(left) && !isDouble(right)) {
    throw cannotConvert(`the operator / (${dialect.division.refuse})`)
  }
  if (!plain && operator === '||' && dialect.concatenation !== 'text') {
    throw cannotConvert(`the operator || (${dialect.concatenation.refuse})`)
  }
  return { kind: 'binary', at, operator, left, right, operatorAt: at }
}

/** A quotient of doubles is one everywhere. */
function isDouble(e: ast.Expression): boolean {
  return e.kind === 'cast' && ['double precision', 'real', 'double'].includes(e.type.name)
}

function isTest(negated: boolean, right: ForeignValue, conversion: Conversion): Part {
  const value = convertExpression(right, conversion)
  const test = value.kind === 'null' ? 'null' : value.kind === 'boolean' ? (value.value ? 'true' : 'false') : null
  if (test === null) throw cannotConvert('IS with a value')
  return { kind: 'postfix', build: (e) => ({ kind: 'is', at: conversion.at, test, negated, operand: e }) }
}

function inTest(negated: boolean, right: ForeignValue, conversion: Conversion): Part {
  const { at } = conversion
  const list = new ForeignNode(right, 'IN')
  if (list.take('ast') !== undefined) {
    const query = conversion.query(right)
    return { kind: 'postfix', build: (e) => ({ kind: 'in-query', at, negated, operand: e, query }) }
  }
  if (list.text('type') !== 'expr_list') throw cannotConvert('IN without a list')
  const items = list.list('value')
  list.take('parentheses')
  list.done()
  const only = items[0]
  if (items.length === 1 && typeof only === 'object' && only !== null && 'ast' in only) {
    const query = conversion.query(only)
    return { kind: 'postfix', build: (e) => ({ kind: 'in-query', at, negated, operand: e, query }) }
  }
  const values = items.map((item) => convertExpression(item, conversion))
  if (values.length === 0) throw cannotConvert('IN without values')
  return { kind: 'postfix', build: (e) => ({ kind: 'in-list', at, negated, operand: e, values }) }
}

function between(negated: boolean, right: ForeignValue, conversion: Conversion): Part {
  const list = new ForeignNode(right, 'BETWEEN')
  list.text('type')
  const bounds = list.list('value').map((bound) => regroup(partsOf(bound, conversion), conversion.at))
  list.done()
  const [low, high] = bounds
  if (bounds.length !== 2 || low === undefined || high === undefined) throw cannotConvert('BETWEEN without two bounds')
  if (bounds.some(({ level }) => level <= COMPARISON)) throw cannotConvert('a comparison as a bound of BETWEEN')
  const rest = {
    kind: 'between',
    at: conversion.at,
    negated,
    symmetric: false,
    low: low.node,
    high: high.node,
  } as const
  return { kind: 'postfix', build: (e) => ({ ...rest, operand: e }) }
}

function like(operator: 'like' | 'ilike', negated: boolean, { dialect, plain, at }: Conversion): Part {
  return infix((e, pattern) => {
    if (!plain && dialect.like !== undefined) throw cannotConvert(`LIKE (${dialect.like.refuse})`)
    // Without an escape a backslash stands for itself.
    const bare = !plain && !dialect.likeEscape && !(pattern.kind === 'string' && !pattern.value.includes('\\'))
    const escape: ast.Expression | null = bare ? { kind: 'string', at, value: '' } : null
    return { kind: 'like', at, operator, negated, operand: e, pattern, escape }
  })
}

function convertColumn(node: ForeignNode, conversion: Conversion): ast.Expression {
  const { at } = conversion
  const before = ['catalog', 'db', 'schema', 'table'].flatMap((key) => {
    const value = node.take(key)
    return value === undefined ? [] : [nameOf(value, conversion)]
  })
  if (node.list('notations').some((notation) => notation !== '.')) throw cannotConvert('a column of this form')
  const raw = rawName(node.take('column'))
  if (raw === '*') throw cannotConvert('* in an expression')
  return { kind: 'column', at, parts: [...before, identifier(raw, conversion)] }
}

function convertText(node: ForeignNode, conversion: Conversion): ast.Expression {
  return { kind: 'string', at: conversion.at, value: textOf(node.take('value'), conversion) }
}

/** DATE '...', TIMESTAMP '...'. */
function convertTyped(node: ForeignNode, conversion: Conversion): ast.Expression {
  const { at, dialect, plain } = conversion
  const written = node.text('type') ?? 'date'
  const name = plain ? written : (dialect.types[written] ?? written)
  const type: ast.TypeName = { at, name, modifiers: [], arguments: [], fields: [], interval: null }
  return { kind: 'typed', at, type, value: textOf(node.take('value'), conversion) }
}

function convertOrigin(node: ForeignNode): ast.Expression {
  throw cannotConvert(String(node.take('value')))
}

/** `(a, b)`. */
function convertRow(node: ForeignNode, conversion: Conversion): ast.Expression {
  const values = node.list('value').map((item) => convertExpression(item, conversion))
  if (values.length === 1) return values[0]!
  return { kind: 'row', at: conversion.at, values }
}

const FIELDS: ReadonlySet<string> = new Set(['year', 'quarter', 'month', 'day', 'hour', 'minute'])

function convertExtract(node: ForeignNode, conversion: Conversion): ast.Expression {
  const args = node.node('args')
  const field = String(args?.take('field')).toLowerCase()
  const cast = args?.take('cast_type')
  if (args === null || cast !== undefined) throw cannotConvert('EXTRACT of this form')
  // Weeks, days of the week and seconds are counted in several ways.
  if (!conversion.plain && !FIELDS.has(field)) throw cannotConvert(`EXTRACT of ${field}`)
  const source = convertExpression(args.take('source'), conversion)
  args.done()
  return { kind: 'extract', at: conversion.at, field, source }
}
