/** INTERVAL literals and EXTRACT. */
import { SqlError, unsupported } from '../../core/errors.ts'
import { type DataType, INTERVAL, typeName } from '../../core/types.ts'
import { type Expr, literal } from '../../expr/expr.ts'
import { extractFunctionName } from '../../expr/functions/time.ts'
import { type IntervalUnit, parseInterval, withoutFiner } from '../../expr/values/interval.ts'
import type { Extract, IntervalLiteral } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import type { Scope } from './scope.ts'
import { callFunction, callOperator, isUntypedText, settle } from './typing.ts'

const UNITS: readonly string[] = ['year', 'month', 'day', 'hour', 'minute', 'second', 'week', 'quarter']

export function bindInterval(binder: Binder, { value, from, to, at }: IntervalLiteral, scope: Scope): Expr {
  const unit = to ?? from
  if (typeof value === 'string') {
    const clock = spelledOut(value, from, to)
    const parsed = parseInterval(clock ?? value, unit === null ? 'second' : intervalUnit(unit))
    if (parsed === null) {
      throw new SqlError('22007', `invalid input syntax for type interval: "${value}"`, { at })
    }
    return literal(unit === null ? parsed : withoutFiner(parsed, unit), INTERVAL)
  }
  const count = binder.expression(value, scope)
  if (isUntypedText(count)) return bindInterval(binder, { kind: 'interval', value: count.value, from, to, at }, scope)
  const one = parseInterval('1', unit === null ? 'second' : intervalUnit(unit))
  return callOperator(binder, 'multiply', '*', [settle(count), literal(one, INTERVAL)], [value.at, at], at)
}

/** `INTERVAL '10:30' MINUTE TO SECOND` is a clock without hours, `INTERVAL '1 2' DAY TO HOUR` has a number for each; null where plain rules do. */
function spelledOut(text: string, from: string | null, to: string | null): string | null {
  if (from === 'day' && to === 'hour') {
    const parts = /^\s*([+-]?\d+)\s+([+-]?)(\d+)\s*$/.exec(text)
    return parts === null ? null : `${parts[1]!} days ${parts[2]!}${parts[3]!} hours`
  }
  if (from !== 'minute' || to !== 'second' || !/^\s*([+-]?\d+\s+)?[+-]?\d+:\d+(\.\d+)?\s*$/.test(text)) return null
  return text.replace(/(\d+:)/, '0:$1')
}

/** The unit of a word after INTERVAL. */
export function intervalUnit(word: string): IntervalUnit {
  if (UNITS.includes(word)) return word as IntervalUnit
  throw unsupported(`interval unit ${word}`)
}

/** EXTRACT(field FROM source): a function of its own for each field, as the type of the result depends on it. */
export function bindExtract(binder: Binder, { field, source, at }: Extract, scope: Scope): Expr {
  const operand = binder.expression(source, scope)
  const type: DataType = operand.type
  if (isUntypedText(operand) || type.kind === 'varchar') {
    throw new SqlError(
      '42883',
      `function pg_catalog.extract(unknown, ${isUntypedText(operand) ? 'unknown' : 'varchar'}) does not exist`,
      {
        at,
        hint: 'No function matches the given name and argument types. You might need to add explicit type casts.',
      },
    )
  }
  const name = extractFunctionName(field)
  if (name === null) throw new SqlError('22023', `unit "${field}" not recognized for type ${typeName(type)}`, { at })
  return callFunction(binder, name, [operand], [source.at], at)
}
