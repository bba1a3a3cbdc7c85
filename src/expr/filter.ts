/**
 * Filters: conjuncts narrow a selection one after the other, so that a later one sees only the rows that the earlier ones left.
 *
 *   l_shipdate >= date '1994-01-01'   compare kernel -> mask of all rows -> row numbers
 *   l_shipmode in ('MAIL', 'SHIP')    dictionary -> marks of its values; codes of the selected rows look up their mark
 *   l_comment like '%special%'        only the rows still selected are gathered and evaluated
 */
import type { Pointer } from '../core/memory.ts'
import type { Batch, DictionaryVector, FlatVector, Selection, Vector } from '../core/vector.ts'
import { DictionaryCache, isWorthDictionary } from './dictionary-cache.ts'
import { inputsOf } from './evaluate-case.ts'
import type { Evaluator } from './compiler.ts'
import { compileExpr } from './evaluate.ts'
import { type Expr, childrenOf, input, mapChildren } from './expr.ts'
import type { EvaluateContext } from './functions/function.ts'
import { flattenVector, gatherBatch } from './gather.ts'
import { isValueError } from './values/cast-value.ts'
import { trueMask } from './vectors/validity.ts'

/** Narrows a selection of the batch's rows (null: all) to those for which every conjunct is true. In the context's arena. */
export type Filter = (batch: Batch, selection: Selection | null) => Selection

export function compileFilter(conjuncts: readonly Expr[], context: EvaluateContext): Filter {
  const steps = groupCheap(conjuncts).map((group) =>
    group.length > 1 ? compileGroup(group, context) : compileConjunct(group[0]!, context),
  )
  return (batch, selection) => {
    let rows = selection
    for (const step of steps) {
      if (rows?.count === 0) return rows
      rows = step(batch, rows)
    }
    return rows ?? everyRow(context, batch.rowCount)
  }
}

function everyRow({ arena, kernels }: EvaluateContext, count: number): Selection {
  const pointer = arena.allocate(count * 4)
  kernels.vector.fillRows(0, count, pointer)
  return { pointer, count }
}

/** Neighbours that are cheap go together. */
function groupCheap(conjuncts: readonly Expr[]): readonly (readonly Expr[])[] {
  const groups: Expr[][] = []
  let open: Expr[] | null = null
  for (const conjunct of conjuncts) {
    const isCheap = isCheapEverywhere(conjunct)
    if (isCheap && open !== null) open.push(conjunct)
    else {
      const group = [conjunct]
      groups.push(group)
      open = isCheap ? group : null
    }
  }
  return groups
}

/** Several cheap comparisons: their masks of all rows together cost less than a selection after each. */
function compileGroup(group: readonly Expr[], context: EvaluateContext): Filter {
  const { arena, kernels } = context
  const evaluators = group.map((conjunct) => compileExpr(conjunct, context))
  const singles = group.map((conjunct) => compileConjunct(conjunct, context))
  const columns = [...new Set(group.flatMap(inputsOf))]
  return (batch, selection) => {
    const areFlat = columns.every((column) => batch.columns[column]!.encoding === 'flat')
    if (selection !== null || !areFlat) {
      let rows = selection
      for (const single of singles) if (rows?.count !== 0) rows = single(batch, rows)
      return rows!
    }
    const { rowCount } = batch
    const mask = arena.allocate(rowCount)
    for (const [i, evaluate] of evaluators.entries()) {
      const one = trueMask(context, evaluate(batch))
      if (i === 0) kernels.vector.copyBytes(one, rowCount, mask)
      else kernels.vector.andMask(mask, one, rowCount, mask)
    }
    const pointer = arena.allocate(rowCount * 4)
    return { pointer, count: kernels.vector.selectTrue(mask, rowCount, pointer) }
  }
}

function compileConjunct(conjunct: Expr, context: EvaluateContext): Filter {
  const whole = compileMask(conjunct, context)
  const columns = inputsOf(conjunct)
  if (columns.length !== 1) return whole
  return compileOneColumn(conjunct, columns[0]!, whole, context)
}

/** A selection with more than this share of the rows is not gathered: evaluating all rows costs less than picking some. */
const DENSE_SHARE = 0.75

/** Any predicate: evaluated for the selected rows, true ones kept. */
function compileMask(conjunct: Expr, context: EvaluateContext): Filter {
  const evaluate = compileExpr(conjunct, context)
  const columns = inputsOf(conjunct)
  const isCheap = isCheapEverywhere(conjunct)
  return (batch, selection) => {
    if (selection === null) return keepTrue(context, evaluate(batch), null)
    if (isCheap && selection.count > DENSE_SHARE * batch.rowCount) {
      const mask = trueMask(context, evaluate(batch))
      const picked = context.arena.allocate(selection.count)
      context.kernels.vector.gatherI8(mask, selection.pointer, selection.count, picked)
      return compact(context, picked, selection)
    }
    return keepTrue(context, evaluate(gatherBatch(context, batch, selection, columns)), selection)
  }
}

const CHEAP_CALLS: ReadonlySet<string> = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'is_null', 'is_not_null'])

/** Comparisons of columns and literals: kernels at a fraction of a nanosecond a row, which raise no errors. */
function isCheapEverywhere(expr: Expr): boolean {
  return (
    expr.kind === 'call' &&
    CHEAP_CALLS.has(expr.name) &&
    expr.args.every(({ kind, type }) => (kind === 'input' || kind === 'literal') && type.kind !== 'varchar')
  )
}

function keepTrue(context: EvaluateContext, vector: Vector, selection: Selection | null): Selection {
  const { length } = vector
  if (vector.encoding === 'constant') {
    const isTrue = !vector.isNull && context.memory.u8[vector.data] !== 0
    if (!isTrue) return { pointer: context.arena.allocate(0), count: 0 }
    return selection ?? everyRow(context, length)
  }
  const mask = trueMask(context, vector)
  if (selection !== null) return compact(context, mask, selection)
  const pointer = context.arena.allocate(length * 4)
  return { pointer, count: context.kernels.vector.selectTrue(mask, length, pointer) }
}

function compact({ arena, kernels }: EvaluateContext, mask: Pointer, { pointer, count }: Selection): Selection {
  const out = arena.allocate(count * 4)
  return { pointer: out, count: kernels.vector.compactSelection(mask, pointer, count, out) }
}

/** Predicates over one column: on dictionary vectors the dictionary's values are judged once, then codes look up the verdict. */
function compileOneColumn(conjunct: Expr, column: number, otherwise: Filter, context: EvaluateContext): Filter {
  const onValues = compileExpr(moveInput(conjunct, column), context)
  const cache = new DictionaryCache<Pointer | null>(context.memory)
  return (batch, selection) => {
    const vector = batch.columns[column]!
    if (vector.encoding !== 'dictionary' || !isWorthDictionary(vector)) return otherwise(batch, selection)
    const marks = cache.get(vector.dictionary, (arena) =>
      judge(context, vector.dictionary, onValues, (length) => arena.allocate(length)),
    )
    // NULL rows must be judged too: IS NULL and its like are true for them.
    if (marks === null || (vector.validity !== 0 && !rejectsNull(conjunct))) return otherwise(batch, selection)
    return selectByMarks(context, vector, marks, selection)
  }
}

/** The expression with its one column as column 0. */
function moveInput(expr: Expr, column: number): Expr {
  if (expr.kind === 'input') return expr.index === column ? input(0, expr.type) : expr
  return mapChildren(expr, (child) => moveInput(child, column))
}

/** A byte a value: 1 if the predicate is true for it. Null when a value raises an error, as no row may have it. */
function judge(
  context: EvaluateContext,
  dictionary: FlatVector,
  evaluate: Evaluator,
  allocate: (length: number) => Pointer,
): Pointer | null {
  const { length } = dictionary
  const mark = context.arena.mark()
  try {
    const verdict = flattenVector(context, evaluate({ rowCount: length, columns: [dictionary] }))
    const marks = allocate(length)
    context.kernels.vector.copyBytes(trueMask(context, verdict), length, marks)
    return marks
  } catch (error) {
    if (isValueError(error)) return null
    throw error
  } finally {
    context.arena.release(mark)
  }
}

function selectByMarks(
  { arena, kernels }: EvaluateContext,
  { data, validity, length }: DictionaryVector,
  marks: Pointer,
  selection: Selection | null,
): Selection {
  const pointer = arena.allocate((selection?.count ?? length) * 4)
  const count =
    selection === null
      ? kernels.vector.selectByCode(data, marks, validity, length, pointer)
      : kernels.vector.refineByCode(data, marks, validity, selection.pointer, selection.count, pointer)
  return { pointer, count }
}

const STRICT_CALLS: ReadonlySet<string> = new Set([
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'like',
  'not_like',
  'ilike',
  'not_ilike',
  'starts_with',
  'ends_with',
  'not',
])

/** Is the predicate surely not true for a NULL in its column? False on any doubt. */
function rejectsNull(expr: Expr): boolean {
  if (isNullForNull(expr)) return true
  if (expr.kind === 'literal') return expr.value !== true
  if (expr.kind === 'and') return expr.args.some(rejectsNull)
  return expr.kind === 'or' && expr.args.every(rejectsNull)
}

/** Is the value surely NULL for a NULL in its column? False on any doubt: what reads no column may be anything. */
function isNullForNull(expr: Expr): boolean {
  switch (expr.kind) {
    case 'input':
      return true
    case 'literal':
      return expr.value === null
    case 'cast':
    case 'in':
      return isNullForNull(expr.arg)
    case 'and':
    case 'or':
      return expr.args.every(isNullForNull)
    case 'call':
      return STRICT_CALLS.has(expr.name) && childrenOf(expr).some(isNullForNull)
    default:
      return false
  }
}
