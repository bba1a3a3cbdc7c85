/** The type that guesses from several samples have in common. */
import { type DataType, DOUBLE, NULL_TYPE, VARCHAR, sameType } from '../../core/types.ts'

/** Text when nothing narrower holds both; the other one when one was guessed from nothing (type null). */
export function commonTextType(a: DataType, b: DataType): DataType {
  if (sameType(a, b) || b.kind === 'null') return a
  if (a.kind === 'null') return b
  const [i, j] = [NUMBERS.indexOf(a.kind), NUMBERS.indexOf(b.kind)]
  if (i >= 0 && j >= 0) return i > j ? a : b
  if (isDay(a) && isDay(b)) return a.kind === 'timestamp' ? a : b
  return VARCHAR
}

/** As guessed: bigint, decimal(38,0), double. */
const NUMBERS: readonly DataType['kind'][] = ['bigint', 'decimal', DOUBLE.kind]

function isDay(type: DataType): boolean {
  return type.kind === 'date' || (type.kind === 'timestamp' && !type.zone)
}

/** The type of a column of which nothing was seen is text. */
export function settledType(type: DataType): DataType {
  return type.kind === NULL_TYPE.kind ? VARCHAR : type
}
