/**
 * Value functions with IGNORE NULLS: the values of the frame that are not NULL, as a list, and one of them.
 *
 *     first_value(x) IGNORE NULLS OVER w    ->   list_extract(array_agg(x) FILTER (WHERE x IS NOT NULL) OVER w, 1)
 *     lag(x, 2) IGNORE NULLS OVER w         ->   the same over the rows before this one, from the end: -2
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import { BIGINT, BOOLEAN, type DataType } from '../../core/types.ts'
import { type Expr, call, literal } from '../../expr/expr.ts'
import { evaluateConstant } from '../../expr/fold.ts'
import type { FrameBound, FunctionCall, WindowFrame, WindowSpec } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import type { CollectedCall } from './collected.ts'
import { hasSubquery } from './repeated.ts'
import type { Scope } from './scope.ts'
import { coerce, coerceImplicitly, missingFunction, settle } from './typing.ts'

const NAMES = new Set(['first_value', 'last_value', 'nth_value', 'lag', 'lead'])

/** The call over the list; `frame`: null for that of the window. */
export interface IgnoringCall extends CollectedCall {
  readonly frame: ((spec: WindowSpec) => WindowSpec) | null
}

export function bindIgnoringNulls(binder: Binder, name: string, ast: FunctionCall, scope: Scope): IgnoringCall {
  const { at } = ast
  if (!NAMES.has(name)) throw unsupported(`IGNORE NULLS of ${name}`, { at })
  const values = ast.arguments.map(({ value }) => value)
  const args = values.map((value) => settle(binder.expression(value, scope)))
  const [value, offset, fallback, ...rest] = args
  const isShift = name === 'lag' || name === 'lead'
  const fits = isShift ? rest.length === 0 : name === 'nth_value' ? args.length === 2 : args.length === 1
  if (value === undefined || !fits) throw missingFunction(name, args, at, [])
  if (hasSubquery(value)) throw unsupported('a subquery with IGNORE NULLS', { at })
  const count = offset === undefined ? 1n : constantOffset(binder, offset, values[1]!.at)
  if (name === 'nth_value' && count !== null && count <= 0n) {
    throw new SqlError('22016', 'argument of nth_value must be greater than zero', { at })
  }
  if (isShift && count !== null && count < 1n) throw unsupported(`${name} by less than a row with IGNORE NULLS`, { at })
  const type: DataType = { kind: 'list', element: { name: 'element', type: value.type, nullable: true } }
  const place = name === 'last_value' ? -1n : name === 'first_value' ? 1n : name === 'lag' ? negated(count) : count
  const otherwise = fallback === undefined ? null : coerceImplicitly(binder, fallback, value.type, values[2]!.at)
  if (fallback !== undefined && otherwise === null) throw missingFunction(name, args, at, [])
  return {
    call: {
      name: 'array_agg',
      args: [value],
      distinct: false,
      filter: call('is_not_null', [value], BOOLEAN),
      orderBy: [],
      type,
    },
    finish: (list) => {
      const element = call('list_extract', [list, literal(place, BIGINT)], value.type)
      return otherwise === null ? element : call('coalesce', [element, otherwise], value.type)
    },
    frame: isShift ? (spec) => ({ ...spec, frame: shiftFrame(name === 'lag', at) }) : null,
  }
}

function negated(count: bigint | null): bigint | null {
  return count === null ? null : -count
}

function constantOffset(binder: Binder, offset: Expr, at: FunctionCall['at']): bigint | null {
  if (offset.kind !== 'literal') throw unsupported('an offset that is not constant, with IGNORE NULLS', { at })
  const value = evaluateConstant(coerce(binder, offset, BIGINT, at), binder.context.session)
  return value as bigint | null
}

/** All rows before, or after, the present one. */
function shiftFrame(isBefore: boolean, at: FunctionCall['at']): WindowFrame {
  const one: FrameBound['offset'] = { kind: 'number', text: '1', at }
  const bounds: readonly [FrameBound, FrameBound] = isBefore
    ? [
        { kind: 'unbounded-preceding', offset: null, at },
        { kind: 'preceding', offset: one, at },
      ]
    : [
        { kind: 'following', offset: one, at },
        { kind: 'unbounded-following', offset: null, at },
      ]
  return { unit: 'rows', start: bounds[0], end: bounds[1], exclude: null, at }
}
