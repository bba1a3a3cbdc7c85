/**
 * Which buckets of a table with a fixed number of them can hold the rows that a predicate wants: those of the keys that it names.
 *
 *   id = 3 AND kind IN ('a', 'b')   bucket key (id, kind): two keys, each a binary row (binary-row.ts), hashed by Murmur3 over 4-byte words
 *   bucket = |hash % buckets|       option `bucket-function.type` = `mod`: the key itself modulo the buckets
 *
 * Spec: Apache Paimon, "Data Distribution"; the hash of its binary rows.
 */
import type { LiteralValue } from '../../core/value.ts'
import { equatedValues } from '../../expr/equated-values.ts'
import { conjuncts } from '../../expr/expr.ts'
import type { Pushdown } from '../table.ts'
import type { PaimonField } from './data-type.ts'
import type { ManifestEntry } from './manifest.ts'
import { type PaimonOptions, listOf } from './options.ts'
import { type PaimonSchema, bucketKeyFields } from './table-schema.ts'

/** Keys looked for at most: of more, most buckets have some. */
const KEYS_MAX = 1000

type BucketOf = (buckets: number) => number

export class BucketPruner {
  /** One a key that the predicate names. */
  readonly #keys: readonly BucketOf[]
  readonly #wanted = new Map<number, ReadonlySet<number>>()

  private constructor(keys: readonly BucketOf[]) {
    this.#keys = keys
  }

  /** Undefined where any bucket will do. */
  static of(pushdown: Pushdown, schema: PaimonSchema, options: PaimonOptions): BucketPruner | undefined {
    if (!(Number(options.all.get('bucket')) > 0) || pushdown.predicate === null) return undefined
    const fields = bucketFields(schema, options)
    if (fields.length === 0) return undefined
    let keys: readonly (readonly LiteralValue[])[] = [[]]
    for (const field of fields) {
      const values = namedValues(pushdown, field)
      if (values === undefined || values.length * keys.length > KEYS_MAX) return undefined
      keys = keys.flatMap((key) => values.map((value) => [...key, value]))
    }
    const hash = hashOf(options)
    if (hash === undefined) return undefined
    const bucketsOf = keys.map((key) => hash(key, fields))
    return bucketsOf.every((one) => one !== undefined) ? new BucketPruner(bucketsOf) : undefined
  }

  mightMatch({ bucket, totalBuckets }: ManifestEntry): boolean {
    if (totalBuckets <= 0) return true
    let wanted = this.#wanted.get(totalBuckets)
    if (wanted === undefined) {
      wanted = new Set(this.#keys.map((bucketOf) => bucketOf(totalBuckets)))
      this.#wanted.set(totalBuckets, wanted)
    }
    return wanted.has(bucket)
  }
}

/** What rows are distributed by; empty where nothing says. */
function bucketFields(schema: PaimonSchema, { all }: PaimonOptions): readonly PaimonField[] {
  const named = listOf(all.get('bucket-key'))
  const names = named.length > 0 ? named : schema.primaryKeys.length > 0 ? bucketKeyFields(schema) : []
  const fields = names.map((name) => schema.fields.find((field) => field.name === name))
  return fields.every((field) => field !== undefined) ? fields : []
}

/** The values that a column has in all rows wanted; undefined where the predicate does not say. */
function namedValues({ predicate, columns }: Pushdown, field: PaimonField): readonly LiteralValue[] | undefined {
  for (const part of conjuncts(predicate!)) {
    const [arg, values] = equatedValues(part)
    if (arg?.kind !== 'input' || columns[arg.index]!.name !== field.name) continue
    const literals = values.map((value) =>
      value.kind === 'literal' && value.value !== null && value.type.kind === field.type.kind ? value.value : undefined,
    )
    if (literals.every((value) => value !== undefined)) return literals
  }
  return undefined
}

type Hash = (key: readonly LiteralValue[], fields: readonly PaimonField[]) => BucketOf | undefined

function hashOf({ all }: PaimonOptions): Hash | undefined {
  switch (all.get('bucket-function.type')?.toLowerCase() ?? 'default') {
    case 'default':
      return (key, fields) => {
        const row = keyRow(key, fields)
        if (row === undefined) return undefined
        const hash = murmurOfWords(row)
        return (buckets) => Math.abs(hash % buckets)
      }
    case 'mod':
      return ([value], { length }) => {
        if (length !== 1 || (typeof value !== 'number' && typeof value !== 'bigint')) return undefined
        const whole = BigInt(value)
        return (buckets) => Number(((whole % BigInt(buckets)) + BigInt(buckets)) % BigInt(buckets))
      }
    default:
      return undefined
  }
}

const TEXT_IN_FIELD_BYTES = 7

/** The key as a binary row, without its number of fields; undefined for types that are not written here. */
export function keyRow(key: readonly LiteralValue[], fields: readonly PaimonField[]): Uint8Array | undefined {
  const head = Math.floor((fields.length + 63 + 8) / 64) * 8
  const fixed = head + 8 * fields.length
  const texts: Uint8Array[] = []
  let end = fixed
  const row = new DataView(new ArrayBuffer(fixed))
  for (const [i, { type }] of fields.entries()) {
    const at = head + 8 * i
    const value = key[i]!
    switch (type.kind) {
      case 'boolean':
        row.setUint8(at, value === true ? 1 : 0)
        break
      case 'tinyint':
        row.setInt8(at, value as number)
        break
      case 'smallint':
        row.setInt16(at, value as number, true)
        break
      case 'integer':
      case 'date':
        row.setInt32(at, value as number, true)
        break
      case 'bigint':
        row.setBigInt64(at, value as bigint, true)
        break
      case 'varchar': {
        const bytes = new TextEncoder().encode(value as string)
        if (bytes.length <= TEXT_IN_FIELD_BYTES) {
          bytes.forEach((byte, j) => row.setUint8(at + j, byte))
          row.setUint8(at + 7, 0x80 | bytes.length)
          break
        }
        row.setUint32(at, bytes.length, true)
        row.setUint32(at + 4, end, true)
        texts.push(bytes)
        end += Math.ceil(bytes.length / 8) * 8
        break
      }
      default:
        return undefined
    }
  }
  const bytes = new Uint8Array(end)
  bytes.set(new Uint8Array(row.buffer))
  let at = fixed
  for (const text of texts) {
    bytes.set(text, at)
    at += Math.ceil(text.length / 8) * 8
  }
  return bytes
}

const SEED = 42

/** Murmur3 of bytes whose length is a multiple of 4; a signed 32-bit number. */
export function murmurOfWords(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let hash = SEED
  for (let at = 0; at < bytes.length; at += 4) {
    let word = Math.imul(view.getInt32(at, true), 0xcc9e2d51)
    word = Math.imul((word << 15) | (word >>> 17), 0x1b873593)
    hash ^= word
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  hash ^= bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
