/** CASE, CAST and its types, INTERVAL. */
import type * as ast from '../ast.ts'
import { singularUnit, typeName } from '../type-names.ts'
import { type Conversion, numberOf, textOf } from './conversion.ts'
import { cannotConvert, ForeignNode, type ForeignValue } from './foreign-node.ts'

export function convertCase(node: ForeignNode, conversion: Conversion): ast.Expression {
  const operand = node.take('expr')
  const branches: { when: ast.Expression; then: ast.Expression }[] = []
  let otherwise: ast.Expression | null = null
  for (const item of node.list('args')) {
    const branch = new ForeignNode(item, 'a branch of CASE')
    const type = branch.text('type')
    const then = conversion.expression(branch.take('result'))
    if (type === 'else') otherwise = then
    else if (type === 'when') branches.push({ when: conversion.expression(branch.take('cond')), then })
    else throw cannotConvert(`a branch of CASE of kind ${type}`)
    branch.done()
  }
  return {
    kind: 'case',
    at: conversion.at,
    operand: operand === undefined ? null : conversion.expression(operand),
    branches,
    else: otherwise,
  }
}

const INTEGERS: ReadonlySet<string> = new Set(['bigint', 'integer', 'smallint', 'int', 'int8'])

export function convertCast(node: ForeignNode, conversion: Conversion): ast.Expression {
  const { at, plain, dialect } = conversion
  const keyword = String(node.take('keyword') ?? 'cast').toLowerCase()
  node.take('symbol')
  const operand = conversion.expression(node.take('expr'))
  const [target, ...others] = node.list('target')
  if (others.length > 0) throw cannotConvert('CAST to several types')
  const type = typeOf(target, conversion)
  if (!['cast', 'try_cast', 'safe_cast'].includes(keyword)) throw cannotConvert(`${keyword} of this form`)
  if (!plain && dialect.integerCasts === 'cut' && INTEGERS.has(type.name) && !isWhole(operand)) {
    throw cannotConvert('a cast to an integer, which cuts off the fraction,')
  }
  return { kind: 'cast', at, operand, type, try: keyword !== 'cast' }
}

/** No fraction is there to be cut off: whole numbers, and texts, which have to be whole numbers. */
function isWhole(e: ast.Expression): boolean {
  if (e.kind === 'number') return /^\d+$/.test(e.text)
  if (e.kind === 'function')
    return ['count', 'length', 'row_number', 'rank', 'dense_rank'].includes(e.name.parts[0]!.name)
  if (e.kind === 'unary') return isWhole(e.operand)
  return e.kind === 'string' || e.kind === 'extract' || e.kind === 'null' || e.kind === 'boolean'
}

export function typeOf(value: ForeignValue, { dialect, plain, at }: Conversion): ast.TypeName {
  const node = new ForeignNode(value, 'a type')
  const written = String(node.take('dataType')).toLowerCase().replaceAll(/\s+/g, ' ')
  const modifiers = ['length', 'scale'].flatMap((key) => {
    const modifier = node.take(key)
    return modifier === undefined ? [] : [Number(modifier)]
  })
  node.take('parentheses')
  const kind = node.text('type')
  if (kind !== null && kind !== 'datatype') throw cannotConvert(`a type of kind ${kind}`)
  node.done()
  if (modifiers.some((modifier) => !Number.isInteger(modifier))) throw cannotConvert(`the type ${written}`)
  if (plain) return typeName(written, at, { modifiers })
  const known = dialect.types[written]
  if (known === undefined || known === null) throw cannotConvert(`the type ${written}`)
  const [, name, fixed] = /^([^(]+)(?:\((.*)\))?$/.exec(known)!
  return typeName(name!, at, { modifiers: modifiers.length > 0 ? modifiers : (fixed?.split(',').map(Number) ?? []) })
}

const UNITS: ReadonlySet<string> = new Set(['year', 'month', 'week', 'day', 'hour', 'minute', 'second'])

export function convertInterval(node: ForeignNode, conversion: Conversion): ast.Expression {
  const { at } = conversion
  const unit = singularUnit(String(node.take('unit')).toLowerCase())
  if (!UNITS.has(unit)) throw cannotConvert(`INTERVAL in ${unit}`)
  const amount = new ForeignNode(node.take('expr'), 'the amount of an interval')
  const type = amount.text('type')
  if (type === 'number') {
    const value = numberOf(amount.take('value'), conversion)
    amount.done()
    return { kind: 'interval', at, value, from: unit, to: null }
  }
  if (type !== 'single_quote_string') throw cannotConvert('INTERVAL with a computed amount')
  const value = textOf(amount.take('value'), conversion)
  amount.done()
  if (!conversion.plain && !/^-?\d+$/.test(value)) throw cannotConvert(`INTERVAL '${value}'`)
  return { kind: 'interval', at, value, from: unit, to: null }
}
