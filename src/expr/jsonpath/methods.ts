/** Methods of SQL/JSON paths: `.size()`, `.double()`. */
import { SqlError } from '../../core/errors.ts'
import { type Json, JsonNumber, isArray, isObject, jsonKind, sortedEntries, writeJsonb } from '../values/json.ts'
import { parseDecimal } from '../values/decimal.ts'
import { exactOf, numberOf, wholeExact } from './path-number.ts'

/** What the method gives for one item. `strict`: only arrays have a size. */
export function callMethod(name: string, item: Json, strict: boolean): readonly Json[] {
  switch (name) {
    case 'type':
      return [jsonKind(item)]
    case 'size':
      if (isArray(item)) return [new JsonNumber(String(item.length))]
      if (strict) throw new SqlError('22039', 'jsonpath item method .size() can only be applied to an array')
      return [new JsonNumber('1')]
    case 'keyvalue':
      return keyValues(item)
    case 'string':
      return [textOf(item)]
    case 'boolean':
      return [truthOf(item)]
    case 'ceiling':
      return [wholeExact(number(name, item), 1)]
    case 'floor':
      return [wholeExact(number(name, item), -1)]
    case 'abs': {
      const { value, scale } = exactOf(number(name, item))
      return [numberOf({ value: value < 0n ? -value : value, scale })]
    }
    default:
      return [converted(name, item)]
  }
}

function number(name: string, item: Json): JsonNumber {
  if (item instanceof JsonNumber) return item
  throw new SqlError('22036', `jsonpath item method .${name}() can only be applied to a numeric value`)
}

/** `.double()`, `.number()`, `.integer()`, `.bigint()`: of numbers and of texts that write one. */
function converted(name: string, item: Json): JsonNumber {
  if (!(item instanceof JsonNumber) && typeof item !== 'string') {
    throw new SqlError('22036', `jsonpath item method .${name}() can only be applied to a string or numeric value`)
  }
  const text = (typeof item === 'string' ? item : item.text).trim()
  const failure = new SqlError(
    '22036',
    `argument "${text.slice(0, 60)}" of jsonpath item method .${name}() is invalid for type ${TYPES[name]}`,
  )
  if (parseDecimal(text) === null) throw failure
  if (name === 'double') {
    const value = Number(text)
    if (!Number.isFinite(value)) throw failure
    return new JsonNumber(String(value))
  }
  const exact = exactOf(new JsonNumber(text))
  if (name === 'number') return numberOf(exact)
  const whole = wholeExact(numberOf({ value: exact.value * 2n + 10n ** BigInt(exact.scale), scale: exact.scale }), -1)
  const rounded = BigInt(whole.text) >> 1n
  if (BigInt.asIntN(name === 'integer' ? 32 : 64, rounded) !== rounded) throw failure
  return new JsonNumber(String(rounded))
}

const TYPES: Readonly<Record<string, string>> = {
  double: 'double precision',
  number: 'numeric',
  integer: 'integer',
  bigint: 'bigint',
}

function textOf(item: Json): string {
  if (typeof item === 'string') return item
  if (typeof item === 'boolean') return String(item)
  if (item instanceof JsonNumber) return writeJsonb(item)
  throw new SqlError(
    '22036',
    'jsonpath item method .string() can only be applied to a boolean, string, numeric, or datetime value',
  )
}

function truthOf(item: Json): boolean {
  if (typeof item === 'boolean') return item
  const text = item instanceof JsonNumber ? item.text : item
  if (text === '1' || (typeof text === 'string' && /^(t|true|y|yes|on)$/i.test(text))) return true
  if (text === '0' || (typeof text === 'string' && /^(f|false|n|no|off)$/i.test(text))) return false
  throw new SqlError(
    '22036',
    'jsonpath item method .boolean() can only be applied to a boolean, string, or numeric value',
  )
}

function keyValues(item: Json): readonly Json[] {
  if (!isObject(item)) throw new SqlError('2203C', 'jsonpath item method .keyvalue() can only be applied to an object')
  return sortedEntries(item).map(
    ([key, value]) =>
      new Map<string, Json>([
        ['id', new JsonNumber('0')],
        ['key', key],
        ['value', value],
      ]),
  )
}
