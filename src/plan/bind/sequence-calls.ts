/** nextval('s'), currval('s'), setval('s', 1): the name of a sequence as text. */
import type { Expression, FunctionCall } from '../../sql/ast.ts'

const NAMES: ReadonlySet<string> = new Set(['nextval', 'currval', 'setval'])

/** Whether the function's first argument is a sequence. */
export function takesSequence({ name }: FunctionCall): boolean {
  const [first, second] = name.parts.toReversed()
  return NAMES.has(first!.name.toLowerCase()) && (second === undefined || second.name === 'pg_catalog')
}

/** The name that the first argument is: `'s'` and `'s'::regclass` are one; undefined for names that are computed. */
export function sequenceName(ast: FunctionCall): (Expression & { readonly kind: 'string' }) | undefined {
  const value = ast.arguments[0]?.value
  const inner = value?.kind === 'cast' && value.type.name === 'regclass' ? value.operand : value
  return inner?.kind === 'string' ? inner : undefined
}

/** The call with the name as text: the catalog need not be asked for the number of a relation. */
export function withPlainSequence(ast: FunctionCall): FunctionCall {
  const name = takesSequence(ast) ? sequenceName(ast) : undefined
  const [first, ...rest] = ast.arguments
  if (name === undefined || first!.value === name) return ast
  return { ...ast, arguments: [{ ...first!, value: name }, ...rest] }
}
