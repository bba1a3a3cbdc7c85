/**
 * The table metadata file: everything about a table but its files.
 *
 * Spec: Iceberg table spec, "Table Metadata" and Appendix C. Version 1 may have one schema and one spec without ids, and snapshots
 * that list their manifests inline.
 */
import { gunzipSync } from 'node:zlib'
import { type DataError, corrupt, unsupported } from '../../core/errors.ts'
import { type JsonObject, type JsonValue, isJsonObject, parseExactJson } from '../../core/exact-json.ts'
import { ViewInsteadOfTable } from '../view-instead-of-table.ts'
import { type IcebergSchema, parseSchema } from './schema.ts'

export interface TableMetadata {
  readonly formatVersion: number
  readonly uuid: string | undefined
  readonly location: string
  readonly lastSequenceNumber: bigint
  readonly lastUpdatedMs: bigint
  readonly lastColumnId: number
  readonly lastPartitionId: number
  readonly currentSchemaId: number
  readonly schemas: readonly IcebergSchema[]
  readonly defaultSpecId: number
  readonly specs: readonly PartitionSpec[]
  readonly defaultSortOrderId: number
  readonly properties: ReadonlyMap<string, string>
  readonly currentSnapshotId: bigint | undefined
  readonly snapshots: readonly Snapshot[]
  readonly snapshotLog: readonly SnapshotLogEntry[]
  readonly metadataLog: readonly { readonly file: string; readonly timestampMs: bigint }[]
  readonly refs: ReadonlyMap<string, SnapshotRef>
  readonly statistics: readonly SnapshotStatistics[]
  /** The JSON as it stands: a commit carries over what it does not change. */
  readonly json: JsonObject
}

export interface PartitionSpec {
  readonly id: number
  readonly fields: readonly IcebergPartitionField[]
}

interface IcebergPartitionField {
  /** The column that is transformed. */
  readonly sourceId: number
  /** The id of the partition value in manifests, from 1000 on. */
  readonly fieldId: number
  readonly name: string
  /** `identity`, `bucket[16]`, ...; ones that are not known are kept as they are. */
  readonly transform: string
}

export interface Snapshot {
  readonly id: bigint
  readonly parentId: bigint | undefined
  readonly sequenceNumber: bigint
  readonly timestampMs: bigint
  /** Undefined in version 1 tables whose snapshots list their manifests themselves. */
  readonly manifestList: string | undefined
  readonly manifests: readonly string[]
  readonly summary: ReadonlyMap<string, string>
  readonly schemaId: number | undefined
  /** Of the key that its manifest list is encrypted with (version 3). */
  readonly keyId: string | undefined
}

interface SnapshotLogEntry {
  readonly snapshotId: bigint
  readonly timestampMs: bigint
}

interface SnapshotRef {
  readonly snapshotId: bigint
  readonly type: 'branch' | 'tag'
  readonly minSnapshotsToKeep: number | undefined
  readonly maxSnapshotAgeMs: bigint | undefined
  readonly maxRefAgeMs: bigint | undefined
}

/** Distinct values of columns at a snapshot, as somebody computed them with ANALYZE (Trino, Spark). */
interface SnapshotStatistics {
  readonly snapshotId: bigint
  /** By field id; estimates from sketches. */
  readonly distinctCounts: ReadonlyMap<number, number>
}

/** Metadata of a table with 100,000 snapshots takes about 100 MB. */
export const METADATA_BYTES_MAX: number = 512 << 20

/** The metadata in a file's bytes, which may be compressed with gzip whatever the file is called. */
export function parseMetadataFile(bytes: Uint8Array, file: string): TableMetadata {
  const json = parseExactJson(isGzip(bytes) ? gunzip(bytes, file) : bytes, file)
  if (!isJsonObject(json)) throw malformed(file, 'not an object')
  return parseMetadata(json, file)
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function gunzip(bytes: Uint8Array, file: string): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: METADATA_BYTES_MAX })
  } catch (cause) {
    throw corrupt(file, 'damaged gzip data', { cause })
  }
}

/** XX001 for JSON that is no table metadata, 0A000 for views and for format versions beyond 3. */
export function parseMetadata(json: JsonObject, file: string): TableMetadata {
  if (typeof json['view-uuid'] === 'string') throw refusedView(json, file)
  const reader = new MetadataReader(json, file)
  const formatVersion = reader.integer('format-version')
  if (formatVersion < 1 || formatVersion > 3) {
    throw unsupported(`Iceberg format version ${formatVersion}`, { detail: `file "${file}"` })
  }
  const schemas = reader.schemas()
  const specs = reader.specs()
  const currentSnapshotId = reader.currentSnapshotId()
  return {
    formatVersion,
    uuid: typeof json['table-uuid'] === 'string' ? json['table-uuid'] : undefined,
    location: reader.text('location'),
    lastSequenceNumber: reader.optionalId(json, 'last-sequence-number') ?? 0n,
    lastUpdatedMs: reader.optionalId(json, 'last-updated-ms') ?? 0n,
    lastColumnId: reader.optionalInteger(json, 'last-column-id') ?? 0,
    lastPartitionId: reader.optionalInteger(json, 'last-partition-id') ?? 999,
    currentSchemaId: reader.optionalInteger(json, 'current-schema-id') ?? schemas.at(-1)!.id,
    schemas,
    defaultSpecId: reader.optionalInteger(json, 'default-spec-id') ?? specs.at(-1)!.id,
    specs,
    defaultSortOrderId: reader.optionalInteger(json, 'default-sort-order-id') ?? 0,
    properties: textMap(json['properties']),
    currentSnapshotId,
    snapshots: reader.objects('snapshots').map((snapshot) => reader.snapshot(snapshot)),
    snapshotLog: reader.objects('snapshot-log').map((entry) => ({
      snapshotId: reader.id(entry, 'snapshot-id'),
      timestampMs: reader.id(entry, 'timestamp-ms'),
    })),
    metadataLog: reader.objects('metadata-log').flatMap((entry) => {
      const file = entry['metadata-file']
      return typeof file === 'string' ? [{ file, timestampMs: reader.optionalId(entry, 'timestamp-ms') ?? 0n }] : []
    }),
    refs: reader.refs(),
    statistics: reader.objects('statistics').map((entry) => ({
      snapshotId: reader.id(entry, 'snapshot-id'),
      distinctCounts: distinctCountsOf(entry['blob-metadata']),
    })),
    json,
  }
}

/** A view's text is in the dialect of the engine that made it. */
function refusedView({ versions }: JsonObject, file: string): ViewInsteadOfTable {
  const dialects = new Set<string>()
  for (const version of Array.isArray(versions) ? (versions as readonly JsonValue[]).filter(isJsonObject) : []) {
    const { representations } = version
    for (const one of Array.isArray(representations) ? (representations as readonly JsonValue[]) : []) {
      if (isJsonObject(one) && typeof one['dialect'] === 'string') dialects.add(one['dialect'])
    }
  }
  return new ViewInsteadOfTable('0A000', 'reading an Iceberg view is not supported', {
    detail: `file "${file}", SQL dialects: ${[...dialects].join(', ') || 'none'}`,
  })
}

class MetadataReader {
  readonly #json: JsonObject
  readonly #file: string

  constructor(json: JsonObject, file: string) {
    this.#json = json
    this.#file = file
  }

  text(key: string): string {
    const value = this.#json[key]
    if (typeof value !== 'string') throw malformed(this.#file, `"${key}" is missing`)
    return value
  }

  integer(key: string): number {
    const value = this.#json[key]
    if (typeof value !== 'number' || !Number.isInteger(value)) throw malformed(this.#file, `"${key}" is missing`)
    return value
  }

  id(object: JsonObject, key: string): bigint {
    const id = this.optionalId(object, key)
    if (id === undefined) throw malformed(this.#file, `"${key}" is missing`)
    return id
  }

  /** Undefined where there is none; a value of another type is damage, not an absent one. */
  optionalId(object: JsonObject, key: string): bigint | undefined {
    const value = object[key]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'bigint') return value
    if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
    throw malformed(this.#file, `"${key}" is not an integer`)
  }

  optionalInteger(object: JsonObject, key: string): number | undefined {
    const value = object[key]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'number' || !Number.isInteger(value)) throw malformed(this.#file, `"${key}" is not an integer`)
    return value
  }

  optionalText(object: JsonObject, key: string): string | undefined {
    const value = object[key]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string') throw malformed(this.#file, `"${key}" is not a text`)
    return value
  }

  objects(key: string): readonly JsonObject[] {
    const list = this.#json[key]
    if (list === undefined || list === null) return []
    if (!Array.isArray(list) || !list.every(isJsonObject)) {
      throw malformed(this.#file, `"${key}" is not a list of objects`)
    }
    return list
  }

  /** Undefined: the table has no data yet. */
  currentSnapshotId(): bigint | undefined {
    const id = this.optionalId(this.#json, 'current-snapshot-id')
    // -1 is how older writers say that there is none.
    const current = id === -1n ? undefined : id
    const main = this.refs().get('main')?.snapshotId
    if (main !== undefined && main !== (current ?? main)) {
      throw malformed(this.#file, `the current snapshot is ${current}, that of branch "main" is ${main}`)
    }
    return current
  }

  schemas(): readonly IcebergSchema[] {
    const list = this.objects('schemas').map((schema) => parseSchema(schema, this.#file))
    return list.length > 0 ? list : [parseSchema(this.#json['schema'], this.#file)]
  }

  specs(): readonly PartitionSpec[] {
    const list = this.objects('partition-specs').map((spec) => ({
      id: this.optionalInteger(spec, 'spec-id') ?? 0,
      fields: this.#partitionFields(spec['fields']),
    }))
    return list.length > 0 ? list : [{ id: 0, fields: this.#partitionFields(this.#json['partition-spec']) }]
  }

  #partitionFields(json: JsonValue | undefined): IcebergPartitionField[] {
    if (json === undefined || json === null) return []
    if (!Array.isArray(json) || !json.every(isJsonObject)) {
      throw malformed(this.#file, 'the fields of a partition spec are not a list of objects')
    }
    return (json as readonly JsonObject[]).map((field, i) => {
      const { name, transform } = field
      const sources = field['source-ids']
      const first = Array.isArray(sources) ? (sources[0] as JsonValue | undefined) : undefined
      const sourceId = field['source-id'] ?? first
      if (typeof name !== 'string' || typeof transform !== 'string' || typeof sourceId !== 'number') {
        throw malformed(this.#file, 'a partition field lacks its name, transform or source')
      }
      // Transforms of several columns are not known: nothing is concluded from their values.
      const isMany = Array.isArray(sources) && sources.length > 1
      // Version 1 writers left the ids out: they count from 1000 in the order of the spec.
      return {
        name,
        transform: isMany ? `${transform} of several columns` : transform,
        sourceId,
        fieldId: this.optionalInteger(field, 'field-id') ?? 1000 + i,
      }
    })
  }

  snapshot(json: JsonObject): Snapshot {
    const { manifests } = json
    const id = this.id(json, 'snapshot-id')
    const manifestList = this.optionalText(json, 'manifest-list')
    const inline =
      Array.isArray(manifests) && manifests.every((path) => typeof path === 'string') ? manifests : undefined
    if (manifestList === undefined && inline === undefined) throw malformed(this.#file, 'a snapshot has no manifests')
    return {
      id,
      parentId: this.optionalId(json, 'parent-snapshot-id'),
      sequenceNumber: this.optionalId(json, 'sequence-number') ?? 0n,
      timestampMs: this.id(json, 'timestamp-ms'),
      manifestList,
      manifests: inline ?? [],
      summary: textMap(json['summary']),
      schemaId: this.optionalInteger(json, 'schema-id'),
      keyId: this.optionalText(json, 'key-id'),
    }
  }

  refs(): ReadonlyMap<string, SnapshotRef> {
    const refs = new Map<string, SnapshotRef>()
    const json = this.#json['refs'] ?? {}
    if (!isJsonObject(json)) throw malformed(this.#file, '"refs" is not an object')
    for (const [name, ref] of Object.entries(json)) {
      const type = isJsonObject(ref) ? ref['type'] : undefined
      if (!isJsonObject(ref) || (type !== 'tag' && type !== 'branch')) {
        throw malformed(this.#file, `"${name}" is neither a branch nor a tag`)
      }
      refs.set(name, {
        snapshotId: this.id(ref, 'snapshot-id'),
        type,
        minSnapshotsToKeep: this.optionalInteger(ref, 'min-snapshots-to-keep'),
        maxSnapshotAgeMs: this.optionalId(ref, 'max-snapshot-age-ms'),
        maxRefAgeMs: this.optionalId(ref, 'max-ref-age-ms'),
      })
    }
    return refs
  }
}

/** Counts stand beside the sketches that they come from (Puffin spec, property `ndv`): the sketches need not be read. */
function distinctCountsOf(blobs: JsonValue | undefined): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  if (!Array.isArray(blobs)) return counts
  for (const blob of (blobs as readonly JsonValue[]).filter(isJsonObject)) {
    const { fields, properties } = blob
    const text = isJsonObject(properties) ? properties['ndv'] : undefined
    const id = Array.isArray(fields) && fields.length === 1 ? (fields[0] as JsonValue) : undefined
    if (typeof id === 'number' && typeof text === 'string' && /^\d{1,15}$/.test(text)) {
      counts.set(id, Number(text))
    }
  }
  return counts
}

function textMap(json: JsonValue | undefined): ReadonlyMap<string, string> {
  const map = new Map<string, string>()
  if (isJsonObject(json)) {
    for (const [key, value] of Object.entries(json)) {
      if (typeof value === 'string') map.set(key, value)
    }
  }
  return map
}

function malformed(file: string, problem: string): DataError {
  return corrupt(file, `malformed Iceberg metadata: ${problem}`)
}
