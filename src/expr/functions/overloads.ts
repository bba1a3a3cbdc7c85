/** Ways to write `ScalarFunction.resolve`. */
import { type DataType, BIGINT, DOUBLE, INTEGER, sameType } from '../../core/types.ts'
import { canCoerce, commonType } from '../coerce.ts'
import type { Signature } from './function.ts'

type Resolve = (args: readonly DataType[]) => Signature | null

/** The first of the overloads to which the arguments convert implicitly; those that need no conversion at all go first. */
export function overloads(...signatures: readonly (readonly [readonly DataType[], DataType])[]): Resolve {
  return (args) => {
    let found: Signature | null = null
    let foundExact = -1
    for (const [types, result] of signatures) {
      if (types.length !== args.length) continue
      if (!args.every((arg, i) => canCoerce(arg, types[i]!))) continue
      const exact = args.filter((arg, i) => sameType(arg, types[i]!)).length
      if (exact > foundExact) {
        found = { args: types, result }
        foundExact = exact
      }
    }
    return found
  }
}

/** `count` arguments of one common type; `result` tells what comes out, or null when it does not take the type. */
export function ofCommonType(
  count: number | { readonly atLeast: number },
  result: (type: DataType) => DataType | null,
): Resolve {
  return (args) => {
    if (typeof count === 'number' ? args.length !== count : args.length < count.atLeast) return null
    const type = commonType(args)
    if (type === null) return null
    const resultType = result(type)
    return resultType && { args: args.map(() => type), result: resultType }
  }
}

/**
 * The type in which arithmetic on integers of this type runs: PostgreSQL's own three are their own, the others compute in the
 * next one that holds them. Null for other types than integers up to 64 bits.
 */
export function integerArithmeticType(type: DataType): DataType | null {
  switch (type.kind) {
    case 'smallint':
    case 'integer':
    case 'bigint':
      return type
    case 'tinyint':
    case 'utinyint':
    case 'usmallint':
      return INTEGER
    case 'uinteger':
      return BIGINT
    default:
      return null
  }
}

/** double for every numeric type (and untyped NULL). */
export function doubleArguments(count: number): Resolve {
  return overloads([Array.from({ length: count }, () => DOUBLE), DOUBLE])
}
