/** Schemas of a Paimon table: `schema/schema-<id>`, one JSON file for each change. Spec: Apache Paimon, "Schema". */
import { DataError, corrupt } from '../../core/errors.ts'
import { type JsonObject, type JsonValue, isJsonObject, parseExactJson } from '../../core/exact-json.ts'
import { FileCache } from '../../storage/file-cache.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { type PaimonField, parseFields } from './data-type.ts'

export interface PaimonSchema {
  readonly id: number
  readonly fields: readonly PaimonField[]
  readonly partitionKeys: readonly string[]
  readonly primaryKeys: readonly string[]
  readonly options: ReadonlyMap<string, string>
  readonly comment: string | undefined
  readonly timeMillis: bigint
  /** The parts of the file as they are written. */
  readonly json: JsonObject
}

const SCHEMA_BYTES_MAX = 16 << 20
const CACHE_BYTES = 4 << 20
const cache = new FileCache<PaimonSchema>(CACHE_BYTES)

/** The schemas of a table, or of one of its branches, read when asked for. */
export class SchemaFolder {
  readonly #access: StorageAccess
  readonly #url: string
  readonly #known = new Map<number, Promise<PaimonSchema>>()

  /** `root`: the folder that holds `schema/`. */
  constructor(access: StorageAccess, root: string) {
    this.#access = access
    this.#url = joinLocation(root, 'schema')
  }

  /** Ids, ascending. */
  async ids(): Promise<readonly number[]> {
    const ids: number[] = []
    for await (const { name, isDirectory } of this.#access.storageFor(this.#url).list(this.#url)) {
      const match = /^schema-(\d{1,10})$/.exec(name)
      if (match !== null && !isDirectory) ids.push(Number(match[1]))
    }
    return ids.toSorted((a, b) => a - b)
  }

  /** The newest; 58P01 when there is none. */
  async latest(): Promise<PaimonSchema> {
    const id = (await this.ids()).at(-1)
    if (id === undefined) throw new DataError('58P01', `no Paimon table: "${this.#url}" holds no schema`)
    return this.get(id)
  }

  get(id: number): Promise<PaimonSchema> {
    let schema = this.#known.get(id)
    if (schema === undefined) {
      schema = this.#read(id)
      this.#known.set(id, schema)
    }
    return schema
  }

  async #read(id: number): Promise<PaimonSchema> {
    const url = joinLocation(this.#url, `schema-${id}`)
    const storage = this.#access.storageFor(url)
    const stat = { url, ...(await storage.stat(url)) }
    let schema = cache.get(storage, stat)
    if (schema === undefined) {
      const bytes = await storage.readAll(url, SCHEMA_BYTES_MAX)
      schema = parseSchema(bytes, url)
      cache.set(storage, stat, schema, { weight: stat.byteCount })
    }
    return schema
  }
}

/** Errors: XX001 for a damaged one, 0A000 for types that cannot be read. */
export function parseSchema(text: string | Uint8Array, url: string): PaimonSchema {
  const json = parseExactJson(text, url)
  if (!isJsonObject(json) || typeof json['id'] !== 'number') throw corrupt(url, 'not a Paimon schema')
  const options = new Map<string, string>()
  if (isJsonObject(json['options'])) {
    for (const [key, value] of Object.entries(json['options'])) {
      if (value !== null && value !== undefined)
        options.set(key, typeof value === 'string' ? value : JSON.stringify(value))
    }
  }
  const { comment, timeMillis } = json
  const fields = parseFields(json, url)
  const partitionKeys = names(json['partitionKeys'], url)
  const primaryKeys = names(json['primaryKeys'], url)
  assertDistinct(fields, url)
  for (const key of [...partitionKeys, ...primaryKeys]) {
    if (!fields.some(({ name }) => name === key)) throw corrupt(url, `key "${key}" is none of the fields`)
  }
  return {
    id: json['id'],
    fields,
    partitionKeys,
    primaryKeys,
    options,
    comment: typeof comment === 'string' ? comment : undefined,
    timeMillis: typeof timeMillis === 'number' || typeof timeMillis === 'bigint' ? BigInt(timeMillis) : 0n,
    json,
  }
}

/** Two columns of one id or name would be one. */
function assertDistinct(fields: readonly PaimonField[], url: string): void {
  const [ids, texts] = [new Set(fields.map(({ id }) => id)), new Set(fields.map(({ name }) => name))]
  if (ids.size < fields.length || texts.size < fields.length) throw corrupt(url, 'two fields have one id or name')
}

function names(json: JsonValue | undefined, url: string): readonly string[] {
  // Always written: without them a table of other keys would be read.
  if (!Array.isArray(json) || !json.every((name) => typeof name === 'string')) throw corrupt(url, 'names expected')
  return json
}

/** The primary key without partition columns: what tells the rows of a bucket apart. */
export function bucketKeyFields({ primaryKeys, partitionKeys }: PaimonSchema): readonly string[] {
  const trimmed = primaryKeys.filter((name) => !partitionKeys.includes(name))
  return trimmed.length === 0 ? primaryKeys : trimmed
}
