/**
 * The files of a table by its metadata table, instead of by listing folders: one read where a store needs a request a folder.
 *
 *   key `__all_partitions__`   the partitions' paths, `.` for a table without partitions
 *   key <path>                 the partition's files with their sizes; deleted ones are marked
 */
import type { AvroObject, AvroValue } from '../../../format/avro/decoder.ts'
import { joinLocation } from '../../../storage/file-location.ts'
import { parseDataFileName } from '../file-names.ts'
import type { ListedDataFile } from '../file-slices.ts'
import type { Partition } from '../partitions.ts'
import { compareTexts } from '../timeline.ts'
import { readMetadataRecords } from './metadata-records.ts'
import { type MetadataTable, ifSound } from './metadata-table.ts'

const ALL_PARTITIONS = '__all_partitions__'
const NO_PARTITION = '.'

/** The folders of the table in `url` that hold data files, in the order of their paths; undefined when the index does not say. */
export async function listByMetadata(metadata: MetadataTable, url: string): Promise<readonly Partition[] | undefined> {
  return ifSound(async () => {
    const records = readMetadataRecords(metadata, 'files', 'all', combineFiles)
    const all = records.get(ALL_PARTITIONS)
    if (all === undefined) return undefined
    const partitions: Partition[] = []
    for (const [name] of liveEntries(all)) {
      const path = name === NO_PARTITION ? '' : name
      const folder = path === '' ? url : joinLocation(url, path)
      const record = records.get(name)
      const files = record === undefined ? [] : filesOf(record, folder)
      if (files.length > 0) partitions.push({ path, files })
    }
    return partitions.toSorted((a, b) => compareTexts(a.path, b.path))
  })
}

function filesOf(record: AvroObject, folder: string): ListedDataFile[] {
  const files: ListedDataFile[] = []
  for (const [name, { size }] of liveEntries(record)) {
    const parsed = parseDataFileName(name)
    // Files of the index are never written again, so that nothing depends on their times.
    if (parsed !== undefined) {
      files.push({ name, url: joinLocation(folder, name), byteCount: Number(size ?? 0n), modifiedMs: 0, parsed })
    }
  }
  return files
}

function entriesOf(record: AvroObject): ReadonlyMap<string, AvroObject> {
  const entries = record['filesystemMetadata']
  return entries instanceof Map ? (entries as ReadonlyMap<string, AvroObject>) : new Map<string, AvroObject>()
}

function liveEntries(record: AvroObject): [string, AvroObject][] {
  return [...entriesOf(record)].filter(([, { isDeleted }]) => isDeleted !== true)
}

/** Of a file that both have, a deletion counts, else the larger size: older writers append to logs. */
function combineFiles(older: AvroObject, newer: AvroObject): AvroObject {
  const entries = new Map<string, AvroValue>(entriesOf(older))
  for (const [name, entry] of entriesOf(newer)) {
    const before = entries.get(name) as AvroObject | undefined
    const isSmaller = before !== undefined && entry['isDeleted'] !== true && sizeOf(before) > sizeOf(entry)
    entries.set(name, isSmaller ? before : entry)
  }
  return { ...newer, filesystemMetadata: entries }
}

function sizeOf({ size }: AvroObject): bigint {
  return BigInt((size ?? 0n) as bigint | number)
}
