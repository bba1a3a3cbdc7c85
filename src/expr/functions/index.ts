/** The registry of scalar functions: a function is a file in this folder and a line here. */
import { canCast } from '../coerce.ts'
import type { CallExpr } from '../expr.ts'
import type { DataType } from '../../core/types.ts'
import { arithmeticFunctions } from './arithmetic.ts'
import { bitStringFunctions, knowingBits } from './bit-strings.ts'
import { bitFunctions } from './bits.ts'
import { byteFunctions } from './bytes.ts'
import { comparisonFunctions } from './comparison.ts'
import { concatFunctions } from './concat.ts'
import { conditionalFunctions } from './conditional.ts'
import { distanceFunctions } from './distance.ts'
import type { ScalarFunction, Signature } from './function.ts'
import { jsonMakeFunctions } from './json-make.ts'
import { jsonPathFunctions } from './json-paths.ts'
import { jsonReadFunctions } from './json-read.ts'
import { lambdaFunctions } from './lambdas.ts'
import { knowingInfinity } from './infinite-times.ts'
import { likeFunctions } from './like.ts'
import { listAggregateFunctions } from './list-aggregates.ts'
import { listFunctions } from './lists.ts'
import { mapFunctions } from './maps.ts'
import { mathFunctions } from './math.ts'
import { nestedFunctions } from './nested.ts'
import { nullsCountFunctions } from './nulls-count.ts'
import { numberTheoryFunctions } from './number-theory.ts'
import { orderedRowFunctions } from './ordered-rows.ts'
import { pairAggregateFunctions } from './pair-aggregates.ts'
import { randomFunctions } from './random.ts'
import { regexpFunctions } from './regexp.ts'
import { seriesFunctions } from './series.ts'
import { knowingSpecialDecimals } from './special-decimals.ts'
import { systemFunctions } from './system.ts'
import { encodingFunctions } from './text-encoding.ts'
import { textMoreFunctions } from './text-more.ts'
import { textQuoteFunctions } from './text-quote.ts'
import { textFunctions } from './text.ts'
import { timeDifferenceFunctions } from './time-difference.ts'
import { timeMakeFunctions } from './time-make.ts'
import { timeFunctions } from './time.ts'
import { toCharFunctions } from './to-char.ts'
import { trigonometryFunctions } from './trigonometry.ts'
import { truthFunctions } from './truth.ts'
import { variantFunctions } from './variant.ts'

const FUNCTIONS: readonly ScalarFunction[] = [
  ...comparisonFunctions,
  ...truthFunctions,
  ...arithmeticFunctions,
  ...bitFunctions,
  ...bitStringFunctions,
  ...likeFunctions,
  ...regexpFunctions,
  ...conditionalFunctions,
  ...nullsCountFunctions,
  ...mathFunctions,
  ...trigonometryFunctions,
  ...numberTheoryFunctions,
  ...randomFunctions,
  ...concatFunctions,
  ...textFunctions,
  ...textMoreFunctions,
  ...textQuoteFunctions,
  ...encodingFunctions,
  ...byteFunctions,
  ...timeFunctions,
  ...timeMakeFunctions,
  ...timeDifferenceFunctions,
  ...toCharFunctions,
  ...nestedFunctions,
  ...distanceFunctions,
  ...variantFunctions,
  ...listFunctions,
  ...lambdaFunctions,
  ...seriesFunctions,
  ...mapFunctions,
  ...listAggregateFunctions,
  ...pairAggregateFunctions,
  ...orderedRowFunctions,
  ...jsonReadFunctions,
  ...jsonMakeFunctions,
  ...jsonPathFunctions,
  ...systemFunctions,
]

const byName = new Map<string, ScalarFunction>()
for (const plain of FUNCTIONS) {
  const entry = knowingBits(knowingSpecialDecimals(knowingInfinity(plain)))
  for (const name of [entry.name, ...(entry.aliases ?? [])]) byName.set(name, entry)
}

/** The function of this name or alias (lower case). */
export function functionByName(name: string): ScalarFunction | undefined {
  return byName.get(name)
}

/** The function of a call: a user's, or that of the name in the registry. */
export function functionOf({ own, name }: CallExpr): ScalarFunction | undefined {
  return own ?? byName.get(name)
}

/** Names and aliases of all functions, in the order of their documentation. */
export function functionNames(): readonly string[] {
  return [...byName.keys()]
}

/**
 * The function that `name` means for arguments of these types: its name in plans, and the types to convert the arguments to. Null when
 * no function of the name takes them.
 */
export function resolveFunction(
  name: string,
  args: readonly DataType[],
): { name: string; signature: Signature } | null {
  const entry = byName.get(name)
  const signature = entry?.resolve(args) ?? null
  if (entry === undefined || signature === null) return null
  // Families look at the arguments that tell them apart; no other may be of a type that has no way to its own.
  const fits = signature.args.every((type, i) => args[i] === undefined || canCast(args[i], type))
  return fits ? { name: entry.name, signature } : null
}
