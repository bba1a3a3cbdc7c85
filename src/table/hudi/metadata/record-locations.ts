/**
 * The file groups of some record keys, from the record index.
 *
 *   key <record key>   partition, file id: a UUID in two longs with a number behind it, or a text
 */
import type { AvroObject } from '../../../format/avro/decoder.ts'
import { readRecordsBySlice } from './metadata-records.ts'
import { type MetadataTable, ifSound } from './metadata-table.ts'

const UUID_ENCODING = 0

/** `<partition>/<file id>` of the groups that have any of the keys; undefined where the index does not say. */
export async function readLocations(
  metadata: MetadataTable,
  keys: readonly string[],
): Promise<ReadonlySet<string> | undefined> {
  if (!metadata.has('record_index')) return undefined
  return ifSound(async () => {
    const groups = new Set<string>()
    // An index by partition has a key once a partition, each in a slice of its own.
    for (const records of readRecordsBySlice(metadata, 'record_index', keys)) {
      for (const key of keys) {
        const location = records.get(key)?.['recordIndexMetadata'] as AvroObject | null | undefined
        if (location === undefined || location === null) continue
        const fileId = fileIdOf(location)
        if (fileId === undefined) return undefined
        groups.add(`${partitionOf(location)}/${fileId}`)
      }
    }
    return groups
  })
}

/** Tables without partitions have one whose path is empty. */
function partitionOf({ partitionName }: AvroObject): string {
  return typeof partitionName !== 'string' || partitionName === '.' ? '' : partitionName
}

function fileIdOf({
  fileIdHighBits,
  fileIdLowBits,
  fileIndex,
  fileId,
  fileIdEncoding,
}: AvroObject): string | undefined {
  if (fileIdEncoding !== UUID_ENCODING) return typeof fileId === 'string' && fileId !== '' ? fileId : undefined
  if (typeof fileIdHighBits !== 'bigint' || typeof fileIdLowBits !== 'bigint') return undefined
  const hex = [fileIdHighBits, fileIdLowBits]
    .map((half) => BigInt.asUintN(64, half).toString(16).padStart(16, '0'))
    .join('')
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return typeof fileIndex === 'number' && fileIndex >= 0 ? `${uuid}-${fileIndex}` : uuid
}
