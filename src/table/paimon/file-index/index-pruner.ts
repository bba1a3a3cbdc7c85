/**
 * What a data file's own indexes rule out: files without a value that the predicate asks for.
 *
 *   s = 'x', s IN ('x', 'y')   Bloom filter, bitmap       c IS NULL   bitmap
 *
 * Read are the indexes in the manifest, or the file beside the data file. Values of a row are known for a file alone only where no other file
 * has a row of the same key. Damaged indexes say nothing: the rows are in the data file.
 *
 * Spec: Apache Paimon, "File Index".
 */
import { DataError } from '../../../core/errors.ts'
import type { DataType } from '../../../core/types.ts'
import type { LiteralValue } from '../../../core/value.ts'
import { type Expr, conjuncts } from '../../../expr/expr.ts'
import type { StorageAccess } from '../../../storage/storage-access.ts'
import type { Pushdown } from '../../table.ts'
import type { PaimonField } from '../data-type.ts'
import type { PaimonSchema } from '../table-schema.ts'
import { bitmapKey, readBitmapValues } from './bitmap-index.ts'
import { type HashedValue, bloomMightHave } from './bloom-index.ts'
import { type IndexBytes, parseFileIndex } from './file-index.ts'

const INDEX_BYTES_MAX = 256 << 20

/** A part of the predicate that holds for rows with one of some values (null: NULL) in a column. */
interface WantedValues {
  readonly field: PaimonField
  readonly values: readonly LiteralValue[]
}

export class FileIndexPruner {
  readonly #access: StorageAccess
  readonly #wanted: readonly WantedValues[]

  constructor(access: StorageAccess, { predicate, columns }: Pushdown, schema: PaimonSchema) {
    this.#access = access
    this.#wanted = (predicate === null ? [] : conjuncts(predicate)).flatMap((part) => {
      const found = wantedValues(part)
      const field = found && schema.fields.find(({ name }) => name === columns[found.column]!.name)
      return field === undefined ? [] : [{ field, values: found!.values }]
    })
  }

  /** Whether reading an index may rule anything out. */
  get isUseful(): boolean {
    return this.#wanted.length > 0
  }

  /** @param index The index itself, or where it is. `schema`: of the file. */
  async mightMatch(index: Uint8Array | string, schema: PaimonSchema): Promise<boolean> {
    try {
      const [bytes, where] =
        typeof index === 'string'
          ? [await this.#access.storageFor(index).readAll(index, INDEX_BYTES_MAX), index]
          : [index, 'an index in a manifest']
      const columns = parseFileIndex(bytes, where)
      return this.#wanted.every(({ field, values }) => {
        const inFile = schema.fields.find(({ id }) => id === field.id)
        // Values of another type have other hashes.
        if (inFile === undefined || inFile.typeText !== field.typeText || /^CHAR/i.test(field.typeText)) return true
        return indexesMightHave(columns.get(inFile.name), field, values, where)
      })
    } catch (error) {
      if (error instanceof DataError) return true
      throw error
    }
  }
}

function indexesMightHave(
  indexes: ReadonlyMap<string, IndexBytes> | undefined,
  { type }: PaimonField,
  values: readonly LiteralValue[],
  where: string,
): boolean {
  const filter = indexes?.get('bloom-filter')
  if (filter !== undefined && filter !== null) {
    const mayHave = values.some((value) => {
      const hashed = hashedValue(value, type)
      return hashed === undefined || bloomMightHave(filter, hashed)
    })
    if (!mayHave) return false
  }
  const bitmap = indexes?.get('bitmap')
  const known = bitmap === undefined || bitmap === null ? undefined : readBitmapValues(bitmap, type, where)
  if (known === undefined) return true
  return values.some((value) => (value === null ? known.hasNull : known.values.has(bitmapKey(value))))
}

/** Undefined for values whose hashes are not those of equal values (zeroes of two signs), or which are hashed otherwise. */
function hashedValue(value: LiteralValue, { kind }: DataType): HashedValue | undefined {
  switch (kind) {
    case 'varchar':
      return typeof value === 'string' ? new TextEncoder().encode(value) : undefined
    case 'bytea':
      return value instanceof Uint8Array ? value : undefined
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'date':
      return typeof value === 'number' || typeof value === 'bigint' ? BigInt(value) : undefined
    default:
      return undefined
  }
}

function wantedValues(part: Expr): { readonly column: number; readonly values: readonly LiteralValue[] } | undefined {
  const [arg, wanted] = equated(part)
  if (arg?.kind !== 'input') return undefined
  const values = wanted.map((value) =>
    value.kind === 'literal' && (value.value === null || value.type.kind === arg.type.kind) ? value.value : undefined,
  )
  // NULL in a list or an equation matches nothing, but then other parts do not matter either.
  const isNullTest = part.kind === 'call' && part.name === 'is_null'
  if (isNullTest) return { column: arg.index, values: [null] }
  return values.every((value) => value !== undefined && value !== null) ? { column: arg.index, values } : undefined
}

function equated(part: Expr): readonly [Expr | undefined, readonly Expr[]] {
  if (part.kind === 'in' && !part.negated) return [part.arg, part.values]
  if (part.kind !== 'call') return [undefined, []]
  const [left, right] = part.args
  if (part.name === 'is_null') return [left, []]
  if (part.name !== 'eq') return [undefined, []]
  return right?.kind === 'literal' ? [left, [right]] : [right, [left!]]
}
