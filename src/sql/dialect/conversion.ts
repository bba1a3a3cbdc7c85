/** What converting one statement needs: its dialect, what stand-ins stood for, and names, texts and numbers by the dialect's rules. */
import type { TextRange } from '../../core/errors.ts'
import type * as ast from '../ast.ts'
import type { Dialect } from './dialect.ts'
import { cannotConvert, ForeignNode, type ForeignValue } from './foreign-node.ts'
import type { StandIn } from './source-text.ts'

export interface Conversion {
  readonly dialect: Dialect
  readonly standIns: ReadonlyMap<string, StandIn>
  /**
   * Only the form is converted: names, functions and orders stay as written and stand-ins stay. Compared with what this engine's own
   * parser makes of the same text.
   */
  readonly plain: boolean
  readonly at: TextRange
  /** What is within: the files that convert one kind of node do not import each other. */
  readonly expression: (value: ForeignValue) => ast.Expression
  readonly query: (value: ForeignValue) => ast.Query
}

/** A name as the foreign parser gives it: text, or a node around it. */
export function nameOf(value: ForeignValue, conversion: Conversion): ast.Identifier {
  return identifier(rawName(value), conversion)
}

export function rawName(value: ForeignValue): string {
  if (typeof value === 'string') return value
  const node = new ForeignNode(value, 'a name')
  const inner = node.node('expr')
  if (inner !== null) {
    node.done()
    return rawLeaf(inner)
  }
  return rawLeaf(node)
}

function rawLeaf(node: ForeignNode): string {
  const type = node.text('type')
  if (type !== null && !['default', 'origin', 'column_ref'].includes(type))
    throw cannotConvert(`a name of kind ${type}`)
  const value = type === 'column_ref' ? rawName(node.take('column')) : node.text('value')
  node.take('surround')
  node.done()
  if (value === null) throw cannotConvert('an empty name')
  return value
}

export function identifier(raw: string, { dialect, standIns, plain, at }: Conversion): ast.Identifier {
  const standIn = standIns.get(raw)
  if (plain) return { at, name: raw.toLowerCase(), quoted: false }
  if (!/^[\p{L}_][\p{L}\p{N}_$]*$/u.test(raw)) throw cannotConvert(`the name ${raw}`)
  if (standIn !== undefined && standIn.kind !== 'name') throw cannotConvert('a literal for a name')
  const isQuoted = standIn !== undefined
  const name = standIn?.value ?? raw
  switch (dialect.nameCase) {
    case 'folded':
      return { at, name: isQuoted ? name : name.toLowerCase(), quoted: isQuoted }
    case 'ignored':
      return { at, name: name.toLowerCase(), quoted: false }
    case 'exact':
      return { at, name, quoted: true }
    case 'upper':
      // Names without quotes are in capitals there: one in quotes and capitals is the same name.
      return isQuoted && name !== name.toUpperCase()
        ? { at, name, quoted: true }
        : { at, name: name.toLowerCase(), quoted: false }
  }
}

/** The text of a string literal: only what came as a stand-in is trusted. */
export function textOf(value: ForeignValue, { standIns, plain }: Conversion): string {
  const standIn = typeof value === 'string' ? standIns.get(value) : undefined
  if (standIn?.kind !== 'string') throw cannotConvert('a string that was not written as one')
  return plain ? String(value) : standIn.value
}

export function numberOf(
  value: ForeignValue,
  { standIns, plain, at }: Pick<Conversion, 'standIns' | 'plain' | 'at'>,
): ast.Expression {
  const text = String(value)
  if (text.startsWith('-')) {
    return { kind: 'unary', at, operator: '-', operand: numberOf(text.slice(1), { standIns, plain, at }) }
  }
  const standIn = standIns.get(text)
  if (standIn?.kind === 'parameter') {
    return plain ? { kind: 'number', at, text } : { kind: 'parameter', at, index: Number(standIn.value), name: null }
  }
  if (!/^\d{1,9}$/.test(text)) throw cannotConvert(`the number ${text}`)
  return { kind: 'number', at, text: plain || standIn === undefined ? text : standIn.value }
}
