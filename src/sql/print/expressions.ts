/** Expressions as SQL; operands that are more than a word, a literal or a call stand in parentheses. */
import type { Expression, FunctionCall, IntervalLiteral, Query, Slice, Subscript } from '../ast.ts'
import { printName, printQualifiedName, printText, printType } from './names.ts'
import { groupsLeft, operatorWords, patternWords } from './operators.ts'
import { printStar } from './stars.ts'
import { printWindow } from './windows.ts'

type PrintQuery = (query: Query) => string

/** Kinds that need no parentheses, wherever they stand. */
const PRIMARY: ReadonlySet<Expression['kind']> = new Set([
  'array',
  'array-query',
  'boolean',
  'bytes',
  'case',
  'cast',
  'column',
  'exists',
  'extract',
  'function',
  'map',
  'null',
  'number',
  'parameter',
  'row',
  'scalar-query',
  'string',
  'struct',
] as const)

/** As an operand. */
export function printOperandWith(ast: Expression, printQuery: PrintQuery): string {
  const text = printExpressionWith(ast, printQuery)
  return PRIMARY.has(ast.kind) ? text : `(${text})`
}

/** What stands in brackets: those of the only subquery among them are the brackets. */
export function printListWith(values: readonly Expression[], printQuery: PrintQuery): string {
  const [only] = values
  if (values.length === 1 && only!.kind === 'scalar-query') return printQuery(only!.query)
  return values.map((value) => printExpressionWith(value, printQuery)).join(', ')
}

/** At a place that takes any expression. */
export function printExpressionWith(ast: Expression, printQuery: PrintQuery): string {
  const print = (one: Expression): string => printExpressionWith(one, printQuery)
  const operand = (one: Expression): string => printOperandWith(one, printQuery)
  const list = (all: readonly Expression[]): string => all.map(print).join(', ')
  switch (ast.kind) {
    case 'column':
      return ast.parts.map(printName).join('.')
    case 'number':
      return ast.text
    case 'string':
      return printText(ast.value)
    case 'bytes':
      return `X'${ast.hex}'`
    case 'boolean':
      return ast.value ? 'TRUE' : 'FALSE'
    case 'null':
      return 'NULL'
    case 'typed':
      return `${printType(ast.type)} ${printText(ast.value)}`
    case 'interval':
      return printInterval(ast, operand)
    case 'parameter':
      return `$${ast.index ?? ast.name}`
    case 'cast':
      return `${ast.try ? 'TRY_CAST' : 'CAST'}(${print(ast.operand)} AS ${printType(ast.type)})`
    case 'case': {
      const branches = ast.branches.map(({ when, then }) => `WHEN ${print(when)} THEN ${print(then)}`).join(' ')
      const last = ast.else === null ? '' : ` ELSE ${print(ast.else)}`
      return `CASE ${ast.operand === null ? '' : `${operand(ast.operand)} `}${branches}${last} END`
    }
    case 'function':
      return printCall(ast, printQuery)
    case 'extract':
      return `EXTRACT(${printText(ast.field)} FROM ${print(ast.source)})`
    case 'exists':
      return `EXISTS (${printQuery(ast.query)})`
    case 'scalar-query':
      return `(${printQuery(ast.query)})`
    case 'array-query':
      return `ARRAY (${printQuery(ast.query)})`
    case 'row':
      return `ROW(${printListWith(ast.values, printQuery)})`
    case 'array':
      return `ARRAY[${list(ast.elements)}]`
    case 'struct':
      return `{${ast.fields.map(({ name, value }) => `${printText(name)}: ${operand(value)}`).join(', ')}}`
    case 'map':
      return `MAP {${ast.entries.map(({ key, value }) => `${operand(key)}: ${operand(value)}`).join(', ')}}`
    case 'lambda':
      return `LAMBDA ${ast.parameters.map(printName).join(', ')}: ${print(ast.body)}`
    case 'star': {
      if (ast.item !== undefined) return printStar(ast.item, operand)
      return ast.operand === null ? '*' : `(${print(ast.operand)}).*`
    }
    case 'default':
      return 'DEFAULT'
    default:
      return printOperation(ast, printQuery)
  }
}

type Operation = Extract<
  Expression,
  {
    readonly kind:
      | 'unary'
      | 'binary'
      | 'and'
      | 'or'
      | 'is'
      | 'is-distinct'
      | 'between'
      | 'in-list'
      | 'in-query'
      | 'like'
      | 'quantified'
      | 'subscript'
      | 'slice'
      | 'field'
      | 'collate'
  }
>

function printOperation(ast: Operation, printQuery: PrintQuery): string {
  const operand = (one: Expression): string => printOperandWith(one, printQuery)
  const indexed = (one: Subscript | Slice): string =>
    one.continues === true ? printExpressionWith(one.operand, printQuery) : operand(one.operand)
  const not = 'negated' in ast && ast.negated ? 'NOT ' : ''
  switch (ast.kind) {
    case 'unary':
      return `${ast.operator === 'not' ? 'NOT' : ast.operator} ${operand(ast.operand)}`
    case 'binary': {
      const chain = ast.left.kind === 'binary' && ast.left.operator === ast.operator && groupsLeft(ast.operator)
      const left = chain ? printExpressionWith(ast.left, printQuery) : operand(ast.left)
      return `${left} ${operatorWords(ast.operator)} ${operand(ast.right)}`
    }
    case 'and':
    case 'or':
      return ast.operands.map(operand).join(` ${ast.kind.toUpperCase()} `)
    case 'is':
      return `${operand(ast.operand)} IS ${not}${ast.test.toUpperCase()}`
    case 'is-distinct':
      return `${operand(ast.left)} IS ${not}DISTINCT FROM ${operand(ast.right)}`
    case 'between': {
      const words = `${not}BETWEEN${ast.symmetric ? ' SYMMETRIC' : ''}`
      return `${operand(ast.operand)} ${words} ${operand(ast.low)} AND ${operand(ast.high)}`
    }
    case 'in-list': {
      const values = ast.values.map((value) => printExpressionWith(value, printQuery))
      return `${operand(ast.operand)} ${not}IN (${values.join(', ')})`
    }
    case 'in-query':
      return `${operand(ast.operand)} ${not}IN (${printQuery(ast.query)})`
    case 'like': {
      const end = ast.escape === null ? '' : ` ESCAPE ${operand(ast.escape)}`
      return `${operand(ast.operand)} ${not}${patternWords(ast.operator)} ${operand(ast.pattern)}${end}`
    }
    case 'quantified': {
      const source = ast.sourceIsQuery
        ? printQuery(ast.source as Query)
        : printExpressionWith(ast.source as Expression, printQuery)
      return `${operand(ast.operand)} ${operatorWords(ast.operator)} ${ast.quantifier.toUpperCase()} (${source})`
    }
    case 'subscript':
      return `${indexed(ast)}[${operand(ast.index)}]`
    case 'slice':
      return `${indexed(ast)}[${ast.low === null ? '' : operand(ast.low)} : ${ast.high === null ? '' : `(${operand(ast.high)})`}]`
    case 'field':
      return `(${printExpressionWith(ast.operand, printQuery)}).${printName(ast.field)}`
    case 'collate':
      return `${operand(ast.operand)} COLLATE ${printQualifiedName(ast.collation)}`
  }
}

function printInterval({ value, from, to }: IntervalLiteral, operand: (ast: Expression) => string): string {
  const units = from === null ? '' : ` ${from}${to === null ? '' : ` TO ${to}`}`
  if (typeof value === 'string') return `INTERVAL ${printText(value)}${units}`
  return `INTERVAL (${operand(value)})${units}`
}

/** Functions that SQL writes without brackets when they have no arguments. */
const CONSTANTS: ReadonlySet<string> = new Set([
  'current_catalog',
  'current_date',
  'current_role',
  'current_schema',
  'current_time',
  'current_timestamp',
  'current_user',
  'localtime',
  'localtimestamp',
  'session_user',
  'user',
])

function printCall(ast: FunctionCall, printQuery: PrintQuery): string {
  const own = ownSyntax(ast, printQuery)
  if (own !== null) return own
  const tail: string[] = []
  const order = (items: FunctionCall['orderBy']): string =>
    `ORDER BY ${items
      .map(({ expression, descending, nulls }) => {
        return `${printOperandWith(expression, printQuery)}${descending ? ' DESC' : ''}${nulls === null ? '' : ` NULLS ${nulls.toUpperCase()}`}`
      })
      .join(', ')}`
  if (ast.withinGroup.length > 0) tail.push(`WITHIN GROUP (${order(ast.withinGroup)})`)
  if (ast.filter !== null) tail.push(`FILTER (WHERE ${printExpressionWith(ast.filter, printQuery)})`)
  if (ast.nullTreatment !== null) tail.push(`${ast.nullTreatment.toUpperCase()} NULLS`)
  if (ast.over !== null)
    tail.push(
      `OVER ${'kind' in ast.over ? printWindow(ast.over, (one) => printOperandWith(one, printQuery)) : printName(ast.over)}`,
    )
  const inner = [ast.star ? '*' : printArguments(ast, printQuery), ast.orderBy.length > 0 ? order(ast.orderBy) : '']
  const text = inner.filter((part) => part !== '').join(' ')
  return [`${printQualifiedName(ast.name)}(${text})`, ...tail].join(' ')
}

function printArguments({ arguments: values, distinct }: FunctionCall, printQuery: PrintQuery): string {
  const [only] = values
  // `f((SELECT 1))`: the brackets of the call are those of the query.
  if (
    values.length === 1 &&
    !distinct &&
    only!.name === null &&
    only!.variadic !== true &&
    only!.value.kind === 'scalar-query'
  ) {
    return printQuery(only!.value.query)
  }
  const list = values.map(({ name, value, unpack, variadic }) => {
    const named = name === null ? '' : `"${name.replaceAll('"', '""')}" => `
    return `${variadic === true ? 'VARIADIC ' : ''}${named}${unpack === true ? '*' : ''}${printExpressionWith(value, printQuery)}`
  })
  return `${distinct ? 'DISTINCT ' : ''}${list.join(', ')}`
}

/** Functions whose arguments have keywords between them. */
function ownSyntax(ast: FunctionCall, printQuery: PrintQuery): string | null {
  const [part, ...rest] = ast.name.parts
  if (rest.length > 0 || part!.quoted || ast.filter !== null || ast.over !== null) return null
  const values = ast.arguments.map(({ value }) => value)
  const operand = (index: number): string => printOperandWith(values[index]!, printQuery)
  const { name } = part!
  if (CONSTANTS.has(name) && values.length === 0) return name
  if (name === 'position' && values.length === 2) return `POSITION(${operand(0)} IN ${operand(1)})`
  const form = values[1]
  if (name === 'normalize' && form?.kind === 'string') return `NORMALIZE(${operand(0)}, ${form.value})`
  return null
}
