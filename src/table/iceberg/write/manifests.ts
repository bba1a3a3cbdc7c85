/**
 * Manifests and manifest lists as bytes.
 *
 * Sequence numbers and snapshot ids of the entries are left NULL: readers inherit them from the manifest list, so that a retried commit
 * writes a new list only.
 *
 * Spec: Iceberg table spec, "Manifests", "Manifest Lists", "Sequence Number Inheritance".
 */
import { type JsonValue, writeExactJson } from '../../../core/exact-json.ts'
import type { LiteralValue } from '../../../core/value.ts'
import { compareValues } from '../../../expr/values/compare.ts'
import type { AvroObject } from '../../../format/avro/decoder.ts'
import { writeAvroFile } from '../../../format/avro/write-file.ts'
import { encodeBound } from '../bounds.ts'
import type { ManifestFile } from '../manifest.ts'
import { MANIFEST_LIST_SCHEMA, manifestEntrySchema } from '../manifest-schema.ts'
import type { TableMetadata } from '../metadata.ts'
import type { BoundSpec } from '../partition.ts'
import { partitionFieldSchema } from './manifest-entries.ts'

/** The bytes of a manifest of `entries`, all of partition spec `spec`. 0A000: a spec whose source columns are gone. */
export function encodeManifest(
  metadata: TableMetadata,
  spec: BoundSpec,
  content: ManifestFile['content'],
  entries: readonly AvroObject[],
): Uint8Array {
  const header = new Map([
    ['schema', writeExactJson(currentSchemaJson(metadata))],
    ['schema-id', String(metadata.currentSchemaId)],
    ['partition-spec', writeExactJson(specFieldsJson(metadata, spec.id))],
    ['partition-spec-id', String(spec.id)],
    ['format-version', '2'],
    ['content', content],
  ])
  const schema = manifestEntrySchema(spec.fields.map(partitionFieldSchema))
  return writeAvroFile(schema, header, entries)
}

function currentSchemaJson({ json, currentSchemaId }: TableMetadata): JsonValue {
  const schemas = json['schemas'] as readonly { readonly [key: string]: JsonValue }[]
  return schemas.find((schema) => schema['schema-id'] === currentSchemaId)!
}

function specFieldsJson({ json }: TableMetadata, id: number): JsonValue {
  const specs = json['partition-specs'] as readonly { readonly [key: string]: JsonValue }[]
  return specs.find((spec) => spec['spec-id'] === id)!['fields']!
}

/** A manifest as the list of its snapshot has it. */
export interface NewManifest {
  readonly path: string
  readonly byteCount: number
  readonly specId: number
  readonly content: ManifestFile['content']
  /** The smallest data sequence number of its live files; undefined where all are the snapshot's own. */
  readonly minSequenceNumber?: bigint
  readonly added: ManifestCounts
  readonly existing: ManifestCounts
  readonly deleted: ManifestCounts
  readonly partitions: readonly AvroObject[]
}

export interface ManifestCounts {
  readonly files: number
  readonly rows: bigint
}

/** Summaries of the partition values of all files of a manifest, given one array a file. */
export function summarizePartitions(spec: BoundSpec, partitions: readonly (readonly LiteralValue[])[]): AvroObject[] {
  return spec.fields.map(({ type }, i) => {
    const values = partitions.map((partition) => partition[i] ?? null)
    const present = values.filter((value) => value !== null && !Number.isNaN(value))
    const sorted = present.toSorted((a, b) => compareValues(a, b, type!))
    const bound = (value: LiteralValue | undefined): Uint8Array | null =>
      value === undefined ? null : (encodeBound(value, type!) ?? null)
    return {
      contains_null: values.includes(null),
      contains_nan: values.some((value) => Number.isNaN(value)),
      lower_bound: bound(sorted[0]),
      upper_bound: bound(sorted.at(-1)),
    }
  })
}

/** The bytes of a manifest list: the manifests that were there, then the new ones, so that rows without an order come as they were written. */
export function encodeManifestList(
  snapshot: { readonly id: bigint; readonly parentId: bigint | undefined; readonly sequenceNumber: bigint },
  added: readonly NewManifest[],
  existing: readonly ManifestFile[],
): Uint8Array {
  const header = new Map([
    ['snapshot-id', String(snapshot.id)],
    ['parent-snapshot-id', snapshot.parentId === undefined ? 'null' : String(snapshot.parentId)],
    ['sequence-number', String(snapshot.sequenceNumber)],
    ['format-version', '2'],
  ])
  const records = [...existing.map(existingRecord), ...added.map((manifest) => addedRecord(manifest, snapshot))]
  return writeAvroFile(MANIFEST_LIST_SCHEMA, header, records)
}

function addedRecord(
  { added, existing, deleted, ...manifest }: NewManifest,
  snapshot: { readonly id: bigint; readonly sequenceNumber: bigint },
): AvroObject {
  return {
    manifest_path: manifest.path,
    manifest_length: BigInt(manifest.byteCount),
    partition_spec_id: manifest.specId,
    content: manifest.content === 'data' ? 0 : 1,
    sequence_number: snapshot.sequenceNumber,
    min_sequence_number: manifest.minSequenceNumber ?? snapshot.sequenceNumber,
    added_snapshot_id: snapshot.id,
    added_files_count: added.files,
    existing_files_count: existing.files,
    deleted_files_count: deleted.files,
    added_rows_count: added.rows,
    existing_rows_count: existing.rows,
    deleted_rows_count: deleted.rows,
    partitions: manifest.partitions,
    key_metadata: null,
  }
}

function existingRecord(manifest: ManifestFile): AvroObject {
  return {
    manifest_path: manifest.path,
    manifest_length: BigInt(manifest.byteCount),
    partition_spec_id: manifest.specId,
    content: manifest.content === 'data' ? 0 : 1,
    sequence_number: manifest.sequenceNumber,
    min_sequence_number: manifest.minSequenceNumber,
    added_snapshot_id: manifest.addedSnapshotId ?? 0n,
    added_files_count: manifest.addedFilesCount ?? 0,
    existing_files_count: manifest.existingFilesCount ?? 0,
    deleted_files_count: manifest.deletedFilesCount ?? 0,
    added_rows_count: manifest.addedRowsCount ?? 0n,
    existing_rows_count: manifest.existingRowsCount ?? 0n,
    deleted_rows_count: manifest.deletedRowsCount ?? 0n,
    partitions:
      manifest.partitions?.map((summary) => ({
        contains_null: summary.containsNull,
        contains_nan: summary.containsNan ?? null,
        lower_bound: summary.lowerBound ?? null,
        upper_bound: summary.upperBound ?? null,
      })) ?? null,
    key_metadata: null,
  }
}
