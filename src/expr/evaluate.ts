/**
 * The vectorised evaluator: an expression over a batch's columns becomes a function from batches to vectors.
 *
 *   a * (1 - b)    ->    multiply( input a , subtract( constant 1 , input b ) )      one kernel call a node and batch
 *
 * - Constants stay constants, and functions of constants are evaluated once a batch.
 * - A function of one dictionary column (and constants) is evaluated on the dictionary, once as long as batches bring the same
 *   dictionary object; the result is a dictionary vector again (booleans are spread out through the codes).
 * - AND, OR, CASE and COALESCE evaluate a part only for the rows that get to it, so that it raises no errors for others.
 * - Decimals wider than 18 digits are computed in 64 bits as long as the values allow (see vectors/decimal.ts).
 */
import { Arena } from '../core/arena.ts'
import { InternalError } from '../core/errors.ts'
import { vectorFromLiterals } from '../core/vector-values.ts'
import type { Batch, ConstantVector, Vector } from '../core/vector.ts'
import type { CompileOptions, Compiler, Evaluator } from './compiler.ts'
import { compileCall, compileCoalesce } from './evaluate-call.ts'
import { compileCase } from './evaluate-case.ts'
import { compileCast } from './evaluate-cast.ts'
import { compileIn } from './evaluate-in.ts'
import { compileLogical } from './evaluate-logical.ts'
import { type Expr, type LiteralExpr, someExpr } from './expr.ts'
import type { EvaluateContext } from './functions/function.ts'
import { functionByName } from './functions/index.ts'
import { keyOf } from './key.ts'
import { widenDecimal } from './vectors/decimal.ts'

export type { CompileOptions, Evaluator } from './compiler.ts'

/** The evaluator of one expression over `input` columns. */
export function compileExpr(expr: Expr, context: EvaluateContext, options: CompileOptions = {}): Evaluator {
  if (expr.kind === 'input') return inputEvaluator(expr.index)
  const evaluate = compileExprs([expr], context, options)
  return (batch) => evaluate(batch)[0]!
}

/** The evaluator of several expressions, which computes equal parts of them once. */
export function compileExprs(
  exprs: readonly Expr[],
  context: EvaluateContext,
  options: CompileOptions = {},
): (batch: Batch) => Vector[] {
  const shared = sharedKeys(exprs)
  const memos = new Map<string, Memo>()
  const compiler: Compiler = {
    context,
    constants: new Arena(context.memory, 'constants of expressions', 65_536),
    compile(expr, narrow = false) {
      const key = shared.has(expr) ? `${narrow}${shared.get(expr)!}` : null
      const known = key === null ? undefined : memos.get(key)
      if (known !== undefined) return known.evaluate
      const evaluate = compileNode(expr, compiler, narrow)
      if (key === null) return evaluate
      const memo = remember(evaluate)
      memos.set(key, memo)
      return memo.evaluate
    },
  }
  const evaluators = exprs.map((expr) => compiler.compile(expr, options.narrowDecimals ?? false))
  return (batch) => {
    for (const memo of memos.values()) memo.forget()
    return evaluators.map((evaluate) => evaluate(batch))
  }
}

interface Memo {
  readonly evaluate: Evaluator
  forget(): void
}

/** Results are kept for one call only: the arena that holds them may be released between calls, even for the same batch. */
function remember(evaluate: Evaluator): Memo {
  let last: Batch | null = null
  let result: Vector | null = null
  return {
    evaluate(batch) {
      if (batch === last && result !== null) return result
      result = evaluate(batch)
      last = batch
      return result
    },
    forget() {
      last = null
      result = null
    },
  }
}

/** Keys of the nodes that occur more than once. */
function sharedKeys(exprs: readonly Expr[]): Map<Expr, string> {
  const seen = new Map<string, Expr[]>()
  const visit = (expr: Expr): void => {
    if (expr.kind === 'input' || expr.kind === 'literal') return
    const key = keyOf(expr)
    const known = seen.get(key)
    if (known === undefined) seen.set(key, [expr])
    else known.push(expr)
    // What is within a part met before is shared with it already.
    if (known === undefined) for (const child of parts(expr)) visit(child)
  }
  for (const expr of exprs) visit(expr)
  const shared = new Map<Expr, string>()
  for (const [key, nodes] of seen) {
    // Two calls of random() are two numbers.
    if (nodes.length > 1 && !isVolatile(nodes[0]!)) for (const node of nodes) shared.set(node, key)
  }
  return shared
}

function isVolatile(expr: Expr): boolean {
  return someExpr(expr, (part) => part.kind === 'call' && functionByName(part.name)?.volatility === 'volatile')
}

function parts(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'call':
    case 'and':
    case 'or':
      return expr.args
    case 'cast':
    case 'in':
      return [expr.arg]
    // Parts of a CASE are evaluated for some rows only, where nothing is shared.
    default:
      return []
  }
}

function compileNode(expr: Expr, compiler: Compiler, narrow: boolean): Evaluator {
  switch (expr.kind) {
    case 'input':
      return inputEvaluator(expr.index)
    case 'literal':
      return literalEvaluator(expr, compiler)
    case 'call': {
      if (expr.name === 'coalesce') return compileCoalesce(expr, compiler)
      const evaluate = compileCall(expr, compiler)
      return narrow ? evaluate : widened(expr, evaluate, compiler)
    }
    case 'cast': {
      const evaluate = compileCast(expr, compiler)
      return narrow ? evaluate : widened(expr, evaluate, compiler)
    }
    case 'case':
      return compileCase(expr, compiler, narrow && expr.type.kind === 'decimal')
    case 'and':
    case 'or':
      return compileLogical(expr, compiler)
    case 'in':
      return compileIn(expr, compiler)
    case 'column':
    case 'subquery':
      throw new InternalError(`a ${expr.kind} expression reached the evaluator`)
  }
}

function widened(expr: Expr, evaluate: Evaluator, { context }: Compiler): Evaluator {
  if (expr.type.kind !== 'decimal' || expr.type.precision <= 18) return evaluate
  return (batch) => widenDecimal(context, evaluate(batch), expr.type)
}

function inputEvaluator(index: number): Evaluator {
  return (batch) => batch.columns[index]!
}

function literalEvaluator({ value, type }: LiteralExpr, { context, constants }: Compiler): Evaluator {
  const { data, children } = vectorFromLiterals(context.memory, constants, type, [value])
  const one: ConstantVector = {
    encoding: 'constant',
    type,
    length: 1,
    data,
    isNull: value === null,
    children,
  }
  return (batch) => ({ ...one, length: batch.rowCount })
}
