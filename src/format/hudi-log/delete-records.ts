/**
 * Delete blocks: keys of rows that are gone, each with the ordering value of its delete.
 *
 *   version (4) = 3  length (4)  Avro HoodieDeleteRecordList: list of (record key, partition path, ordering value)
 *
 * The schema is not in the block. The ordering value is a union of records of one field; the int 0 stands for none: such a delete wins over
 * whatever was there before.
 *
 * Spec: Apache Hudi technical specification 1.0, "Log File Format, Delete Block"; HoodieDeleteRecordList.avsc.
 */
import { unsupported } from '../../core/errors.ts'
import { type DataType, VARCHAR, isFloat, isInteger, typeName } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { vectorFromLiterals } from '../../core/vector-values.ts'
import type { Vector } from '../../core/vector.ts'
import type { VectorContext } from '../../expr/gather.ts'
import { rescale } from '../../expr/values/decimal.ts'
import type { TargetField } from '../format.ts'
import type { ByteCursor } from './byte-cursor.ts'
import { type ColumnBuilder, builderOf } from './column-builders.ts'

/** The name of ordering value `index` as a column of a delete block. */
export function orderingColumn(index: number): string {
  return `#ordering.${index}`
}

/** Of a decimal ordering value. */
const DECIMAL_SCALE = 15

const NULLABLE_STRING = { kind: 'union', branches: [{ kind: 'null' }, { kind: 'string' }] } as const
const KEY: TargetField = { names: ['_hoodie_record_key'], type: VARCHAR, children: [] }

/** The rows of a delete block. */
export class DeleteRecords {
  readonly rowCount: number
  readonly #keys: ColumnBuilder = builderOf(NULLABLE_STRING, KEY)
  readonly #paths: ColumnBuilder = builderOf(NULLABLE_STRING, KEY)
  /** One list a row. */
  readonly #ordering: (readonly (Ordering | undefined)[])[] = []

  /** Reads the content of a block; strings stay where they are. */
  constructor(cursor: ByteCursor) {
    const version = cursor.int32()
    if (version !== 3) throw unsupported(`Hudi delete blocks of version ${version}`)
    cursor.int32()
    this.rowCount = cursor.items(3, () => {
      this.#keys.read(cursor)
      this.#paths.read(cursor)
      this.#ordering.push(readOrdering(cursor, 0))
    })
  }

  /** The column that a target asks for; NULLs for what a delete does not say. */
  column(context: VectorContext, { names, type }: TargetField): Vector {
    if (names.includes('_hoodie_record_key')) return this.#keys.finish(context)
    if (names.includes('_hoodie_partition_path')) return this.#paths.finish(context)
    const index = this.#indexOf(names)
    const values = this.#ordering.map((list) => convert(list[index], type))
    return vectorFromLiterals(context.memory, context.arena, type, values)
  }

  #indexOf(names: readonly string[]): number {
    const match = names.map((name) => /^#ordering\.(\d+)$/.exec(name)).find((found) => found !== null)
    return match === undefined ? -1 : Number(match![1])
  }
}

interface Ordering {
  readonly kind: 'boolean' | 'number' | 'integer' | 'bytes' | 'string' | 'decimal'
  readonly value: LiteralValue
}

/** None, one value, or several of a list. */
function readOrdering(cursor: ByteCursor, depth: number): readonly (Ordering | undefined)[] {
  const branch = cursor.int()
  switch (branch) {
    case 0:
      return []
    case 1:
      return [{ kind: 'boolean', value: cursor.byte() !== 0 }]
    case 2: {
      const value = integer(cursor)
      return value === 0n ? [] : [{ kind: 'integer', value }]
    }
    case 3:
    case 8:
    case 10:
    case 11:
      return [{ kind: 'integer', value: integer(cursor) }]
    case 4:
      return [{ kind: 'number', value: cursor.float() }]
    case 5:
      return [{ kind: 'number', value: cursor.double() }]
    case 6:
      return [{ kind: 'bytes', value: bytes(cursor) }]
    case 7:
      return [{ kind: 'string', value: new TextDecoder().decode(bytes(cursor)) }]
    case 9: {
      let value = 0n
      const content = bytes(cursor)
      for (const byte of content) value = (value << 8n) | BigInt(byte)
      return [{ kind: 'decimal', value: BigInt.asIntN(content.length * 8, value) }]
    }
    case 12: {
      if (depth > 0) throw cursor.error('ordering values are nested')
      const list: (Ordering | undefined)[] = []
      cursor.items(1, () => list.push(readOrdering(cursor, 1)[0]))
      return list
    }
    default:
      throw cursor.error(`an ordering value of unknown type ${branch}`)
  }
}

function integer(cursor: ByteCursor): bigint {
  cursor.long()
  return (BigInt(cursor.high) << 32n) | BigInt(cursor.low >>> 0)
}

function bytes(cursor: ByteCursor): Uint8Array {
  const length = cursor.count('a length')
  const start = cursor.take(length)
  return cursor.bytes.slice(start, start + length)
}

function convert(ordering: Ordering | undefined, type: DataType): LiteralValue {
  if (ordering === undefined) return null
  const { kind, value } = ordering
  const isIntegral = isInteger(type) || ['date', 'time', 'timestamp'].includes(type.kind)
  if (kind === 'integer' && isIntegral) return isSmall(type) ? Number(value) : value
  if ((kind === 'integer' || kind === 'number') && isFloat(type)) return Number(value)
  if (kind === 'string' && type.kind === 'varchar') return value
  if (kind === 'bytes' && type.kind === 'bytea') return value
  if (kind === 'boolean' && type.kind === 'boolean') return value
  if (kind === 'decimal' && type.kind === 'decimal') return rescale(value as bigint, DECIMAL_SCALE, type.scale)
  throw unsupported(`a delete with an ordering value that is no ${typeName(type)}`)
}

/** Types whose values are numbers, not bigints. */
function isSmall({ kind }: DataType): boolean {
  return ['tinyint', 'smallint', 'integer', 'utinyint', 'usmallint', 'date'].includes(kind)
}
