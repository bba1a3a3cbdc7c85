/**
 * Views of the embedded catalog: folders as tables are, with the metadata of Iceberg's view specification.
 *
 *   lake/<view>/metadata/v<N>.metadata.json    "view-uuid", versions, and the SQL of each as a representation of dialect "sluice"
 *   lake/.sluice/views                          is there when there has been a view: without it nobody looks for one
 *
 * Spec: Iceberg view spec, version 1.
 */
import { randomUUID } from 'node:crypto'
import { SqlError, corrupt } from '../core/errors.ts'
import { type JsonObject, type JsonValue, isJsonObject, parseExactJson } from '../core/exact-json.ts'
import { joinLocation } from '../storage/file-location.ts'
import type { StorageAccess } from '../storage/storage-access.ts'
import { findMetadata } from '../table/iceberg/metadata-location.ts'
import { newTableMetadata } from '../table/iceberg/write/new-table.ts'
import { type CommitTarget, publishMetadata } from '../table/iceberg/write/publish.ts'
import type { NewView, ViewDefinition } from './catalog.ts'

export const VIEWS_MARK: readonly string[] = ['.sluice', 'views']

const DIALECT = 'sluice'
const METADATA_BYTES_MAX = 64 << 20

interface FoundView {
  readonly json: JsonObject
  /** Of its metadata file. */
  readonly version: number
  readonly file: string
}

/** The view in a folder; undefined for tables and for folders that are neither. */
export async function findView(access: StorageAccess, url: string): Promise<FoundView | undefined> {
  const storage = access.storageFor(url)
  const found = await findMetadata(storage, url)
  if (found === undefined) return undefined
  const text = new TextDecoder().decode(await storage.readAll(found.url, METADATA_BYTES_MAX))
  // Tables may be large, and compressed.
  if (!text.includes('"view-uuid"')) return undefined
  const json = parseExactJson(text, found.url)
  if (!isJsonObject(json) || typeof json['view-uuid'] !== 'string') return undefined
  return { json, version: found.version, file: found.url }
}

/** Dialects that texts of views are read in, best first. */
const DIALECTS: readonly string[] = [DIALECT, 'trino', 'spark']

/** 0A000 for a view in other dialects only. */
export function definitionOf({ json, file }: FoundView): ViewDefinition {
  const version = objects(json['versions']).find((one) => one['version-id'] === json['current-version-id'])
  if (version === undefined) throw corrupt(file, 'the current version of the view is missing')
  const texts = objects(version['representations']).filter((one) => one['type'] === 'sql')
  const dialect = DIALECTS.find((name) => texts.some((one) => one['dialect'] === name))
  const sql = texts.find((one) => one['dialect'] === dialect)?.['sql']
  if (dialect === undefined || typeof sql !== 'string') {
    const dialects = objects(version['representations']).map((one) => String(one['dialect'] as string))
    throw new SqlError('0A000', 'reading an Iceberg view of another dialect is not supported', {
      detail: `file "${file}", SQL dialects: ${dialects.join(', ') || 'none'}`,
    })
  }
  const schema = objects(json['schemas']).find((one) => one['schema-id'] === version['schema-id'])
  const namespace = Array.isArray(version['default-namespace'])
    ? (version['default-namespace'] as JsonValue[]).at(-1)
    : undefined
  return {
    sql,
    ...(dialect === DIALECT ? {} : { dialect }),
    columns: objects(schema?.['fields']).map((field) => String(field['name'] as string)),
    schema: typeof namespace === 'string' ? namespace : 'main',
  }
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : []
}

/** Publishes a view, new or as the next version of `before`. 40001 when another writer was faster. */
export async function publishView(
  target: CommitTarget,
  { sql, schema, output }: NewView,
  before: FoundView | undefined,
): Promise<void> {
  const columns = { fields: output.fields.map((field) => ({ ...field, nullable: true })) }
  const table = newTableMetadata({ location: target.url, columns, partitionBy: [], properties: new Map() })
  const [fields] = objects(table.json['schemas'])
  const id = 1 + Math.max(0, ...objects(before?.json['versions']).map((one) => Number(one['version-id'])))
  const now = Date.now()
  const version: JsonObject = {
    'version-id': id,
    'timestamp-ms': now,
    'schema-id': id,
    summary: { 'engine-name': 'sluice' },
    'default-namespace': [schema],
    representations: [{ type: 'sql', sql, dialect: DIALECT }],
  }
  const json: JsonObject = {
    'view-uuid': before?.json['view-uuid'] ?? randomUUID(),
    'format-version': 1,
    location: target.url,
    'current-version-id': id,
    versions: [...objects(before?.json['versions']), version],
    'version-log': [...objects(before?.json['version-log']), { 'version-id': id, 'timestamp-ms': now }],
    schemas: [...objects(before?.json['schemas']), { ...fields, 'schema-id': id }],
    properties: {},
  }
  if (await publishMetadata(target, (before?.version ?? 0) + 1, json)) return
  throw new SqlError('40001', `could not make view "${target.name}": another writer was faster`)
}

/** Lets queries look for views from now on. */
export async function markViews({
  url,
  access,
}: {
  readonly url: string
  readonly access: StorageAccess
}): Promise<void> {
  await access.storageFor(url).putIfAbsent(joinLocation(url, ...VIEWS_MARK), new Uint8Array())
}
