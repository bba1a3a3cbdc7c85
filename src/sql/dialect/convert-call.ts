/** Calls of functions, aggregates and windows. */
import type * as ast from '../ast.ts'
import { plainCall } from '../make-query.ts'
import { type Conversion, identifier, rawName } from './conversion.ts'
import { convertOrder } from './convert-order.ts'
import { cannotConvert, ForeignNode, type ForeignValue } from './foreign-node.ts'
import { applyRule } from './function-rules.ts'

const WITHOUT_PARENTHESES: ReadonlySet<string> = new Set([
  'current_date',
  'current_timestamp',
  'current_time',
  'localtimestamp',
])

export function convertCall(node: ForeignNode, conversion: Conversion): ast.Expression {
  const name = functionName(node.take('name'))
  const args = node.node('args')
  const given = args === null ? [] : argumentList(args)
  if (name === 'exists' && given.length === 1)
    return { kind: 'exists', at: conversion.at, query: conversion.query(given[0]) }
  if (['rollup', 'cube', 'grouping sets'].includes(name)) throw cannotConvert(`${name} outside GROUP BY`)
  const call = plainCall(
    name,
    given.map((item) => conversion.expression(item)),
    conversion.at,
  )
  const over = node.node('over')
  if (node.take('within_group') !== undefined) throw cannotConvert('WITHIN GROUP')
  if (args === null && !WITHOUT_PARENTHESES.has(name)) throw cannotConvert(`${name} without parentheses`)
  return applyRule({ ...call, over: over === null ? null : windowOf(over, conversion) }, conversion)
}

export function convertAggregate(node: ForeignNode, conversion: Conversion): ast.Expression {
  const name = functionName(node.take('name'))
  const args = node.node('args')
  const over = node.node('over')
  const filter = node.node('filter')
  let call = plainCall(name, [], conversion.at)
  if (args !== null) call = aggregateArguments(call, args, conversion)
  if (filter !== null) call = { ...call, filter: filterOf(filter, conversion) }
  if (over !== null) call = { ...call, over: windowOf(over, conversion) }
  return applyRule(call, conversion)
}

/** ANY_VALUE has a kind of its own. */
export function convertAnyValue(node: ForeignNode, conversion: Conversion): ast.Expression {
  const over = node.node('over')
  const call = aggregateArguments(
    plainCall('any_value', [], conversion.at),
    new ForeignNode(node.take('args'), 'ANY_VALUE'),
    conversion,
  )
  return applyRule({ ...call, over: over === null ? null : windowOf(over, conversion) }, conversion)
}

function aggregateArguments(call: ast.FunctionCall, args: ForeignNode, conversion: Conversion): ast.FunctionCall {
  const distinct = args.text('distinct')
  if (distinct !== null && distinct.toLowerCase() !== 'distinct') throw cannotConvert(`${distinct} in a call`)
  const orderBy = args.list('orderby').map((item) => convertOrder(item, conversion))
  if (args.text('type') === 'expr_list') {
    const values = args.list('value').map((item) => conversion.expression(item))
    args.done()
    return { ...withArguments(call, values), distinct: distinct !== null, orderBy }
  }
  const expr = args.take('expr')
  args.take('parentheses')
  args.done()
  const star = typeof expr === 'object' && expr !== null && (expr as { type?: unknown }).type === 'star'
  if (star) return { ...call, star: true }
  return { ...withArguments(call, [conversion.expression(expr)]), distinct: distinct !== null, orderBy }
}

function withArguments(call: ast.FunctionCall, values: readonly ast.Expression[]): ast.FunctionCall {
  return { ...call, arguments: values.map((value) => ({ at: call.at, name: null, value })) }
}

/** In lower case: functions have one name in every dialect. */
export function functionName(value: ForeignValue): string {
  if (typeof value === 'string') return value.toLowerCase()
  const node = new ForeignNode(value, 'the name of a function')
  // BigQuery's grammar calls a lone name the schema.
  const parts = [...[node.take('schema')].filter((part) => part !== undefined), ...node.list('name')].map(rawName)
  if (parts.length !== 1) throw cannotConvert('a function with a schema')
  node.done()
  const name = parts[0]!.toLowerCase()
  if (!/^[a-z_][\w ]*$/.test(name) || /^z[qs]\d+z$/.test(name)) throw cannotConvert(`the function ${name}`)
  return name
}

function argumentList(args: ForeignNode): readonly ForeignValue[] {
  if (args.text('type') !== 'expr_list') throw cannotConvert('arguments of this form')
  const list = args.list('value')
  args.done()
  return list
}

function filterOf(filter: ForeignNode, conversion: Conversion): ast.Expression {
  filter.take('keyword')
  filter.take('parentheses')
  const condition = conversion.expression(filter.take('where') ?? filter.take('expr'))
  filter.done()
  return condition
}

function windowOf(over: ForeignNode, conversion: Conversion): ast.WindowSpec | ast.Identifier {
  if (over.text('type') !== 'window') throw cannotConvert('OVER of this form')
  const spec = over.take('as_window_specification')
  over.done()
  return typeof spec === 'string' ? identifier(spec, conversion) : windowSpec(spec, conversion)
}

export function windowSpec(value: ForeignValue, conversion: Conversion): ast.WindowSpec {
  const outer = new ForeignNode(value, 'a window')
  outer.take('parentheses')
  const spec = outer.node('window_specification')
  outer.done()
  const base: ast.WindowSpec = {
    kind: 'window-spec',
    at: conversion.at,
    base: null,
    partitionBy: [],
    orderBy: [],
    frame: null,
  }
  if (spec === null) return base
  const name = spec.take('name')
  const partitionBy = spec.list('partitionby').map((item) => {
    const column = new ForeignNode(item, 'PARTITION BY')
    column.text('type')
    const expression = conversion.expression(column.take('expr'))
    column.done()
    return expression
  })
  const orderBy = spec.list('orderby').map((item) => convertOrder(item, conversion))
  const frame = spec.take('window_frame_clause')
  spec.done()
  return {
    ...base,
    base: name === undefined ? null : identifier(rawName(name), conversion),
    partitionBy,
    orderBy,
    frame: frame === undefined ? null : frameOf(frame, conversion),
  }
}

/** ROWS or RANGE BETWEEN bounds that are words and whole numbers. */
function frameOf(value: ForeignValue, conversion: Conversion): ast.WindowFrame {
  const frame = new ForeignNode(value, 'a frame')
  const type = frame.text('type')
  if (type !== 'binary_expr' || frame.take('operator') !== 'BETWEEN') throw cannotConvert('a frame of this form')
  const left = new ForeignNode(frame.take('left'), 'a frame')
  const unit = String(left.take('value')).toLowerCase()
  const right = new ForeignNode(frame.take('right'), 'a frame')
  right.text('type')
  const bounds = right.list('value').map((bound) => boundOf(bound, conversion))
  if (unit !== 'rows' && unit !== 'range') throw cannotConvert(`a frame of ${unit}`)
  const [start, end] = bounds
  if (start === undefined || end === undefined) throw cannotConvert('a frame of this form')
  return { at: conversion.at, unit, start, end, exclude: null }
}

function boundOf(value: ForeignValue, { at, standIns }: Conversion): ast.FrameBound {
  const bound = new ForeignNode(value, 'a bound of a frame')
  bound.text('type')
  const text = String(bound.take('value')).toLowerCase()
  bound.done()
  const match = /^(?:(unbounded) (preceding|following)|(current row)|(\d+) (preceding|following))$/.exec(text)
  if (match === null || standIns.has(match[4] ?? '')) throw cannotConvert(`the bound ${text} of a frame`)
  const [, unbounded, side, current, count, direction] = match
  if (current !== undefined) return { at, kind: 'current-row', offset: null }
  if (unbounded !== undefined) return { at, kind: `unbounded-${side as 'preceding' | 'following'}`, offset: null }
  return { at, kind: direction as 'preceding' | 'following', offset: { kind: 'number', at, text: count! } }
}
