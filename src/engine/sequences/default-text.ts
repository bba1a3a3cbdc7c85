/** Names of sequences in defaults, which are kept as SQL: whole names, so that they mean the same whatever the search path is. */
import type { Catalog } from '../../catalog/catalog.ts'
import type { Sequence } from '../../catalog/sequence.ts'
import { quoteIdentifier } from '../../expr/functions/text-quote.ts'
import { sequenceName, takesSequence } from '../../plan/bind/sequence-calls.ts'
import { type SyntaxNode, mapSyntax } from '../../plan/bind/walk-syntax.ts'
import type { Expression, FunctionCall } from '../../sql/ast.ts'
import { parseExpression } from '../../sql/parse-expression.ts'
import { printExpression } from '../../sql/print/print.ts'
import type { NameSpace } from '../names.ts'
import { DEFAULT_CATALOG } from '../session-host.ts'
import { nameParts } from '../system/find-objects.ts'
import { findSequence } from './find-sequences.ts'

/** The whole name of a sequence. */
export function wholeName(catalog: Catalog, schema: string, name: string): string {
  const { name: place } = catalog
  const path = place === 'pg_temp' ? ['pg_temp'] : place === DEFAULT_CATALOG ? [schema] : [place, schema]
  return [...path, name].map(quoteIdentifier).join('.')
}

/** A default that takes the sequence's next value. */
export function nextvalText(catalog: Catalog, schema: string, name: string): string {
  return `nextval('${wholeName(catalog, schema, name).replaceAll("'", "''")}'::regclass)`
}

/** The names of sequences in a default. */
export function sequencesIn(expression: Expression): readonly string[] {
  const found: string[] = []
  mapNames(expression, (name) => {
    found.push(name)
    return name
  })
  return found
}

/** The default with whole names; undefined when it names no sequences. */
export async function withWholeNames(names: NameSpace, expression: Expression): Promise<string | undefined> {
  const given = sequencesIn(expression)
  if (given.length === 0) return undefined
  const whole = new Map<string, string>()
  for (const text of given) {
    const at = expression.at
    const parts = nameParts(text).map((name) => ({ name, quoted: true, at }))
    const found = await findSequence(names, parts, at)
    if (found !== undefined) whole.set(text, wholeName(found.catalog, found.sequence.schema, found.sequence.name))
  }
  return printExpression(mapNames(expression, (name) => whole.get(name) ?? name))
}

/** The default with another name where it names the sequence; undefined when it does not. */
export function renamedIn(text: string, sequence: Sequence, name: string): string | undefined {
  if (!/nextval|currval|setval/i.test(text)) return undefined
  let isUser = false
  const renamed = mapNames(parseExpression(text), (given) => {
    if (!means(nameParts(given), sequence)) return given
    isUser = true
    return name
  })
  return isUser ? printExpression(renamed) : undefined
}

function means(parts: readonly string[], { schema, name }: Sequence): boolean {
  const [last, inSchema = schema] = parts.toReversed()
  return last === name && (inSchema === schema || inSchema === 'pg_temp')
}

function mapNames(expression: Expression, change: (name: string) => string): Expression {
  return mapSyntax<SyntaxNode>(expression, (node) => {
    const call = node.kind === 'function' && takesSequence(node as FunctionCall) ? (node as FunctionCall) : undefined
    const name = call === undefined ? undefined : sequenceName(call)
    if (call === undefined || name === undefined) return undefined
    const [first, ...rest] = call.arguments
    const type = { at: name.at, name: 'regclass', modifiers: [], arguments: [], fields: [], interval: null }
    const operand: Expression = { ...name, value: change(name.value) }
    const value: Expression = { kind: 'cast', at: name.at, operand, type, try: false }
    const others = rest.map((one) => ({ ...one, value: mapNames(one.value, change) }))
    return { ...call, arguments: [{ ...first!, value }, ...others] } as SyntaxNode
  }) as Expression
}
