/** Names of output columns that were given none: PostgreSQL's rules. */
import type { DataType } from '../../core/types.ts'
import type { Expression, TypeName } from '../../sql/ast.ts'
import { resolveTypeName } from './type-name.ts'

const UNNAMED = '?column?'

/** PostgreSQL's own names of types, which casts give their columns. */
const LABELS: Readonly<Record<string, string>> = {
  smallint: 'int2',
  integer: 'int4',
  bigint: 'int8',
  real: 'float4',
  double: 'float8',
  boolean: 'bool',
  decimal: 'numeric',
}

/** Names of texts are those that were written. */
const TEXTS: Readonly<Record<string, string>> = { text: 'text', char: 'bpchar', character: 'bpchar', name: 'name' }

function typeLabel(name: TypeName): string {
  return labelOf(resolveTypeName(name), name)
}

function labelOf(type: DataType, name: TypeName): string {
  if (type.kind === 'list') return labelOf(type.element.type, name.arguments[0] ?? name)
  if (type.kind === 'timestamp') return type.zone ? 'timestamptz' : 'timestamp'
  if (type.kind === 'varchar' && Object.hasOwn(TEXTS, name.name)) return TEXTS[name.name]!
  return LABELS[type.kind] ?? type.kind
}

/** The name of a select item without an alias. */
export function outputName(ast: Expression): string {
  return nameOf(ast) ?? UNNAMED
}

function nameOf(ast: Expression): string | null {
  switch (ast.kind) {
    case 'column':
      return ast.parts.at(-1)!.name
    case 'field':
      return ast.field.name
    case 'function':
      return ast.name.parts.at(-1)!.name
    case 'extract':
      return 'extract'
    case 'exists':
      return 'exists'
    case 'row':
      return 'row'
    case 'array':
    case 'array-query':
      return 'array'
    case 'case':
      return (ast.else === null ? null : nameOf(ast.else)) ?? 'case'
    case 'cast':
      return nameOf(ast.operand) ?? typeLabel(ast.type)
    case 'typed':
      return typeLabel(ast.type)
    case 'interval':
      return 'interval'
    case 'boolean':
      return 'bool'
    case 'subscript':
    case 'slice':
      return nameOf(ast.operand)
    case 'collate':
      return nameOf(ast.operand)
    case 'scalar-query': {
      const { body } = ast.query
      if (body.kind !== 'select') return null
      const [item] = body.items
      if (item === undefined || item.kind !== 'expression') return null
      return item.alias?.name ?? nameOf(item.expression)
    }
    case 'binary':
      return ast.operator === 'at time zone' ? 'timezone' : null
    default:
      return null
  }
}
