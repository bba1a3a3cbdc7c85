/** The feature store as an Iceberg table that upserts by equality deletes: each commit removes keys by one delete file and adds rows by one data file. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadArrow } from '../../src/core/arrow.ts'
import type { JsonObject } from '../../src/core/exact-json.ts'
import type { AvroObject } from '../../src/format/avro/decoder.ts'
import { createParquetWriter } from '../../src/format/parquet/write/parquet-writer.ts'
import { type WrittenManifest, writeIcebergMetadata } from '../planning/iceberg-metadata.ts'

export const USERS = 100_000
export const FEATURES = 20
const USERS_AN_UPSERT = 10_000
const UPSERTS = 10

/** Writes the table; its rows are those of `plain.parquet` in the same folder's parent. */
export async function writeEqualityTable(folder: string, plain: string): Promise<void> {
  mkdirSync(join(folder, 'data'), { recursive: true })
  const manifests: WrittenManifest[] = []
  const versions = new Int32Array(USERS)
  const users = Array.from({ length: USERS }, (_, user) => user)
  const add = async (rows: readonly number[], sequence: number): Promise<void> => {
    const path = join(folder, 'data', `d${sequence}.parquet`)
    const file = await writeRows(path, rows, versions)
    manifests.push({ files: [{ ...file, content: 0 }], sequence: BigInt(sequence), content: 'data', summaries: [] })
  }
  await add(users, 1)
  for (let upsert = 0; upsert < UPSERTS; upsert++) {
    const sequence = upsert + 2
    // A multiplier without a common factor spreads the users over all.
    const changed = Array.from({ length: USERS_AN_UPSERT }, (_, i) => ((upsert * 7500 + i) * 7919) % USERS)
    changed.sort((a, b) => a - b)
    for (const user of changed) versions[user] = sequence
    const deletes = await writeRows(join(folder, 'data', `e${sequence}.parquet`), changed, null)
    const file = { ...deletes, content: 2, equality_ids: [1n] }
    manifests.push({ files: [file], sequence: BigInt(sequence), content: 'deletes', summaries: [] })
    await add(changed, sequence)
  }
  writeIcebergMetadata(folder, { fields: fields(), partitionFields: [], partition: [], manifests })
  await writeRows(plain, users, versions)
}

export function featureName(feature: number): string {
  return `f${String(feature).padStart(2, '0')}`
}

function fields(): JsonObject[] {
  return [
    { id: 1, name: 'user_id', required: false, type: 'long' },
    ...Array.from({ length: FEATURES }, (_, i) => ({
      id: i + 2,
      name: featureName(i),
      required: false,
      type: 'float',
    })),
  ]
}

/** The rows of users; without versions their ids alone. */
async function writeRows(path: string, users: readonly number[], versions: Int32Array | null): Promise<AvroObject> {
  const arrow = await loadArrow()
  const fieldOf = (name: string, type: InstanceType<typeof arrow.DataType>, id: number) =>
    new arrow.Field(name, type, true, new Map([['PARQUET:field_id', String(id)]]))
  const length = users.length
  const ids = arrow.makeData({ type: new arrow.Int64(), data: BigInt64Array.from(users, BigInt), length })
  const list = [fieldOf('user_id', new arrow.Int64(), 1)]
  const children: unknown[] = [ids]
  for (let feature = 0; versions !== null && feature < FEATURES; feature++) {
    list.push(fieldOf(featureName(feature), new arrow.Float32(), feature + 2))
    // Eighths: sums are exact in any order.
    const values = Float32Array.from(users, (user) => (((user + versions[user]! * 31) * (feature + 3)) % 1000) / 8)
    children.push(arrow.makeData({ type: new arrow.Float32(), data: values, length }))
  }
  const struct = arrow.makeData({ type: new arrow.Struct(list), length, children: children as never })
  const parts: Uint8Array[] = []
  const writer = await createParquetWriter({ codec: 'snappy', write: async (bytes) => void parts.push(bytes.slice()) })
  await writer.write(new arrow.RecordBatch(new arrow.Schema(list), struct as never))
  await writer.finish()
  writeFileSync(path, Buffer.concat(parts))
  return {
    file_path: path,
    file_format: 'PARQUET',
    partition: {},
    record_count: BigInt(length),
    file_size_in_bytes: BigInt(statSync(path).size),
  }
}
