/** FROM: tables, subqueries and joins of the foreign parser's flat list. */
import type * as ast from '../ast.ts'
import { type Conversion, identifier, nameOf, rawName } from './conversion.ts'
import { cannotConvert, ForeignNode, type ForeignValue } from './foreign-node.ts'

const JOINS: Readonly<Record<string, ast.Join['type']>> = {
  ...{ join: 'inner', 'inner join': 'inner', 'left join': 'left', 'left outer join': 'left' },
  ...{
    'right join': 'right',
    'right outer join': 'right',
    'full join': 'full',
    'full outer join': 'full',
    'cross join': 'cross',
  },
}

/** Words that the foreign parser takes for an alias where they begin a join or a clause. */
const NO_ALIASES: ReadonlySet<string> = new Set(
  'natural semi anti asof positional global any all lateral left right full inner cross outer straight_join tablesample sample for final limit offset fetch window qualify match_recognize pivot unpivot at before version timestamp using on'.split(
    ' ',
  ),
)

export function convertFrom(value: ForeignValue, conversion: Conversion): ast.TableReference[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) {
    const node = new ForeignNode(value, 'FROM')
    const list = node.take('expr')
    node.take('type')
    node.done()
    if (!Array.isArray(list)) throw cannotConvert('FROM of this form')
    return convertFrom(list, conversion)
  }
  const items: ast.TableReference[] = []
  for (const item of value as ForeignValue[]) {
    const node = new ForeignNode(item, 'a table')
    if (node.text('type') === 'dual') {
      node.take('surround')
      node.done()
      continue
    }
    const join = node.text('join')
    const on = node.take('on')
    const using = node.list('using')
    const table = tableOf(node, conversion)
    node.done()
    if (join === null) {
      if (on !== undefined || using.length > 0) throw cannotConvert('ON without a join')
      items.push(table)
    } else items.push(joined(items.pop(), table, join, { on, using }, conversion))
  }
  return items
}

function joined(
  left: ast.TableReference | undefined,
  right: ast.TableReference,
  written: string,
  { on, using }: { readonly on: ForeignValue; readonly using: readonly ForeignValue[] },
  conversion: Conversion,
): ast.Join {
  const type = JOINS[written.toLowerCase().replaceAll(/\s+/g, ' ')]
  if (type === undefined || left === undefined) throw cannotConvert(written)
  const names = using.map((name) => nameOf(name, conversion))
  const hasCondition = on !== undefined || names.length > 0
  // MySQL's JOIN without a condition is a cross join; CROSS JOIN with one an inner join.
  if ((type === 'cross') === hasCondition)
    throw cannotConvert(`${written} ${hasCondition ? 'with' : 'without'} a condition`)
  return {
    kind: 'join',
    at: conversion.at,
    type,
    asof: false,
    natural: false,
    left,
    right,
    on: on === undefined ? null : conversion.expression(on),
    using: names.length === 0 ? null : names,
  }
}

function tableOf(node: ForeignNode, conversion: Conversion): ast.TableReference {
  const { at } = conversion
  node.take('surround')
  const alias = aliasOf(node.take('as'), conversion)
  if (node.take('prefix') !== undefined) throw cannotConvert('LATERAL')
  const expr = node.take('expr')
  if (expr !== undefined) {
    node.take('parentheses')
    const type = (expr as { type?: unknown }).type
    if (typeof expr === 'object' && (expr as { ast?: unknown }).ast === undefined && type !== 'select') {
      throw cannotConvert(`FROM of kind ${String(type)}`)
    }
    return { kind: 'derived-table', at, lateral: false, query: conversion.query(expr), alias }
  }
  const parts = ['server', 'catalog', 'db', 'schema', 'table'].flatMap((key) => {
    const value = node.take(key)
    return value === undefined ? [] : partsOf(rawName(value), conversion)
  })
  if (parts.length === 0) throw cannotConvert('a table without a name')
  return { kind: 'table-name', at, name: { at, parts }, alias, travel: null, hint: null }
}

/** BigQuery's `a.b.c` between one pair of backquotes is three names. */
function partsOf(raw: string, conversion: Conversion): ast.Identifier[] {
  const standIn = conversion.standIns.get(raw)
  if (conversion.plain || conversion.dialect.grammar !== 'bigquery' || standIn?.kind !== 'name')
    return [identifier(raw, conversion)]
  return standIn.value.split('.').map((name) => ({ at: conversion.at, name: name.toLowerCase(), quoted: false }))
}

/** `v`, or `v(a, b)` as one text. */
function aliasOf(value: ForeignValue, conversion: Conversion): ast.TableAlias | null {
  if (value === undefined) return null
  const { at } = conversion
  const text = rawName(value)
  const match = /^([\p{L}\p{N}_$]+)(?:\(([\p{L}\p{N}_$, ]+)\))?$/u.exec(text)
  if (match === null) throw cannotConvert(`the alias ${text}`)
  const [, name, list] = match
  if (NO_ALIASES.has(name!.toLowerCase())) throw cannotConvert(`${name!.toUpperCase()} behind a table`)
  const columns = (list?.split(',') ?? []).map((column) => identifier(column.trim(), conversion))
  return { at, name: identifier(name!, conversion), columns }
}
