/**
 * Actions of the log as checked data. JSON and Parquet give the same plain objects; everything in them is untrusted.
 *
 * Spec: Delta PROTOCOL.md, "Actions".
 */
import { corrupt } from '../../core/errors.ts'
import type { FileStatistics } from './file-statistics.ts'

/** What JSON.parse gives for an object. */
export type PlainObject = Readonly<Record<string, unknown>>

export interface DeletionVectorDescriptor {
  /** `u` relative, `p` absolute, `i` inline. */
  readonly storageType: string
  readonly pathOrInlineDv: string
  readonly offset: number | undefined
  readonly sizeInBytes: number
  readonly cardinality: number
}

/** A logical file: a data file with, maybe, the rows that are deleted in it. */
export interface DeltaFile {
  /** Relative to the table or absolute, percent-decoded. */
  readonly path: string
  /** Texts by physical column name. */
  readonly partitionValues: Readonly<Record<string, string | null>>
  readonly byteCount: number
  /** Milliseconds since 1970. */
  readonly modifiedMs: number
  readonly dataChange: boolean
  /** JSON, or as a checkpoint has them in columns. */
  readonly stats: string | FileStatistics | undefined
  readonly deletionVector: DeletionVectorDescriptor | undefined
  readonly baseRowId: bigint | undefined
  readonly rowCommitVersion: bigint | undefined
  /** The writer takes NaN for the greatest float in `stats`: where the maximum is a number, there is no NaN. */
  countsNan: boolean
}

export interface Protocol {
  readonly minReaderVersion: number
  readonly minWriterVersion: number
  readonly readerFeatures: readonly string[]
  readonly writerFeatures: readonly string[]
}

export interface Metadata {
  readonly id: string
  readonly name: string | undefined
  readonly description: string | undefined
  readonly provider: string
  readonly schemaString: string
  readonly partitionColumns: readonly string[]
  /** Milliseconds since 1970. */
  readonly createdMs: number | undefined
  readonly configuration: ReadonlyMap<string, string>
}

/** An object that came from a file; undefined for anything else. */
export function objectOf(value: unknown): PlainObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as PlainObject) : undefined
}

/** The file of an `add` of a commit; XX001 where it lacks what every addition has. */
export function addedFileOf(action: PlainObject, url: string): DeltaFile {
  const isWhole = objectOf(action['partitionValues']) !== undefined && numberOf(action['size']) !== undefined
  if (!isWhole) throw corrupt(url, 'an added file is described incompletely')
  return fileOf(action, url)
}

/** The file of an `add` or `remove`; XX001 without a path. */
export function fileOf(action: PlainObject, url: string): DeltaFile {
  const { path, partitionValues, size, modificationTime, dataChange, stats, deletionVector } = action
  if (typeof path !== 'string') throw corrupt(url, 'a file action has no path')
  const vector = objectOf(deletionVector)
  return {
    path: decodePath(path),
    partitionValues: textsOf(partitionValues),
    byteCount: numberOf(size) ?? 0,
    modifiedMs: numberOf(modificationTime) ?? 0,
    dataChange: dataChange !== false,
    stats: typeof stats === 'string' && stats !== '' ? stats : undefined,
    deletionVector: vector && vectorOf(vector, url),
    baseRowId: bigintOf(action['baseRowId']),
    rowCommitVersion: bigintOf(action['defaultRowCommitVersion']),
    countsNan: SPARK_FILE_NAME.test(path),
  }
}

function vectorOf({ storageType, pathOrInlineDv, offset, sizeInBytes, cardinality }: PlainObject, url: string) {
  const [byteCount, count] = [numberOf(sizeInBytes), numberOf(cardinality)]
  if (typeof storageType !== 'string' || typeof pathOrInlineDv !== 'string' || byteCount === undefined) {
    throw corrupt(url, 'a deletion vector is described incompletely')
  }
  return {
    storageType,
    pathOrInlineDv,
    offset: numberOf(offset),
    sizeInBytes: byteCount,
    cardinality: count ?? -1,
  }
}

/**
 * Names that only Spark's writer of partitioned tables gives. Such a file's statistics come from Spark, or from the file's footer, where
 * parquet-mr leaves bounds out when there is a NaN.
 */
const SPARK_FILE_NAME = /(?:^|\/)part-\d{5}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.c\d{3}\.[^/]*$/

/** Operations that write the statistics of all files that they add, but for those with a deletion vector. */
const COMPUTING_OPERATIONS: ReadonlySet<unknown> = new Set([
  ...['WRITE', 'DELETE', 'UPDATE', 'MERGE', 'OPTIMIZE', 'STREAMING UPDATE', 'CREATE TABLE AS SELECT'],
  ...['REPLACE TABLE AS SELECT', 'CREATE OR REPLACE TABLE AS SELECT'],
])

/** Whether the files that a commit adds have `countsNan`: Spark computes the maximum by its own order. */
export function computesStatistics({ engineInfo, operation }: PlainObject): boolean {
  return typeof engineInfo === 'string' && engineInfo.startsWith('Apache-Spark/') && COMPUTING_OPERATIONS.has(operation)
}

/** What tells logical files apart: the data file and its deletion vector. `file:/a` and `/a` are one place. */
export function keyOf({ path, deletionVector }: DeltaFile): string {
  const place = path.startsWith('file:') ? path.replace(/^file:(\/\/)?(?=\/)/, '') : path
  if (deletionVector === undefined) return place
  const { storageType, pathOrInlineDv, offset } = deletionVector
  return `${place}\0${storageType}${pathOrInlineDv}${offset === undefined ? '' : `@${offset}`}`
}

export function protocolOf(action: PlainObject, url: string): Protocol {
  const minReaderVersion = numberOf(action['minReaderVersion'])
  if (minReaderVersion === undefined) throw corrupt(url, 'the protocol action has no minReaderVersion')
  return {
    minReaderVersion,
    minWriterVersion: numberOf(action['minWriterVersion']) ?? 0,
    readerFeatures: listOf(action['readerFeatures']),
    writerFeatures: listOf(action['writerFeatures']),
  }
}

/** XX001 for a metaData action of a commit that lacks what every one has: a table without partition columns would be another table. */
export function assertWholeMetadata({ partitionColumns, configuration }: PlainObject, url: string): void {
  if (Array.isArray(partitionColumns) && objectOf(configuration) !== undefined) return
  throw corrupt(url, 'the metaData action has no partition columns or no configuration')
}

export function metadataOf(action: PlainObject, url: string): Metadata {
  const { id, name, description, schemaString, partitionColumns, createdTime, configuration, format } = action
  if (typeof schemaString !== 'string') throw corrupt(url, 'the metaData action has no schema')
  const provider = objectOf(format)?.['provider']
  return {
    id: typeof id === 'string' ? id : '',
    name: typeof name === 'string' ? name : undefined,
    description: typeof description === 'string' ? description : undefined,
    provider: typeof provider === 'string' ? provider : 'parquet',
    schemaString,
    partitionColumns: listOf(partitionColumns),
    createdMs: numberOf(createdTime),
    configuration: new Map(
      Object.entries(textsOf(configuration)).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
    ),
  }
}

/** Percent-encoded bytes of a URI decoded; text that is no such encoding stays as it is. */
export function decodePath(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** A map of texts; anything else that it holds is left out. */
export function textsOf(value: unknown): Readonly<Record<string, string | null>> {
  const found = objectOf(value)
  if (found === undefined) return {}
  const keys = Object.keys(found)
  if (keys.every((key) => found[key] === null || typeof found[key] === 'string')) {
    return found as Readonly<Record<string, string | null>>
  }
  return Object.fromEntries(
    keys.flatMap((key): [string, string | null][] => {
      const text = found[key]
      return text === null || typeof text === 'string' ? [[key, text]] : []
    }),
  )
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** An integer that a number can hold. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}

export function bigintOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined
}
