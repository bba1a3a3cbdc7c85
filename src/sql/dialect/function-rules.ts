/** Calls of a dialect's functions in this engine's SQL, by the rules of its file. */
import type * as ast from '../ast.ts'
import { parse } from '../parse.ts'
import type { Conversion } from './conversion.ts'
import type { FunctionRule } from './dialect.ts'
import { cannotConvert } from './foreign-node.ts'

/** `call` as it stands where the dialect has no rule for its name. */
export function applyRule(call: ast.FunctionCall, conversion: Conversion): ast.Expression {
  const [part, ...others] = call.name.parts
  if (conversion.plain || part === undefined || others.length > 0) return call
  const rule: FunctionRule | undefined = conversion.dialect.functions[part.name]
  if (rule === undefined) return call
  if (typeof rule === 'object' && 'refuse' in rule) {
    throw cannotConvert(`the function ${part.name} (${rule.refuse})`)
  }
  const values = call.arguments.map(({ value }) => value)
  if (typeof rule === 'object' && 'strict' in rule) return strictCall(rule.strict, call, values)
  if (typeof rule === 'object' && 'from' in rule) return placedCall(rule.from, call, values)
  if (isDecorated(call)) return renamed(rule, call, part.name)
  if (typeof rule === 'object' && 'fold' in rule) return folded(rule.fold, values, conversion)
  const template = typeof rule === 'string' ? rule : rule[values.length]
  if (template === undefined) throw cannotConvert(`the function ${part.name} with ${values.length} arguments`)
  return filled(template, values, part.name)
}

/** DISTINCT, FILTER, OVER and the like belong to the call: only another name can be given to it. */
function isDecorated(call: ast.FunctionCall): boolean {
  return (
    call.distinct ||
    call.star ||
    call.orderBy.length > 0 ||
    call.withinGroup.length > 0 ||
    call.filter !== null ||
    call.over !== null ||
    call.nullTreatment !== null
  )
}

function renamed(rule: FunctionRule, call: ast.FunctionCall, name: string): ast.Expression {
  const template = typeof rule === 'string' ? rule : undefined
  const match = /^(\w+)\(\$1(?:, \$2)?\)$/.exec(template ?? '')
  if (match === null) throw cannotConvert(`the function ${name} with DISTINCT, ORDER BY or OVER`)
  const [part] = call.name.parts
  return { ...call, name: { ...call.name, parts: [{ ...part!, name: match[1]! }] } }
}

function strictCall(name: string, call: ast.FunctionCall, values: readonly ast.Expression[]): ast.Expression {
  const { at } = call
  const nulls = values.map((operand): ast.Expression => ({ kind: 'is', at, test: 'null', negated: false, operand }))
  const [part] = call.name.parts
  const plain = { ...call, name: { ...call.name, parts: [{ ...part!, name }] } }
  const when: ast.Expression = nulls.length === 1 ? nulls[0]! : { kind: 'or', at, operands: nulls }
  return { kind: 'case', at, operand: null, branches: [{ when, then: { kind: 'null', at } }], else: plain }
}

function placedCall(
  name: string,
  call: ast.FunctionCall,
  [, place, length]: readonly ast.Expression[],
): ast.Expression {
  const [part] = call.name.parts
  const isWhole = (e: ast.Expression | undefined): boolean => e?.kind === 'number' && /^\d+$/.test(e.text)
  if (!isWhole(place) || (place as ast.NumberLiteral).text === '0' || (length !== undefined && !isWhole(length))) {
    throw cannotConvert(`the function ${part!.name} from a place that is not a positive constant`)
  }
  return { ...call, name: { ...call.name, parts: [{ ...part!, name }] } }
}

function folded(operator: string, values: readonly ast.Expression[], { at }: Conversion): ast.Expression {
  const [first, ...rest] = values
  if (first === undefined) throw cannotConvert('a function without arguments')
  return rest.reduce<ast.Expression>(
    (left, right) => ({ kind: 'binary', at, operator, left, right, operatorAt: at }),
    first,
  )
}

const templates = new Map<string, ast.Expression>()

function filled(template: string, values: readonly ast.Expression[], name: string): ast.Expression {
  let tree = templates.get(template)
  if (tree === undefined) {
    const [statement] = parse(`SELECT ${template}`)
    const item =
      statement?.kind === 'query' && statement.query.body.kind === 'select' ? statement.query.body.items[0] : undefined
    if (item?.kind !== 'expression') throw cannotConvert(`the function ${name}`)
    tree = item.expression
    templates.set(template, tree)
  }
  const highest = Math.max(0, ...[...template.matchAll(/\$(\d+)/g)].map(([, digits]) => Number(digits)))
  if (values.length !== highest) throw cannotConvert(`the function ${name} with ${values.length} arguments`)
  return substitute(tree, values) as ast.Expression
}

/** A copy with arguments in the place of parameters. */
function substitute(node: unknown, values: readonly ast.Expression[]): unknown {
  if (Array.isArray(node)) return node.map((item) => substitute(item, values))
  if (node === null || typeof node !== 'object') return node
  const { kind, index } = node as { kind?: string; index?: number }
  if (kind === 'parameter' && typeof index === 'number') return values[index - 1]
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, substitute(value, values)]))
}
