/** generate_series(start, stop [, step]) and range([start,] stop [, step]), which leaves out the stop: lists of integers. */
import { SqlError, unsupported } from '../../core/errors.ts'
import { type DataType, BIGINT, isInteger, storageOf } from '../../core/types.ts'
import { commonType } from '../../expr/coerce.ts'
import { type Expr, columnsOf, literal } from '../../expr/expr.ts'
import { evaluateConstant } from '../../expr/fold.ts'
import type { FunctionCall } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { hasSubquery } from './repeated.ts'
import type { Scope } from './scope.ts'
import { coerce, missingFunction } from './typing.ts'

/** The list is part of the plan, so its length is bounded. */
const LENGTH_MAX = 1_000_000

/** Binds the call to the list of its values. */
export function bindSeries(binder: Binder, name: string, ast: FunctionCall, scope: Scope): Expr {
  const { at } = ast
  const args = ast.arguments.map(({ value }) => binder.expression(value, scope))
  const type = commonType(args.map((arg) => arg.type))
  const fewest = name === 'range' ? 1 : 2
  if (type === null || !isInteger(type) || args.length < fewest || args.length > 3) {
    throw missingFunction(name, args, at, [])
  }
  if (args.some((arg) => columnsOf(arg).size > 0 || hasSubquery(arg))) throw unsupported(`${name} of a column`, { at })
  const values = args.map((arg, i) => {
    const place = ast.arguments[i]!.value.at
    const value = binder.locate(place, () =>
      evaluateConstant(coerce(binder, arg, BIGINT, place), binder.context.session),
    )
    return value as bigint | null
  })
  const listType: DataType = { kind: 'list', element: { name: 'element', type, nullable: false } }
  if (values.includes(null)) return literal([], listType)
  const [start, stop, step] = (values.length === 1 ? [0n, values[0]!, 1n] : [...values, 1n]) as [bigint, bigint, bigint]
  if (step === 0n) throw new SqlError('22023', 'step size cannot equal zero', { at })
  const items = seriesOf(start, stop, step, name === 'range')
  if (items === null) throw unsupported(`${name} of more than ${LENGTH_MAX} values`, { at })
  return literal(storageOf(type) === 'i32' ? items.map(Number) : items, listType)
}

/** The values; null when there are too many. */
function seriesOf(start: bigint, stop: bigint, step: bigint, exclusive: boolean): readonly bigint[] | null {
  const span = step > 0n ? stop - start : start - stop
  const width = step > 0n ? step : -step
  const last = exclusive ? span - 1n : span
  if (last < 0n) return []
  const count = last / width + 1n
  if (count > BigInt(LENGTH_MAX)) return null
  return Array.from({ length: Number(count) }, (_, i) => start + BigInt(i) * step)
}
