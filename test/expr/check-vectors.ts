/** Compares the vectorised evaluator with the reference on columns. */
import { expect } from 'vitest'
import { type DataType, sameType } from '../../src/core/types.ts'
import { columnValues } from '../../src/core/vector-export.ts'
import { evaluateValue } from '../../src/expr/evaluate-value.ts'
import { compileExpr } from '../../src/expr/evaluate.ts'
import { type Expr, type LiteralValue, call } from '../../src/expr/expr.ts'
import { resolveFunction } from '../../src/expr/functions/index.ts'
import { type RandomColumn, SESSION, freshContext, testContext, toBatch } from './random-batches.ts'

let context = testContext()

/** Outcome of each row by the reference: its value, or the SQLSTATE of its error. */
export function reference(
  expr: Expr,
  columns: readonly RandomColumn[],
  rowCount: number,
): (LiteralValue | { sqlstate: string })[] {
  return Array.from({ length: rowCount }, (_, row) => {
    try {
      return evaluateValue(
        expr,
        columns.map((column) => column.values[row]!),
        SESSION,
      )
    } catch (error) {
      return { sqlstate: (error as { sqlstate?: string }).sqlstate ?? String(error) }
    }
  })
}

export function isError(value: unknown): value is { sqlstate: string } {
  return typeof value === 'object' && value !== null && 'sqlstate' in value
}

/** The vectorised evaluator gives what the reference gives for every row, or one of the errors of its rows. */
export function check(expr: Expr, columns: readonly RandomColumn[], rowCount: number): void {
  const wanted = reference(expr, columns, rowCount)
  const errors = wanted.filter(isError).map((error) => error.sqlstate)
  context = freshContext(context)
  const batch = toBatch(context, columns, rowCount)
  const evaluate = compileExpr(expr, context)
  let got: LiteralValue[]
  try {
    const vector = evaluate(batch)
    expect(sameType(vector.type, expr.type)).toBe(true)
    expect(vector.length).toBe(rowCount)
    got = columnValues(context.memory, vector)
  } catch (error) {
    if (error instanceof Error && 'sqlstate' in error)
      expect(errors).toContain((error as { sqlstate: string }).sqlstate)
    else throw error
    return
  }
  expect(errors).toEqual([])
  expect(got).toEqual(wanted)
}

/** `arg` as the type, cast if need be. */
function as(arg: Expr, type: DataType): Expr {
  return sameType(arg.type, type) ? arg : { kind: 'cast', arg, type, try: false }
}

export function callOf(name: string, args: readonly Expr[]): Expr | null {
  let resolved: ReturnType<typeof resolveFunction>
  try {
    resolved = resolveFunction(
      name,
      args.map((arg) => arg.type),
    )
  } catch {
    return null
  }
  if (resolved === null) return null
  const { signature } = resolved
  return call(
    resolved.name,
    args.map((arg, i) => as(arg, signature.args[i]!)),
    signature.result,
  )
}
