/**
 * Joining texts. `concat` is the operator || (NULL if either side is); SQL's function concat(...), which takes NULL as '', is `concat_all`.
 */
import { type DataType, BOOLEAN, BYTEA, VARCHAR, listOf, sameType } from '../../core/types.ts'
import { canAssign, canCoerce, commonType } from '../coerce.ts'
import type { LiteralValue } from '../expr.ts'
import { concatAllVectors, concatVectors, concatWsVectors } from '../vectors/text-make.ts'
import type { ScalarFunction, Signature } from './function.ts'

const concat: ScalarFunction = {
  name: 'concat',
  category: 'text',
  description:
    '`a || b`: texts, bytea or lists one after the other. NULL if either text is NULL; a NULL list is an empty one.',
  example: { sql: "'abc' || 'def'", result: 'abcdef' },
  resolve: resolveConcat,
  nulls: 'strict',
  volatility: 'immutable',
  scalar: ([a, b], { args, result }) => {
    if (result.kind === 'varchar') return (a as string) + (b as string)
    if (result.kind === 'bytea') return new Uint8Array(Buffer.concat([a as Uint8Array, b as Uint8Array]))
    return joinLists([a!, b!], { args, result })
  },
  evaluate: concatVectors,
}

function resolveConcat(args: readonly DataType[]): Signature | null {
  const [a, b] = args
  if (a === undefined || b === undefined || args.length !== 2) return null
  if (a.kind === 'json' || b.kind === 'json') return null
  if (a.kind === 'bytea' || b.kind === 'bytea') {
    return canCoerce(a, BYTEA) && canCoerce(b, BYTEA) ? { args: [BYTEA, BYTEA], result: BYTEA } : null
  }
  if (a.kind === 'list' || b.kind === 'list') {
    return joinedLists(a, b)
  }
  // PostgreSQL: at least one side is text, the other is converted.
  const texts = [a, b].filter(({ kind }) => kind === 'varchar' || kind === 'null')
  if (texts.length === 0 || !canAssign(a, VARCHAR) || !canAssign(b, VARCHAR)) return null
  return { args: [VARCHAR, VARCHAR], result: VARCHAR }
}

/** Two lists, or a list and an element (of a list of lists, a list): brought to elements of one type. */
export function joinedLists(a: DataType, b: DataType): Signature | null {
  const common = commonType([a, b])
  if (common?.kind === 'list') return { args: [common, common], result: common }
  for (const [list, item] of [
    [a, b],
    [b, a],
  ] as const) {
    const element = list.kind === 'list' ? commonType([list.element.type, item]) : null
    if (element === null) continue
    const result = listOf(element)
    return { args: list === a ? [result, element] : [element, result], result }
  }
  return null
}

/** The values of the two in one list: whichever is no list of the result's type is an element of it. A NULL list is empty, a NULL element nothing. */
export function joinLists(
  [a, b]: readonly LiteralValue[],
  { args, result }: Pick<Signature, 'args' | 'result'>,
): LiteralValue {
  const partOf = (value: LiteralValue, type: DataType): readonly LiteralValue[] => {
    if (value === null) return []
    return type.kind === 'list' && sameType(type, result) ? (value as readonly LiteralValue[]) : [value]
  }
  return [...partOf(a!, args[0]!), ...partOf(b!, args[1]!)]
}

function anyTexts(least: number): ScalarFunction['resolve'] {
  return (args) =>
    args.length >= least && args.every((arg) => canAssign(arg, VARCHAR))
      ? { args: args.map((arg) => (arg.kind === 'boolean' ? BOOLEAN : VARCHAR)), result: VARCHAR }
      : null
}

/** PostgreSQL prints booleans with one letter here, as everywhere but in a cast to text. */
function joined(args: readonly LiteralValue[], separator: string): string {
  const texts = args.filter((arg) => arg !== null)
  return texts.map((arg) => (arg === true ? 't' : arg === false ? 'f' : arg)).join(separator)
}

const concatAll: ScalarFunction = {
  name: 'concat_all',
  category: 'text',
  description: "SQL's `concat(a, b, ...)`: all arguments as text, NULLs left out.",
  example: { sql: "concat('a', NULL, 1)", result: 'a1' },
  resolve: anyTexts(1),
  nulls: 'custom',
  volatility: 'immutable',
  scalar: (args) => joined(args, ''),
  evaluate: concatAllVectors,
}

const concatWs: ScalarFunction = {
  name: 'concat_ws',
  category: 'text',
  description: 'The arguments after the first, joined by the first; NULLs left out.',
  example: { sql: "concat_ws('-', 'a', NULL, 'b')", result: 'a-b' },
  resolve: anyTexts(2),
  nulls: 'custom',
  volatility: 'immutable',
  scalar: ([separator, ...args]) => (separator === null ? null : joined(args, separator as string)),
  evaluate: concatWsVectors,
}

export const concatFunctions: readonly ScalarFunction[] = [concat, concatAll, concatWs]
