/** IN with a list of literals: a sorted list for integers, one comparison a value for short lists, a hash set for the rest. */
import type { Arena } from '../core/arena.ts'
import type { Pointer } from '../core/memory.ts'
import { BOOLEAN, storageOf } from '../core/types.ts'
import { columnValues } from '../core/vector-export.ts'
import { constantVector, valueAt, vectorFromLiterals } from '../core/vector-values.ts'
import type { FlatVector, Vector } from '../core/vector.ts'
import { DictionaryCache, isWorthDictionary } from './dictionary-cache.ts'
import { throughCodes } from './evaluate-call.ts'
import { evaluateIn } from './evaluate-value.ts'
import type { Compiler, Evaluator } from './compiler.ts'
import type { InListExpr, LiteralValue } from './expr.ts'
import type { EvaluateContext } from './functions/function.ts'
import { flattenVector } from './gather.ts'
import { EQ, compareToMask } from './vectors/compare.ts'

/** Values up to which a comparison each beats looking values up. */
const COMPARISONS_MAX = 16
/** The same for integers, whose comparisons cost 0.2 ns a row and looking up 2 to 4 ns. */
const INTEGER_COMPARISONS_MAX = 10

export function compileIn(expr: InListExpr, compiler: Compiler): Evaluator {
  const { context } = compiler
  const evaluate = compiler.compile(expr.arg)
  const member = membership(expr, compiler)
  const hasNull = expr.values.some(({ value }) => value === null)
  const cache = new DictionaryCache<FlatVector>(context.memory)
  return (batch) => {
    const vector = evaluate(batch)
    if (vector.encoding === 'constant') {
      const value = batch.rowCount === 0 ? null : evaluateIn(expr, valueAt(context.memory, vector, 0))
      return constantVector(context.memory, context.arena, BOOLEAN, value, batch.rowCount)
    }
    if (vector.encoding === 'dictionary' && isWorthDictionary(vector)) {
      const values = cache.get(vector.dictionary, (arena) =>
        finish(expr, { ...context, arena }, vector.dictionary, member, hasNull),
      )
      return throughCodes(context, vector, values)
    }
    return finish(expr, context, flattenVector(context, vector), member, hasNull)
  }
}

type Membership = (context: EvaluateContext, vector: FlatVector, out: Pointer) => void

function finish(
  expr: InListExpr,
  context: EvaluateContext,
  vector: FlatVector,
  member: Membership,
  hasNull: boolean,
): FlatVector {
  const { length } = vector
  const data = context.arena.allocate(length)
  member(context, vector, data)
  let { validity } = vector
  if (hasNull) {
    // Not found among values with a NULL: unknown.
    const known = context.arena.allocate(length)
    const { copyBytes, andMask } = context.kernels.vector
    if (validity === 0) copyBytes(data, length, known)
    else andMask(data, validity, length, known)
    validity = known
  }
  if (expr.negated) context.kernels.vector.notMask(data, length, data)
  return { encoding: 'flat', type: BOOLEAN, length, data, validity, children: [] }
}

/** Writes 1 for the rows that equal a value. Rows that are NULL get anything. */
function membership(expr: InListExpr, { context, constants }: Compiler): Membership {
  const { type } = expr.arg
  const values = expr.values.map(({ value }) => value).filter((value) => value !== null)
  const storage = storageOf(type)
  const isInteger = storage === 'i32' || storage === 'i64'
  if (isInteger && values.length > INTEGER_COMPARISONS_MAX) return sortedMembership(values, expr, context, constants)
  if (values.length <= COMPARISONS_MAX && storage !== 'list' && storage !== 'struct') {
    return comparedMembership(values, expr, context, constants)
  }
  return hashedMembership(values, expr)
}

function sortedMembership(
  values: readonly LiteralValue[],
  { arg }: InListExpr,
  { memory }: EvaluateContext,
  constants: Arena,
): Membership {
  const sorted = (values as readonly (number | bigint)[]).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const list = vectorFromLiterals(memory, constants, arg.type, sorted)
  const isNarrow = storageOf(arg.type) === 'i32'
  return ({ kernels }, vector, out) => {
    const isAmong = isNarrow ? kernels.vector.isAmongI32 : kernels.vector.isAmongI64
    isAmong(vector.data, vector.length, list.data, sorted.length, out)
  }
}

function comparedMembership(
  values: readonly LiteralValue[],
  { arg }: InListExpr,
  { memory }: EvaluateContext,
  constants: Arena,
): Membership {
  const items = values.map((value) => constantVector(memory, constants, arg.type, value, 1))
  return (context, vector, out) => {
    const { fillI8, orMask } = context.kernels.vector
    fillI8(0, vector.length, out)
    const one = context.arena.allocate(vector.length)
    for (const item of items) {
      compareToMask(context, EQ, vector, item as Vector, vector.length, vector.validity, one)
      orMask(out, one, vector.length, out)
    }
  }
}

function hashedMembership(values: readonly LiteralValue[], expr: InListExpr): Membership {
  const { type } = expr.arg
  if (type.kind === 'varchar' || type.kind === 'decimal' || type.kind === 'ubigint') {
    const set = new Set(values)
    return ({ memory }, vector, out) => {
      for (const [i, value] of columnValues(memory, vector).entries()) memory.u8[out + i] = set.has(value) ? 1 : 0
    }
  }
  const positive: InListExpr = { ...expr, negated: false }
  return ({ memory }, vector, out) => {
    for (const [i, value] of columnValues(memory, vector).entries()) {
      memory.u8[out + i] = value !== null && evaluateIn(positive, value) === true ? 1 : 0
    }
  }
}
