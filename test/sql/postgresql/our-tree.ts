/** Our syntax trees of expressions as text that says how they are grouped, in the words of postgresql-tree.ts. */
import type * as ast from '../../../src/sql/ast.ts'
import { intervalModifier, typeLabel } from './type-names.ts'

const LIKE_OPERATORS: Readonly<Record<string, readonly [string, string]>> = {
  like: ['LIKE', '~~'],
  ilike: ['ILIKE', '~~*'],
  similar: ['SIMILAR', '~'],
}

export function ourTree(e: ast.Expression): string {
  switch (e.kind) {
    case 'column':
      return e.parts.map(({ name }) => name).join('.')
    case 'number':
      return number(e.text)
    case 'string':
      return JSON.stringify(e.value)
    case 'bytes':
      return `bits(${e.hex})`
    case 'boolean':
      return String(e.value)
    case 'null':
      return 'null'
    case 'typed':
      if (e.type.name === 'bit') return `bits(${e.value})`
      return `${JSON.stringify(e.value)}::${typeText(e.type)}`
    case 'interval':
      return `${typeof e.value === 'string' ? JSON.stringify(e.value) : ourTree(e.value)}::${typeLabel('interval', e.from === null ? [] : [intervalModifier(e.from, e.to)], 0)}`
    case 'parameter':
      return `$${e.index}`
    case 'unary':
      return unary(e)
    case 'binary':
      return binary(e)
    case 'and':
    case 'or':
      return logical(e)
    case 'is':
      return `(${ourTree(e.operand)} IS ${e.negated ? 'NOT_' : ''}${e.test.toUpperCase()})`
    case 'is-distinct':
      return `(${ourTree(e.left)} ${e.negated ? 'NOT_' : ''}DISTINCT ${ourTree(e.right)})`
    case 'between':
      return `(${ourTree(e.operand)} ${e.negated ? 'NOT_' : ''}BETWEEN${e.symmetric ? '_SYM' : ''} ${ourTree(e.low)} ${ourTree(e.high)})`
    case 'in-list':
      return `(${ourTree(e.operand)} IN${e.negated ? '<>' : '='} ${e.values.map(ourTree).join(' ')})`
    case 'in-query':
      return e.negated ? `NOT(${inQuery(e)})` : inQuery(e)
    case 'like':
      return like(e)
    case 'quantified':
      return `(${ourTree(e.operand)} ${operatorOf(e.operator)} ${e.quantifier.toUpperCase()} ${e.sourceIsQuery ? query(e.source as ast.Query) : ourTree(e.source as ast.Expression)})`
    case 'exists':
      return `EXISTS(${query(e.query)})`
    case 'scalar-query':
      return `QUERY(${query(e.query)})`
    case 'array-query':
      return `ARRAY(${query(e.query)})`
    case 'cast':
      return `${ourTree(e.operand)}::${typeText(e.type)}`
    case 'case':
      return `CASE(${[e.operand, ...e.branches.flatMap(({ when, then }) => [when, then]), e.else].map((x) => (x === null ? '-' : ourTree(x))).join(' ')})`
    case 'function':
      return call(e)
    case 'extract':
      return `extract(${JSON.stringify(e.field)},${ourTree(e.source)})`
    case 'row':
      return `ROW(${e.values.map(ourTree).join()})`
    case 'array':
      return `ARRAY[${e.elements.map(ourTree).join()}]`
    case 'subscript':
      return `${ourTree(e.operand)}[${ourTree(e.index)}]`
    case 'slice':
      return `${ourTree(e.operand)}[${e.low === null ? '' : ourTree(e.low)}:${e.high === null ? '' : ourTree(e.high)}]`
    case 'field':
      return `${ourTree(e.operand)}.${e.field.name}`
    case 'collate':
      return `(${ourTree(e.operand)} COLLATE ${e.collation.parts.map(({ name }) => name).join('.')})`
    default:
      return `?${e.kind}`
  }
}

/** PostgreSQL keeps integers as numbers. */
function number(text: string): string {
  return /^\d+$/.test(text) ? String(Number(text)) : text
}

function unary(e: ast.Unary): string {
  if (e.operator === 'not') return `NOT(${ourTree(e.operand)})`
  const operand = ourTree(e.operand)
  // A minus before a constant is part of it: what is negated twice has no sign left.
  if (e.operator === '-' && /^-?[\d.][\d.e+]*$/.test(operand))
    return operand.startsWith('-') ? operand.slice(1) : `-${operand}`
  return `(${e.operator} ${operand})`
}

function binary(e: ast.Binary): string {
  const [left, right] = [ourTree(e.left), ourTree(e.right)]
  if (e.operator === 'at time zone') return `timezone(${right},${left})`
  if (e.operator === 'overlaps')
    return `overlaps(${[e.left, e.right].map((row) => (row as ast.RowConstructor).values.map(ourTree).join()).join()})`
  return `(${left} ${operatorOf(e.operator)} ${right})`
}

function logical(e: ast.Logical): string {
  const word = e.kind.toUpperCase()
  const [first, ...rest] = e.operands
  // PostgreSQL adds to a chain on the left even if it stands in parentheses.
  const head = first?.kind === e.kind ? ourTree(first).slice(word.length + 1, -1) : ourTree(first!)
  return `${word}(${[head, ...rest.map(ourTree)].join(' ')})`
}

function inQuery(e: ast.InQuery): string {
  return `(${ourTree(e.operand)} IN ${query(e.query)})`
}

const WORD_OPERATORS: Readonly<Record<string, string>> = {
  like: '~~',
  'not like': '!~~',
  ilike: '~~*',
  'not ilike': '!~~*',
}

function operatorOf(operator: string): string {
  return WORD_OPERATORS[operator] ?? operator.split('.').at(-1)!
}

function like(e: ast.Like): string {
  const [word, operator] = LIKE_OPERATORS[e.operator]!
  const similar = e.operator === 'similar'
  const pattern = ourTree(e.pattern)
  const escaped =
    e.escape === null ? pattern : `${similar ? 'similar_to_escape' : 'like_escape'}(${pattern},${ourTree(e.escape)})`
  const right = similar && e.escape === null ? `similar_to_escape(${pattern})` : escaped
  return `(${ourTree(e.operand)} ${word} ${e.negated ? '!' : ''}${operator} ${right})`
}

/** Only `SELECT expression` is made here. */
export function query(q: ast.Query): string {
  if (q.body.kind === 'subquery') return query(q.body.query)
  if (q.body.kind !== 'select') return q.body.kind
  return `SELECT ${q.body.items.map((item) => (item.kind === 'expression' ? ourTree(item.expression) : '*')).join()}`
}

function typeText(type: ast.TypeName): string {
  let dimensions = 0
  let element = type
  while (element.name === 'array') {
    dimensions += 1
    element = element.arguments[0]!
  }
  const fields = element.interval?.from
  const modifiers = fields ? [intervalModifier(fields, element.interval?.to ?? null)] : element.modifiers.map(String)
  return typeLabel(element.name, modifiers, dimensions)
}

function call(e: ast.FunctionCall): string {
  const written = e.name.parts.at(-1)!.name
  const name = written === 'trim' ? 'btrim' : written
  const list = e.arguments.map(({ name: label, value }) =>
    label === null ? ourTree(value) : `${label}=>${ourTree(value)}`,
  )
  return [
    `${name}(${e.distinct ? 'DISTINCT ' : ''}${e.star ? '*' : list.join()}`,
    e.orderBy.length > 0 ? ` ORDER ${order(e.orderBy)}` : '',
    ')',
    e.withinGroup.length > 0 ? ` WITHIN ${order(e.withinGroup)}` : '',
    e.filter === null ? '' : ` FILTER ${ourTree(e.filter)}`,
    e.over === null ? '' : ` OVER ${'kind' in e.over ? windowText(e.over) : e.over.name}`,
  ].join('')
}

function order(items: readonly ast.OrderItem[]): string {
  return items
    .map(
      (item) =>
        `${ourTree(item.expression)}${item.descending ? ' DESC' : ''}${item.nulls === null ? '' : ` ${item.nulls}`}`,
    )
    .join()
}

function windowText(spec: ast.WindowSpec): string {
  const { base, partitionBy, orderBy, frame } = spec
  const bound = (b: ast.FrameBound): string => `${b.kind}${b.offset === null ? '' : ` ${ourTree(b.offset)}`}`
  const frameText =
    frame === null
      ? ''
      : `${frame.unit} ${bound(frame.start)}..${frame.end === null ? 'current-row' : bound(frame.end)} ${frame.exclude === 'no-others' ? '' : (frame.exclude ?? '')}`
  return `[${base?.name ?? ''}|${partitionBy.map(ourTree).join()}|${order(orderBy)}|${frameText}]`
}
