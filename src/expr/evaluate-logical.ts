/**
 * AND and OR, three-valued. Parts that can't raise an error are evaluated for all rows; others only for the rows that the parts before
 * have not decided.
 */
import { BOOLEAN } from '../core/types.ts'
import type { Batch, FlatVector, Vector } from '../core/vector.ts'
import { assemble, compilePart, selectMask } from './evaluate-case.ts'
import type { Compiler, Evaluator } from './compiler.ts'
import type { LogicalExpr } from './expr.ts'
import { cannotFail } from './failure.ts'
import { type VectorContext, flattenVector } from './gather.ts'

export function compileLogical(expr: LogicalExpr, compiler: Compiler): Evaluator {
  const { context } = compiler
  const isAnd = expr.kind === 'and'
  const parts = expr.args.map((arg) => ({
    evaluate: compilePart(arg, compiler),
    isSafe: cannotFail(arg),
  }))
  return (batch) => {
    let result = flattenVector(context, parts[0]!.evaluate(batch, null))
    for (const { evaluate, isSafe } of parts.slice(1)) {
      result = isSafe
        ? combine(context, isAnd, result, flattenVector(context, evaluate(batch, null)))
        : combineLazily(context, isAnd, result, batch, evaluate)
    }
    return result
  }
}

function combine(context: VectorContext, isAnd: boolean, a: FlatVector, b: FlatVector): FlatVector {
  const { length } = a
  const data = context.arena.allocate(length)
  const { andMask, orMask, andTernary, orTernary } = context.kernels.vector
  if (a.validity === 0 && b.validity === 0) {
    const merge = isAnd ? andMask : orMask
    merge(a.data, b.data, length, data)
    return boolean(length, data, 0)
  }
  const validity = context.arena.allocate(length)
  const merge = isAnd ? andTernary : orTernary
  merge(a.data, a.validity, b.data, b.validity, length, data, validity)
  return boolean(length, data, validity)
}

function boolean(length: number, data: number, validity: number): FlatVector {
  return { encoding: 'flat', type: BOOLEAN, length, data, validity, children: [] }
}

/** Evaluates the next part where the result so far leaves it open: not false for AND, not true for OR. */
function combineLazily(
  context: VectorContext,
  isAnd: boolean,
  result: FlatVector,
  batch: Batch,
  evaluate: (batch: Batch, rows: { pointer: number; count: number } | null) => Vector,
): FlatVector {
  const { length } = result
  const { notMask, andMask, orMask } = context.kernels.vector
  // Decided: valid and false (AND), valid and true (OR).
  const decided = context.arena.allocate(length)
  if (isAnd) notMask(result.data, length, decided)
  else orMask(result.data, result.data, length, decided)
  if (result.validity !== 0) andMask(decided, result.validity, length, decided)
  const open = context.arena.allocate(length)
  notMask(decided, length, open)
  const rows = selectMask(context, open, length, null)
  if (rows.count === 0) return result
  if (rows.count === length) return combine(context, isAnd, result, flattenVector(context, evaluate(batch, null)))
  const closed = selectMask(context, decided, length, null)
  const next = evaluate(batch, rows)
  // Decided rows keep what they are; any value does for the other side there, so take the deciding one.
  const decisive: Vector = { ...boolean(closed.count, context.arena.allocate(closed.count), 0) }
  context.kernels.vector.fillI8(isAnd ? 0 : 1, closed.count, decisive.data)
  const whole = assemble(
    context,
    BOOLEAN,
    [
      { rows, values: next },
      { rows: closed, values: decisive },
    ],
    length,
  )
  return combine(context, isAnd, result, flattenVector(context, whole))
}
