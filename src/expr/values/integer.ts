/** Ranges of the integer types. */
import { SqlError, unsupported } from '../../core/errors.ts'
import type { DataType } from '../../core/types.ts'

/** `integer out of range`, as PostgreSQL. */
export function integerOutOfRange(type: DataType): SqlError {
  return new SqlError('22003', `${type.kind} out of range`)
}

const INTEGER_RANGES: Partial<Record<DataType['kind'], readonly [bigint, bigint]>> = {
  tinyint: [-128n, 127n],
  utinyint: [0n, 255n],
  smallint: [-32_768n, 32_767n],
  usmallint: [0n, 65_535n],
  integer: [-(1n << 31n), (1n << 31n) - 1n],
  uinteger: [0n, (1n << 32n) - 1n],
  bigint: [-(1n << 63n), (1n << 63n) - 1n],
  ubigint: [0n, (1n << 64n) - 1n],
}

/** Least and greatest value of an integer type. */
export function integerRange(type: DataType): readonly [bigint, bigint] {
  const range = INTEGER_RANGES[type.kind]
  if (range === undefined) throw unsupported(`integer range of ${type.kind}`)
  return range
}

/** The integer in the form of the type's storage; 22003 when it does not fit. */
export function integerOfType(value: bigint, type: DataType): number | bigint {
  const [least, greatest] = integerRange(type)
  if (value < least || value > greatest) throw integerOutOfRange(type)
  return storesAsNumber(type) ? Number(value) : value
}

function storesAsNumber({ kind }: DataType): boolean {
  return kind !== 'bigint' && kind !== 'uinteger' && kind !== 'ubigint'
}
