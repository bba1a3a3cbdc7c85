/**
 * Which changes of a column's type are followed when older files are read; others are refused.
 *
 * Spec: Apache Paimon, "Schema Evolution"; its cast rules.
 */
import { type DataType, isInteger, sameType } from '../../core/types.ts'
import { timestampDigits } from './binary-row.ts'
import type { PaimonField } from './data-type.ts'

export type TypeChange = 'none' | 'cast' | 'refused'

/** What has to be done with values of the file's field to get the table's. */
export function typeChange(from: PaimonField, to: PaimonField): TypeChange {
  if (from.typeText === to.typeText) return 'none'
  if (from.type.kind === 'timestamp' && to.type.kind === 'timestamp' && from.type.zone === to.type.zone) {
    return losesDigits(from, to) || !sameType(from.type, to.type) ? 'cast' : 'none'
  }
  if (sameType(from.type, to.type)) return losesLength(from, to) ? 'refused' : 'none'
  // The bytes of texts are their values.
  if (from.type.kind === 'varchar' && to.type.kind === 'bytea' && lengthOf(to.typeText) === Infinity) return 'none'
  return agrees(from.type, to.type) ? 'cast' : 'refused'
}

function losesDigits(from: PaimonField, to: PaimonField): boolean {
  return timestampDigits(to.typeText) < timestampDigits(from.typeText)
}

/** Texts would be cut and padded. */
function losesLength(from: PaimonField, to: PaimonField): boolean {
  if (to.type.kind !== 'varchar' && to.type.kind !== 'bytea') return false
  const [old, now] = [lengthOf(from.typeText), lengthOf(to.typeText)]
  return /^(CHAR|BINARY)\b/i.test(to.typeText) ? old !== now : now < old
}

function lengthOf(typeText: string): number {
  const length = /\((\d+)\)/.exec(typeText)?.[1]
  if (length !== undefined) return Number(length)
  return /^(CHAR|BINARY|VARCHAR|VARBINARY)$/i.test(typeText) ? 1 : Infinity
}

/** What `javaCast` does. Zones are refused: what a time of another zone means depends on where the reference runs. */
function agrees(from: DataType, to: DataType): boolean {
  const isNumber = isInteger(to) || to.kind === 'decimal' || to.kind === 'double' || to.kind === 'real'
  switch (from.kind) {
    case 'integer':
    case 'bigint':
      return isNumber || to.kind === 'varchar' || to.kind === 'boolean' || (to.kind === 'timestamp' && !to.zone)
    case 'tinyint':
    case 'smallint':
      return isNumber || to.kind === 'varchar' || to.kind === 'boolean'
    case 'decimal':
    case 'real':
    case 'double':
      return isNumber || to.kind === 'varchar'
    case 'boolean':
      return isNumber || to.kind === 'varchar'
    case 'date':
      return to.kind === 'varchar' || (to.kind === 'timestamp' && !to.zone)
    case 'varchar':
      return isNumber || to.kind === 'date' || to.kind === 'boolean'
    case 'timestamp':
      if (to.kind === 'timestamp') return from.zone === to.zone
      return !from.zone && ['varchar', 'date', 'integer', 'bigint'].includes(to.kind)
    default:
      return false
  }
}
