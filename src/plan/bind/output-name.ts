/** Names of output columns that were given none: PostgreSQL's rules. */
import type { Expression } from '../../sql/ast.ts'
import { resolveTypeName } from './type-name.ts'

const UNNAMED = '?column?'

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
      return nameOf(ast.operand) ?? resolveTypeName(ast.type).kind
    case 'typed':
      return resolveTypeName(ast.type).kind
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
