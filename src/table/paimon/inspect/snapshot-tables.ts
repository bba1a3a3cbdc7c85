/** `t$snapshots`, `t$schemas`, `t$options`, `t$tags`, `t$branches`, `t$consumers`: from small files beside the data. */
import { BIGINT, TIMESTAMP, VARCHAR } from '../../../core/types.ts'
import { type JsonValue, isJsonObject, parseExactJson, writeExactJson } from '../../../core/exact-json.ts'
import type { LiteralValue } from '../../../core/value.ts'
import { joinLocation } from '../../../storage/file-location.ts'
import type { PaimonContext } from '../context.ts'
import { SnapshotFolder } from '../snapshot.ts'
import { type Content, micros } from '../../metadata-content.ts'

export async function snapshots({ access, branchRoot }: PaimonContext): Promise<Content> {
  const folder = new SnapshotFolder(access, branchRoot)
  const rows: LiteralValue[][] = []
  for (const id of await folder.ids()) {
    const snapshot = await folder.get(id)
    rows.push([
      snapshot.id,
      BigInt(snapshot.schemaId),
      snapshot.commitUser,
      snapshot.commitIdentifier,
      snapshot.commitKind,
      micros(snapshot.timeMillis),
      snapshot.baseManifestList,
      snapshot.deltaManifestList,
      snapshot.changelogManifestList ?? null,
      snapshot.totalRecordCount ?? null,
      snapshot.deltaRecordCount ?? null,
      snapshot.changelogRecordCount ?? null,
      snapshot.watermark ?? null,
      snapshot.nextRowId ?? null,
    ])
  }
  return {
    columns: [
      ['snapshot_id', BIGINT],
      ['schema_id', BIGINT],
      ['commit_user', VARCHAR],
      ['commit_identifier', BIGINT],
      ['commit_kind', VARCHAR],
      ['commit_time', TIMESTAMP],
      ['base_manifest_list', VARCHAR],
      ['delta_manifest_list', VARCHAR],
      ['changelog_manifest_list', VARCHAR],
      ['total_record_count', BIGINT],
      ['delta_record_count', BIGINT],
      ['changelog_record_count', BIGINT],
      ['watermark', BIGINT],
      ['next_row_id', BIGINT],
    ],
    rows,
  }
}

export async function schemas({ schemas: folder }: PaimonContext): Promise<Content> {
  const rows: LiteralValue[][] = []
  const text = (json: JsonValue | undefined): string => writeExactJson(json ?? null)
  for (const id of await folder.ids()) {
    const { json, comment, timeMillis } = await folder.get(id)
    const { fields, partitionKeys, primaryKeys, options } = json
    rows.push([
      BigInt(id),
      text(fields),
      text(partitionKeys ?? []),
      text(primaryKeys ?? []),
      text(options ?? {}),
      comment ?? null,
      micros(timeMillis),
    ])
  }
  return {
    columns: [
      ['schema_id', BIGINT],
      ['fields', VARCHAR],
      ['partition_keys', VARCHAR],
      ['primary_keys', VARCHAR],
      ['options', VARCHAR],
      ['comment', VARCHAR],
      ['update_time', TIMESTAMP],
    ],
    rows,
  }
}

export function options({ options: { all } }: PaimonContext): Content {
  return {
    columns: [
      ['key', VARCHAR],
      ['value', VARCHAR],
    ],
    rows: [...all].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  }
}

export async function tags({ access, branchRoot }: PaimonContext): Promise<Content> {
  const found = await new SnapshotFolder(access, branchRoot).tags()
  return {
    columns: [
      ['tag_name', VARCHAR],
      ['snapshot_id', BIGINT],
      ['schema_id', BIGINT],
      ['commit_time', TIMESTAMP],
      ['record_count', BIGINT],
      ['create_time', TIMESTAMP],
      ['time_retained', VARCHAR],
    ],
    rows: [...found].map(([name, { snapshot, createTime, timeRetained }]) => [
      name,
      snapshot.id,
      BigInt(snapshot.schemaId),
      micros(snapshot.timeMillis),
      snapshot.totalRecordCount ?? null,
      createTimeMicros(createTime),
      typeof timeRetained === 'string' ? timeRetained : null,
    ]),
  }
}

/** [year, month, day, hour, minute, second?, nanos?], as Jackson writes local times. */
function createTimeMicros(json: unknown): bigint | null {
  if (!Array.isArray(json) || !json.every((part) => typeof part === 'number')) return null
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, nanos = 0] = json as number[]
  const millis = Date.UTC(year, month - 1, day, hour, minute, second)
  return Number.isNaN(millis) ? null : BigInt(millis) * 1000n + BigInt(Math.floor(nanos / 1_000_000)) * 1000n
}

export async function branches({ access, root }: PaimonContext): Promise<Content> {
  const found = await new SnapshotFolder(access, root).branches()
  return {
    columns: [
      ['branch_name', VARCHAR],
      ['create_time', TIMESTAMP],
    ],
    rows: found.map(({ name, modifiedMs }) => [name, BigInt(Math.floor(modifiedMs)) * 1000n]),
  }
}

const CONSUMER_BYTES_MAX = 1 << 20

export async function consumers({ access, branchRoot }: PaimonContext): Promise<Content> {
  const folder = joinLocation(branchRoot, 'consumer')
  const storage = access.storageFor(folder)
  const rows: LiteralValue[][] = []
  for await (const { name, url } of storage.list(folder)) {
    if (!name.startsWith('consumer-')) continue
    const json = parseExactJson(await storage.readAll(url, CONSUMER_BYTES_MAX), url)
    const next = isJsonObject(json) ? json['nextSnapshot'] : undefined
    rows.push([
      name.slice('consumer-'.length),
      typeof next === 'number' || typeof next === 'bigint' ? BigInt(next) : null,
    ])
  }
  return {
    columns: [
      ['consumer_id', VARCHAR],
      ['next_snapshot_id', BIGINT],
    ],
    rows,
  }
}
