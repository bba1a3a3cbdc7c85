/** `t$files`, `t$manifests`, `t$partitions`, `t$buckets`: from the manifests of the version that is read. */
import { BIGINT, type DataType, INTEGER, TIMESTAMP, VARCHAR } from '../../../core/types.ts'
import type { LiteralValue } from '../../../core/value.ts'
import { binaryRowArity, readBinaryRow } from '../binary-row.ts'
import type { PaimonField } from '../data-type.ts'
import { manifestsOf } from '../live-files.ts'
import type { DataFileMeta } from '../manifest.ts'
import { javaText } from '../partition.ts'
import { partitionFields, statsFields } from '../pruning.ts'
import type { PaimonContext } from '../context.ts'
import { dataFileUrl } from '../scan.ts'
import { type PaimonSchema, bucketKeyFields } from '../table-schema.ts'
import { type LiveFile, allFiles, arrayText } from './content.ts'
import type { Content } from '../../metadata-content.ts'

const FILE_SOURCES = ['APPEND', 'COMPACT']
const TEXTS: DataType = { kind: 'list', element: { name: 'element', type: VARCHAR, nullable: true } }

export async function files(context: PaimonContext): Promise<Content> {
  const rows: LiteralValue[][] = []
  for (const file of await allFiles(context)) {
    const schema = await context.schemas.get(file.entry.file.schemaId)
    rows.push(fileRow(context, file, schema))
  }
  return {
    columns: [
      ['partition', VARCHAR],
      ['bucket', INTEGER],
      ['file_path', VARCHAR],
      ['file_format', VARCHAR],
      ['schema_id', BIGINT],
      ['level', INTEGER],
      ['record_count', BIGINT],
      ['file_size_in_bytes', BIGINT],
      ['min_key', VARCHAR],
      ['max_key', VARCHAR],
      ['null_value_counts', VARCHAR],
      ['min_value_stats', VARCHAR],
      ['max_value_stats', VARCHAR],
      ['min_sequence_number', BIGINT],
      ['max_sequence_number', BIGINT],
      ['creation_time', TIMESTAMP],
      ['deleteRowCount', BIGINT],
      ['file_source', VARCHAR],
      ['first_row_id', BIGINT],
      ['write_cols', TEXTS],
    ],
    rows,
  }
}

function fileRow(context: PaimonContext, { entry, partition }: LiveFile, fileSchema: PaimonSchema): LiteralValue[] {
  const { file, bucket } = entry
  const keys = bucketKeyFields(fileSchema).map((name) => fileSchema.fields.find((field) => field.name === name)!)
  const stats = columnStats(file, context.schema, fileSchema)
  return [
    arrayText(partition.texts),
    bucket,
    dataFileUrl(context, entry, partition),
    file.fileName.slice(file.fileName.lastIndexOf('.') + 1),
    BigInt(file.schemaId),
    file.level,
    BigInt(file.rowCount),
    BigInt(file.fileSize),
    keyText(file.minKey, keys, file.fileName),
    keyText(file.maxKey, keys, file.fileName),
    stats.nullCounts,
    stats.minimums,
    stats.maximums,
    file.minSequenceNumber,
    file.maxSequenceNumber,
    file.creationTime ?? null,
    file.deleteRowCount === undefined ? null : BigInt(file.deleteRowCount),
    file.fileSource === undefined ? null : (FILE_SOURCES[file.fileSource] ?? null),
    file.firstRowId ?? null,
    file.writeCols ?? null,
  ]
}

function keyText(bytes: Uint8Array, keys: readonly PaimonField[], where: string): string | null {
  if (binaryRowArity(bytes) === 0) return null
  return arrayText(readBinaryRow(bytes, keys, where).map((value, i) => javaText(value ?? null, keys[i]!)))
}

/** `{a=1, b=2}`: by name of the table's columns, as Java prints sorted maps. */
function columnStats(
  file: DataFileMeta,
  schema: PaimonSchema,
  fileSchema: PaimonSchema,
): { nullCounts: string; minimums: string; maximums: string } {
  const fields = statsFields(file, fileSchema)
  const { valueStats } = file
  const isKnown = valueStats !== undefined && binaryRowArity(valueStats.minValues) === fields.length
  const minimums = isKnown ? readBinaryRow(valueStats.minValues, fields, file.fileName) : []
  const maximums = isKnown ? readBinaryRow(valueStats.maxValues, fields, file.fileName) : []
  const print = (of: (place: number, field: PaimonField) => string): string => {
    const parts = schema.fields
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ id, name }) => {
        const place = fields.findIndex((field) => field.id === id)
        return `${name}=${place < 0 ? 'null' : of(place, fields[place]!)}`
      })
    return `{${parts.join(', ')}}`
  }
  return {
    nullCounts: print((place) => String(valueStats?.nullCounts[place] ?? null)),
    minimums: print((place, field) => javaText(minimums[place] ?? null, field)),
    maximums: print((place, field) => javaText(maximums[place] ?? null, field)),
  }
}

export async function manifests(context: PaimonContext): Promise<Content> {
  const { access, root, snapshot, schema } = context
  const metas = snapshot === undefined ? [] : await manifestsOf(access, root, snapshot)
  const fields = partitionFields(schema)
  const bound = (bytes: Uint8Array | undefined, where: string): string | null =>
    bytes === undefined || binaryRowArity(bytes) !== fields.length
      ? null
      : arrayText(readBinaryRow(bytes, fields, where).map((value, i) => javaText(value ?? null, fields[i]!)))
  return {
    columns: [
      ['file_name', VARCHAR],
      ['file_size', BIGINT],
      ['num_added_files', BIGINT],
      ['num_deleted_files', BIGINT],
      ['schema_id', BIGINT],
      ['min_partition_stats', VARCHAR],
      ['max_partition_stats', VARCHAR],
    ],
    rows: metas.map(({ fileName, fileSize, addedFiles, deletedFiles, schemaId, partitionStats }) => [
      fileName,
      fileSize,
      addedFiles,
      deletedFiles,
      BigInt(schemaId),
      bound(partitionStats?.minValues, fileName),
      bound(partitionStats?.maxValues, fileName),
    ]),
  }
}

interface Totals {
  readonly head: readonly LiteralValue[]
  rows: bigint
  bytes: bigint
  files: bigint
  newest: bigint | null
}

export async function partitions(context: PaimonContext): Promise<Content> {
  return totals(context, [['partition', VARCHAR]], ({ partition }) => [arrayText(partition.texts)])
}

export async function buckets(context: PaimonContext): Promise<Content> {
  const columns = [['partition', VARCHAR] as const, ['bucket', INTEGER] as const]
  return totals(context, columns, ({ partition, entry }) => [arrayText(partition.texts), entry.bucket])
}

/** Counts of files by partition, with whatever else `headOf` gives. */
async function totals(
  context: PaimonContext,
  columns: Content['columns'],
  headOf: (file: LiveFile) => readonly LiteralValue[],
): Promise<Content> {
  const byGroup = new Map<string, Totals>()
  for (const live of await allFiles(context)) {
    const head = headOf(live)
    const key = `${live.partition.key}|${String(head.at(-1))}`
    let total = byGroup.get(key)
    if (total === undefined) byGroup.set(key, (total = { head, rows: 0n, bytes: 0n, files: 0n, newest: null }))
    const { file } = live.entry
    total.rows += BigInt(file.rowCount)
    total.bytes += BigInt(file.fileSize)
    total.files += 1n
    if (file.creationTime !== undefined && (total.newest === null || file.creationTime > total.newest)) {
      total.newest = file.creationTime
    }
  }
  return {
    columns: [
      ...columns,
      ['record_count', BIGINT],
      ['file_size_in_bytes', BIGINT],
      ['file_count', BIGINT],
      ['last_update_time', TIMESTAMP],
    ],
    rows: [...byGroup.values()].map(({ head, rows, bytes, files: count, newest }) => [
      ...head,
      rows,
      bytes,
      count,
      newest,
    ]),
  }
}
