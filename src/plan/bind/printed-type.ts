import { typeName } from '../../core/types.ts'
import type { Expr } from '../../expr/expr.ts'

/** The type as error messages call it; quoted literals and NULL have none yet: `unknown`. */
export function printedType(expr: Expr): string {
  return expr.type.kind === 'null' ? 'unknown' : typeName(expr.type)
}
