/**
 * Which changes of a column's type are followed when older files are read: those where the engine's CAST gives what Paimon's does, or an
 * error. Others would give other rows (Paimon truncates where CAST rounds, prints numbers and times in another form) and are refused.
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
  if (sameType(from.type, to.type)) return losesLength(from, to) ? 'refused' : 'none'
  return agrees(from.type, to.type) ? 'cast' : 'refused'
}

/** Texts are cut and padded, fractions of seconds are cut. */
function losesLength(from: PaimonField, to: PaimonField): boolean {
  if (to.type.kind === 'timestamp') return timestampDigits(to.typeText) < timestampDigits(from.typeText)
  if (to.type.kind !== 'varchar' && to.type.kind !== 'bytea') return false
  const [old, now] = [lengthOf(from.typeText), lengthOf(to.typeText)]
  return /^(CHAR|BINARY)\b/i.test(to.typeText) ? old !== now : now < old
}

function lengthOf(typeText: string): number {
  const length = /\((\d+)\)/.exec(typeText)?.[1]
  if (length !== undefined) return Number(length)
  return /^(CHAR|BINARY|VARCHAR|VARBINARY)$/i.test(typeText) ? 1 : Infinity
}

function agrees(from: DataType, to: DataType): boolean {
  const isNumber = isInteger(to) || to.kind === 'decimal' || to.kind === 'double' || to.kind === 'real'
  switch (from.kind) {
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return isNumber || to.kind === 'varchar'
    case 'decimal':
      return to.kind === 'decimal' || to.kind === 'double' || to.kind === 'real' || to.kind === 'varchar'
    case 'real':
    case 'double':
      return to.kind === 'double' || to.kind === 'real'
    case 'boolean':
      return to.kind === 'varchar'
    case 'date':
      return to.kind === 'varchar' || (to.kind === 'timestamp' && !to.zone)
    case 'varchar':
      return isInteger(to)
    case 'timestamp':
      if (to.kind === 'timestamp') return from.zone === to.zone && to.unit === 'ns'
      return to.kind === 'date' && !from.zone
    default:
      return false
  }
}
