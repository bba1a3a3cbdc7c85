/** Values of SQL expressions without tables, through parser and binder, as the text that CAST(... AS varchar) gives. */
import { bindExpression } from '../../src/plan/bind/bind.ts'
import { constantVector } from '../../src/core/vector-values.ts'
import { columnValues } from '../../src/core/vector-export.ts'
import { evaluateConstant, foldConstants } from '../../src/expr/fold.ts'
import { compileExpr } from '../../src/expr/evaluate.ts'
import type { Expr, LiteralValue } from '../../src/expr/expr.ts'
import type { SessionValues } from '../../src/expr/functions/function.ts'
import { formatValue } from '../../src/expr/values/format-value.ts'
import { parse } from '../../src/sql/parse.ts'
import { freshContext, testContext } from './random-batches.ts'

export const SESSION: SessionValues = { nowMicros: 1_700_000_000_123_456n, timeZone: 'UTC' }

export function bindSql(sql: string, session: SessionValues = SESSION): Expr {
  const statements = parse(`SELECT ${sql}`)
  const [statement] = Array.isArray(statements) ? statements : [statements]
  const text = JSON.stringify(statement, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  const found = findSelectItem(statement)
  if (found === null) throw new Error(`no select item in ${text.slice(0, 300)}`)
  return bindExpression(found as Parameters<typeof bindExpression>[0], {
    resolveTable: () => Promise.reject(new Error('no tables')),
    parameters: [],
    session,
  })
}

/** The expression of the first select item, wherever the tree keeps it. */
function findSelectItem(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return null
  for (const [key, value] of Object.entries(node)) {
    if ((key === 'items' || key === 'select' || key === 'columns') && Array.isArray(value) && value.length > 0) {
      const [item] = value as { expression?: unknown; value?: unknown; expr?: unknown }[]
      return item!.expression ?? item!.value ?? item!.expr ?? item
    }
    const found = findSelectItem(value)
    if (found !== null) return found
  }
  return null
}

let context = testContext()

/** The expression's value by folding; NULL as `NULL`. */
export function sqlValue(sql: string, session: SessionValues = SESSION): string {
  const expr = bindSql(sql, session)
  return textOf(evaluateConstant(expr, session), expr, session)
}

/** As sqlValue, by way of the vectorised evaluator over a batch of two rows. */
export function sqlVector(sql: string, session: SessionValues = SESSION): string {
  context = { ...freshContext(context), session }
  const expr = bindSql(sql, session)
  const column = constantVector(context.memory, context.arena, { kind: 'integer' }, 1, 2)
  const vector = compileExpr(foldConstants(expr, session), context)({ rowCount: 2, columns: [column] })
  const values = columnValues(context.memory, vector)
  return textOf(values[1]!, expr, session)
}

function textOf(value: LiteralValue, expr: Expr, session: SessionValues): string {
  return value === null ? 'NULL' : formatValue(value, expr.type, session.timeZone)
}
