/** CAST over vectors: kernels for numbers and dates, the values one by one for the rest; dictionaries are cast instead of their rows. */
import { hasInfinity } from '../core/infinity.ts'
import { type DataType, storageOf } from '../core/types.ts'
import { columnValues } from '../core/vector-export.ts'
import { constantVector, valueAt, vectorFromLiterals } from '../core/vector-values.ts'
import type { FlatVector, Vector } from '../core/vector.ts'
import { DictionaryCache, isWorthDictionary } from './dictionary-cache.ts'
import { throughCodes } from './evaluate-call.ts'
import type { Compiler, Evaluator } from './compiler.ts'
import type { CastExpr, LiteralValue } from './expr.ts'
import type { EvaluateContext } from './functions/function.ts'
import { mayBeInfinite } from './functions/infinite-times.ts'
import { flattenVector } from './gather.ts'
import { castValue, isValueError, tryCastValue } from './values/cast-value.ts'
import { castByKernel } from './vectors/cast.ts'
import { castFromText, castToText } from './vectors/text-cast.ts'

export function compileCast(expr: CastExpr, compiler: Compiler): Evaluator {
  const { context } = compiler
  const { arg, type } = expr
  const evaluate = compiler.compile(arg)
  if (isRelabelling(arg.type, type)) return (batch) => relabel(evaluate(batch), type)
  const cache = new DictionaryCache<FlatVector | null>(context.memory)
  return (batch) => {
    const vector = evaluate(batch)
    if (vector.encoding === 'constant') return castConstant(expr, vector, batch.rowCount, context)
    if (vector.encoding === 'dictionary' && isWorthDictionary(vector)) {
      const values = cache.get(vector.dictionary, (arena) =>
        castDictionary(expr, vector.dictionary, { ...context, arena }),
      )
      if (values !== null) return throughCodes(context, vector, values)
    }
    return castFlat(expr, flattenVector(context, vector), context)
  }
}

/** Casts that change no byte: a wider integer of the same storage, a decimal of more digits at the same scale. */
function isRelabelling(from: DataType, to: DataType): boolean {
  if (storageOf(from) !== storageOf(to)) return false
  if (from.kind === 'decimal' && to.kind === 'decimal') {
    return from.scale === to.scale && from.precision <= to.precision
  }
  if (from.kind === 'half') return to.kind === 'real'
  if (from.kind === 'uinteger') return to.kind === 'bigint'
  const widths = ['tinyint', 'smallint', 'integer']
  const unsigned = ['utinyint', 'usmallint', 'integer']
  return [widths, unsigned].some((order) => {
    const place = order.indexOf(from.kind)
    return place >= 0 && order.indexOf(to.kind) > place
  })
}

function relabel(vector: Vector, type: DataType): Vector {
  if (vector.encoding !== 'dictionary') return { ...vector, type }
  return { ...vector, type, dictionary: relabelled(vector.dictionary, type) }
}

const relabelledDictionaries = new WeakMap<FlatVector, FlatVector>()

/** One object a dictionary and type, so that what is cached by identity downstream stays. */
function relabelled(dictionary: FlatVector, type: DataType): FlatVector {
  let known = relabelledDictionaries.get(dictionary)
  if (known === undefined || known.type !== type) {
    known = { ...dictionary, type }
    relabelledDictionaries.set(dictionary, known)
  }
  return known
}

function castConstant(expr: CastExpr, vector: Vector, rowCount: number, context: EvaluateContext): Vector {
  const { memory, arena } = context
  const value = rowCount === 0 ? null : castOne(expr, valueAt(memory, vector, 0), context)
  return constantVector(memory, arena, expr.type, value, rowCount)
}

function castOne({ arg, type, try: isTry }: CastExpr, value: LiteralValue, { session }: EvaluateContext): LiteralValue {
  return (isTry ? tryCastValue : castValue)(value, arg.type, type, session)
}

/** Null when a value of the dictionary can't be cast, as no row may have it. */
function castDictionary(expr: CastExpr, dictionary: FlatVector, context: EvaluateContext): FlatVector | null {
  try {
    return castFlat(expr, dictionary, context)
  } catch (error) {
    if (isValueError(error)) return null
    throw error
  }
}

function castFlat(expr: CastExpr, vector: FlatVector, context: EvaluateContext): FlatVector {
  const { memory, arena } = context
  const cast = (value: LiteralValue): LiteralValue => castOne(expr, value, context)
  const quick = vectorOf(expr, vector, context, cast)
  if (quick !== null) return quick
  const values = columnValues(memory, vector).map(cast)
  return vectorFromLiterals(memory, arena, expr.type, values)
}

function vectorOf(
  { type, try: isTry }: CastExpr,
  vector: FlatVector,
  context: EvaluateContext,
  cast: (value: LiteralValue) => LiteralValue,
): FlatVector | null {
  if (vector.type.kind === 'varchar') return castFromText(context, vector, type, isTry, cast)
  if (type.kind === 'varchar') return castToText(context, vector, cast)
  if (hasInfinity(vector.type) && mayBeInfinite(context, vector, vector.length)) return null
  return castByKernel(context, vector, type, isTry, cast)
}
