/** Arguments of calls as functions take them: those with names at their places, and the elements of a VARIADIC array one by one. */
import { unsupported } from '../../core/errors.ts'
import type { DataType } from '../../core/types.ts'
import { type Expr, type LiteralValue, literal } from '../../expr/expr.ts'
import type { Expression, FunctionArgument, FunctionCall } from '../../sql/ast.ts'

/** A parameter and what stands for an argument that is left out. */
type Parameter = readonly [name: string, missing: string]

const PATH_PARAMETERS: readonly Parameter[] = [
  ['target', ''],
  ['path', ''],
  ['vars', '{}'],
  ['silent', 'false'],
]

/** Parameters of functions that may be called with their names. */
const PARAMETERS: Readonly<Record<string, readonly Parameter[]>> = {
  make_interval: ['years', 'months', 'weeks', 'days', 'hours', 'mins', 'secs'].map((name): Parameter => [name, '0']),
  jsonb_path_exists: PATH_PARAMETERS,
  jsonb_path_match: PATH_PARAMETERS,
  jsonb_path_query: PATH_PARAMETERS,
  jsonb_path_query_array: PATH_PARAMETERS,
  jsonb_path_query_first: PATH_PARAMETERS,
}

/** The arguments in the order of the parameters: `make_interval(1, days => 10)`. */
export function argumentsInOrder(name: string, ast: FunctionCall): readonly FunctionArgument[] {
  if (ast.arguments.every((argument) => argument.name === null)) return ast.arguments
  const parameters = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name]! : []
  const ordered: FunctionArgument[] = []
  for (const argument of ast.arguments) {
    const { at } = argument
    const place = argument.name === null ? ordered.length : parameters.findIndex(([one]) => one === argument.name)
    if (place < 0) throw unsupported('a named argument here', { at })
    while (ordered.length < place) {
      const [, missing] = parameters[ordered.length]!
      const value: Expression = { kind: 'string', value: missing, at }
      ordered.push({ name: null, value, at })
    }
    ordered[place] = { ...argument, name: null }
  }
  return ordered
}

/** `f(t.*)` is `f(t)`: the row as one value. */
export function wholeRowOf(value: Expression): Expression {
  return value.kind === 'star' && value.operand !== null && value.item === undefined ? value.operand : value
}

/**
 * The arguments, the last of which is an array of more; null when all that would come of them is NULL. Only an array whose elements are written
 * can be taken apart.
 */
export function spreadVariadic(args: readonly Expr[], last: FunctionArgument): readonly Expr[] | null {
  const array = args.at(-1)!
  const before = args.slice(0, -1)
  if (array.kind === 'call' && array.name === 'list') return [...before, ...array.args]
  if (array.kind !== 'literal' || array.type.kind !== 'list') {
    throw unsupported('VARIADIC of an array that is not written down', { at: last.at })
  }
  if (array.value === null) return null
  return [...before, ...elementsOf(array.value, array.type)]
}

/** All elements, of all dimensions. */
function elementsOf(value: LiteralValue, type: DataType): readonly Expr[] {
  if (type.kind !== 'list') return [literal(value, type)]
  return ((value ?? []) as readonly LiteralValue[]).flatMap((one) => elementsOf(one, type.element.type))
}
