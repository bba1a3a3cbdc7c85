/**
 * Values of partitions, and the folders of partitions and buckets.
 *
 *   <table>/<key>=<value>/.../bucket-<n>/<file>
 *
 * In folder names special characters are %XX, and NULL and blank texts are `partition.default-name`. With `partition.legacy-name` (the
 * default) dates are days since 1970.
 */
import type { LiteralValue } from '../../core/value.ts'
import { formatValue } from '../../expr/values/format-value.ts'
import { formatDecimal } from '../../expr/values/decimal.ts'
import { Buffer } from 'node:buffer'
import { readBinaryRow, timestampDigits } from './binary-row.ts'
import type { PaimonField } from './data-type.ts'
import type { PaimonOptions } from './options.ts'
import { floatToJavaText } from '../../expr/values/java-text.ts'

export interface Partition {
  /** Tells partitions apart: their paths may be the same. */
  readonly key: string
  /** One a partition key; undefined when it cannot be decoded. */
  readonly values: readonly LiteralValue[]
  /** `a=1/b=x`, or empty. */
  readonly path: string
  /** The values' own texts, `null` for NULL. */
  readonly texts: readonly string[]
}

export interface PartitionNaming {
  readonly defaultName: string
  readonly isLegacy: boolean
}

export function namingOf({ defaultPartitionName, legacyPartitionName }: PaimonOptions): PartitionNaming {
  return { defaultName: defaultPartitionName, isLegacy: legacyPartitionName }
}

const PARTITIONS_KEPT_MAX = 10_000

/** Decodes partitions; equal ones give the same object. */
export class PartitionReader {
  readonly #keys: readonly PaimonField[]
  readonly #naming: PartitionNaming
  readonly #known = new Map<string, Partition>()

  constructor(keys: readonly PaimonField[], naming: PartitionNaming) {
    this.#keys = keys
    this.#naming = naming
  }

  /** `where` names the manifest's table in errors. */
  read(bytes: Uint8Array, where: string): Partition {
    const key = Buffer.from(bytes).toString('latin1')
    let partition = this.#known.get(key)
    if (partition === undefined) {
      partition = { key, ...this.#decode(bytes, where) }
      if (this.#known.size < PARTITIONS_KEPT_MAX) this.#known.set(key, partition)
    }
    return partition
  }

  #decode(bytes: Uint8Array, where: string): Omit<Partition, 'key'> {
    const values = readBinaryRow(bytes, this.#keys, where).map((value) => value ?? null)
    const texts = values.map((value, i) => javaText(value, this.#keys[i]!))
    const path = values
      .map((value, i) => {
        const field = this.#keys[i]!
        const text = value === null ? '' : this.#naming.isLegacy ? javaText(value, field) : castText(value, field)
        return `${escapePathName(field.name)}=${escapePathName(text.trim() === '' ? this.#naming.defaultName : text)}`
      })
      .join('/')
    return { values, path, texts }
  }
}

/** The text of a value as its Java object prints itself: dates are days, timestamps ISO 8601. */
export function javaText(value: LiteralValue, field: PaimonField): string {
  if (value === null) return 'null'
  const { type } = field
  switch (type.kind) {
    case 'real':
    case 'double':
      return floatToJavaText(value as number, type.kind)
    case 'time':
      return String((value as bigint) / 1000n)
    case 'decimal':
      return formatDecimal(value as bigint, type.scale)
    case 'timestamp':
      return isoText(value as bigint, type.unit === 'ns')
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'date':
      return String(value as number | bigint | boolean)
    default:
      return typeof value === 'string' ? value : formatValue(value, type, 'UTC')
  }
}

/** The text of a value as a cast gives it. */
function castText(value: LiteralValue, field: PaimonField): string {
  if (field.type.kind === 'timestamp') {
    const digits = timestampDigits(field.typeText)
    const [date = '', time = ''] = isoText(value as bigint, field.type.unit === 'ns').split('T')
    const [whole = '', fraction = ''] = (time.split(':').length === 2 ? `${time}:00` : time).split('.')
    return `${date} ${whole}${digits > 0 ? `.${fraction.padEnd(digits, '0').slice(0, digits)}` : ''}`
  }
  if (field.type.kind === 'date' || field.type.kind === 'time') return formatValue(value, field.type, 'UTC')
  return javaText(value, field)
}

/** As java.time.LocalDateTime prints itself: seconds and fractions in threes, left out where they are zero. */
function isoText(value: bigint, isNanos: boolean): string {
  const perSecond = isNanos ? 1_000_000_000n : 1_000_000n
  const seconds = (value - (((value % perSecond) + perSecond) % perSecond)) / perSecond
  const nanos = (value - seconds * perSecond) * (isNanos ? 1n : 1000n)
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  if (nanos === 0n) return text.endsWith(':00') ? text.slice(0, 16) : text
  const digits = nanos.toString().padStart(9, '0')
  return `${text}.${digits.endsWith('000000') ? digits.slice(0, 3) : digits.endsWith('000') ? digits.slice(0, 6) : digits}`
}

// Besides controls.
const ESCAPED: ReadonlySet<string> = new Set('"#%\'*/:=?\\\u007f{}[]^')

function escapePathName(name: string): string {
  return Array.from(name, (char) => {
    if (char >= ' ' && !ESCAPED.has(char)) return char
    return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}

const POSTPONE_BUCKET = -2

/** The folder of a bucket within the table's. */
export function bucketPath(partition: Partition, bucket: number): string {
  const name = bucket === POSTPONE_BUCKET ? 'postpone' : String(bucket)
  return partition.path === '' ? `bucket-${name}` : `${partition.path}/bucket-${name}`
}
