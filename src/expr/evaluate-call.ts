/** Calls of scalar functions over vectors: NULLs, constants, dictionaries, kernels, and rows one by one where there is no kernel. */
import { InternalError, ResourceError, SqlError } from '../core/errors.ts'
import type { Pointer } from '../core/memory.ts'
import { BOOLEAN, type DataType } from '../core/types.ts'
import { columnValues } from '../core/vector-export.ts'
import { constantVector, valueAt, vectorFromLiterals } from '../core/vector-values.ts'
import type { Batch, DictionaryVector, FlatVector, Vector } from '../core/vector.ts'
import { DictionaryCache, isWorthDictionary } from './dictionary-cache.ts'
import { compileCase } from './evaluate-case.ts'
import type { Compiler, Evaluator } from './compiler.ts'
import { signatureOf } from './evaluate-value.ts'
import { type CallExpr, type LiteralValue, call } from './expr.ts'
import type { EvaluateContext, ScalarFunction, Signature } from './functions/function.ts'
import { functionOf } from './functions/index.ts'
import { flattenVector } from './gather.ts'
import { combinedValidity } from './vectors/validity.ts'

export function compileCall(expr: CallExpr, compiler: Compiler): Evaluator {
  const entry = functionOf(expr)
  if (entry === undefined) throw new InternalError(`no function ${expr.name}`)
  const types = signatureOf(expr, compiler.context.session)
  const args = expr.args.map((arg) => compiler.compile(arg, takesNarrow(entry)))
  if (entry.nulls === 'custom') return customCall(entry, args, types, compiler.context)
  const literals = expr.args.map((arg) => arg.kind === 'literal')
  // A dictionary column with literals: the only case whose result depends on nothing but the dictionary.
  const dictionaryArg = literals.filter((literal) => !literal).length === 1 ? literals.indexOf(false) : -1
  return strictCall(entry, args, types, dictionaryArg, compiler.context)
}

/** Arithmetic and comparisons look at the types of the vectors they get: see vectors/decimal.ts. */
function takesNarrow(entry: ScalarFunction): boolean {
  return NARROW_TAKERS.has(entry.name)
}

const NARROW_TAKERS: ReadonlySet<string> = new Set([
  'add',
  'subtract',
  'multiply',
  'negate',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
])

function customCall(
  entry: ScalarFunction,
  args: readonly Evaluator[],
  types: Signature,
  context: EvaluateContext,
): Evaluator {
  return (batch) => {
    const vectors = args.map((evaluate) => evaluate(batch))
    if (vectors.every(({ encoding }) => encoding === 'constant'))
      return constantCall(entry, vectors, types, batch, context)
    return (
      entry.evaluate?.(context, vectors, batch.rowCount, types, 0) ??
      callByRow(entry, vectors, batch.rowCount, types, 0, context)
    )
  }
}

function strictCall(
  entry: ScalarFunction,
  args: readonly Evaluator[],
  types: Signature,
  dictionaryArg: number,
  context: EvaluateContext,
): Evaluator {
  let cache: DictionaryCache<FlatVector | null> | null = null
  return (batch) => {
    const vectors = args.map((evaluate) => evaluate(batch))
    if (vectors.some((vector) => vector.encoding === 'constant' && vector.isNull)) {
      return constantVector(context.memory, context.arena, types.result, null, batch.rowCount)
    }
    if (vectors.every(({ encoding }) => encoding === 'constant'))
      return constantCall(entry, vectors, types, batch, context)
    const codes = dictionaryArg >= 0 ? vectors[dictionaryArg]! : null
    if (codes?.encoding === 'dictionary' && entry.volatility === 'immutable' && isWorthDictionary(codes)) {
      cache ??= new DictionaryCache(context.memory)
      const result = cache.get(codes.dictionary, (arena) =>
        ofDictionary(entry, vectors, dictionaryArg, types, { ...context, arena }),
      )
      if (result !== null) return throughCodes(context, codes, result)
    }
    const flat = vectors.map((vector) => (vector.encoding === 'constant' ? vector : flattenVector(context, vector)))
    return strictFlat(entry, flat, batch.rowCount, types, context)
  }
}

function strictFlat(
  entry: ScalarFunction,
  vectors: readonly Vector[],
  rowCount: number,
  types: Signature,
  context: EvaluateContext,
): Vector {
  const validity = combinedValidity(context, vectors, rowCount)
  return (
    entry.evaluate?.(context, vectors, rowCount, types, validity) ??
    callByRow(entry, vectors, rowCount, types, validity, context)
  )
}

/** The function's value for every value of the dictionary; null when some value makes an error, as no row may have it. */
function ofDictionary(
  entry: ScalarFunction,
  vectors: readonly Vector[],
  dictionaryArg: number,
  types: Signature,
  context: EvaluateContext,
): FlatVector | null {
  const { dictionary } = vectors[dictionaryArg] as DictionaryVector
  const args = vectors.map((vector, i) => (i === dictionaryArg ? dictionary : { ...vector, length: dictionary.length }))
  try {
    return flattenVector(context, strictFlat(entry, args, dictionary.length, types, context))
  } catch (error) {
    // Whatever is wrong with it: rows tell.
    if (error instanceof SqlError) return null
    throw error
  }
}

/** The values of the dictionary as values of the rows: codes again, but booleans and results with NULLs flat. */
export function throughCodes(context: EvaluateContext, codes: DictionaryVector, values: FlatVector): Vector {
  const { length } = codes
  if (values.type.kind === 'boolean' && values.validity === 0) {
    const data = context.arena.allocate(length)
    context.kernels.vector.lookUpI8(codes.data, values.data, length, data)
    return { encoding: 'flat', type: BOOLEAN, length, data, validity: codes.validity, children: [] }
  }
  if (values.validity === 0) return { ...codes, type: values.type, dictionary: values }
  const flat = flattenVector(context, {
    ...codes,
    type: values.type,
    validity: 0,
    dictionary: values,
  })
  const validity = context.arena.allocate(length)
  context.kernels.vector.lookUpI8(codes.data, values.validity, length, validity)
  if (codes.validity !== 0) context.kernels.vector.andMask(validity, codes.validity, length, validity)
  return { ...flat, validity }
}

function constantCall(
  entry: ScalarFunction,
  vectors: readonly Vector[],
  types: Signature,
  { rowCount }: Batch,
  context: EvaluateContext,
): Vector {
  const { memory, arena, session } = context
  if (rowCount === 0) return constantVector(memory, arena, types.result, null, 0)
  const result =
    entry.volatility === 'volatile'
      ? null
      : constantVector(
          memory,
          arena,
          types.result,
          entry.scalar(
            vectors.map((v) => valueOf(context, v)),
            types,
            session,
          ),
          rowCount,
        )
  return result ?? callByRow(entry, vectors, rowCount, types, 0, context)
}

/** The value of a constant vector, in the type that the function takes (a narrow decimal has the same unscaled value). */
function valueOf({ memory }: EvaluateContext, vector: Vector): LiteralValue {
  return valueAt(memory, vector, 0)
}

/** Elements of the lists of a batch that are held as values: far below what breaks. */
const ELEMENTS_MAX = 8_000_000

/** The reference path: `scalar` for each row that is not NULL. */
function callByRow(
  entry: ScalarFunction,
  vectors: readonly Vector[],
  rowCount: number,
  types: Signature,
  validity: Pointer,
  { memory, arena, session }: EvaluateContext,
): FlatVector {
  const columns = vectors.map((vector) => columnValues(memory, vector))
  const results: LiteralValue[] = new Array(rowCount)
  const row: LiteralValue[] = new Array(columns.length)
  let elementCount = 0
  for (let i = 0; i < rowCount; i++) {
    if (validity !== 0 && memory.u8[validity + i] === 0) {
      results[i] = null
      continue
    }
    for (let j = 0; j < columns.length; j++) row[j] = columns[j]![i]!
    // A copy: what a function returns may be its arguments (row, array).
    const result = entry.scalar(row.slice(), types, session)
    results[i] = result
    if (!Array.isArray(result)) continue
    // One list is bounded by its function, but there is one a row.
    elementCount += result.length
    if (elementCount > ELEMENTS_MAX) {
      throw new ResourceError('54000', `${entry.name} makes lists of more than ${ELEMENTS_MAX} elements in one batch`)
    }
  }
  return vectorFromLiterals(memory, arena, types.result, results)
}

/** COALESCE(a, b, c) is CASE WHEN a IS NOT NULL THEN a ...: arguments are evaluated only for the rows that need them. */
export function compileCoalesce(expr: CallExpr, compiler: Compiler): Evaluator {
  const last = expr.args.at(-1)
  if (last === undefined) throw new InternalError('coalesce without arguments')
  const branches = expr.args
    .slice(0, -1)
    .map((arg) => ({ when: call('is_not_null', [arg], BOOLEAN as DataType), then: arg }))
  if (branches.length === 0) return compiler.compile(last)
  return compileCase({ kind: 'case', branches, else: last, type: expr.type }, compiler)
}
