/**
 * Snapshots of a Paimon table: `snapshot/snapshot-<id>`, JSON; `LATEST` and `EARLIEST` are hints that may be late.
 *
 * Of snapshots that expired, tables may keep the changelogs: `changelog/changelog-<id>`, with the fields of a snapshot, of which only the changelog's
 * files are still there.
 *
 * Tags are copies of snapshots under `tag/tag-<name>`, which outlive them. Branches have folders of their own: `branch/branch-<name>/snapshot`.
 *
 * Spec: Apache Paimon, "Snapshot".
 */
import { DataError, SqlError, corrupt } from '../../core/errors.ts'
import { type JsonObject, isJsonObject, parseExactJson } from '../../core/exact-json.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { Storage } from '../../storage/storage.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'

export interface Snapshot {
  readonly id: bigint
  readonly schemaId: number
  readonly baseManifestList: string
  readonly deltaManifestList: string
  readonly changelogManifestList: string | undefined
  readonly indexManifest: string | undefined
  readonly commitKind: string
  readonly commitUser: string
  readonly commitIdentifier: bigint
  readonly timeMillis: bigint
  readonly totalRecordCount: bigint | undefined
  readonly deltaRecordCount: bigint | undefined
  readonly changelogRecordCount: bigint | undefined
  readonly watermark: bigint | undefined
  readonly nextRowId: bigint | undefined
}

const SNAPSHOT_BYTES_MAX = 4 << 20
const HINT_BYTES_MAX = 64
/** Snapshots after the hinted one that are looked for. */
const HINT_STEPS_MAX = 1000

export class SnapshotFolder {
  readonly #storage: Storage
  readonly #root: string

  /** `root`: the folder that holds `snapshot/`, `tag/`. */
  constructor(access: StorageAccess, root: string) {
    this.#storage = access.storageFor(root)
    this.#root = root
  }

  /** Ids, ascending. */
  async ids(): Promise<readonly bigint[]> {
    const ids: bigint[] = []
    for await (const { name } of this.#storage.list(joinLocation(this.#root, 'snapshot'))) {
      const match = /^snapshot-(\d{1,19})$/.exec(name)
      if (match !== null) ids.push(BigInt(match[1]!))
    }
    return ids.toSorted((a, b) => (a < b ? -1 : 1))
  }

  /** The newest; undefined for a table without data. */
  async latest(): Promise<Snapshot | undefined> {
    const hinted = await this.#hint('LATEST')
    if (hinted !== undefined && (await this.#exists(hinted))) {
      let id = hinted
      for (let step = 0; step < HINT_STEPS_MAX && (await this.#exists(id + 1n)); step++) id++
      return this.get(id)
    }
    const id = (await this.ids()).at(-1)
    return id === undefined ? undefined : this.get(id)
  }

  /** 22023 when there is none of that id (any more). */
  async get(id: bigint): Promise<Snapshot> {
    const url = this.#urlOf(id)
    try {
      return await this.#read(url)
    } catch (error) {
      if (!(error instanceof DataError) || error.sqlstate !== '58P01') throw error
      throw new SqlError('22023', `snapshot ${id} does not exist`, { detail: 'It may have expired.', cause: error })
    }
  }

  /** The snapshot, or what is kept of it for its changelog; 22023 when neither is there. */
  async getForChangelog(id: bigint): Promise<Snapshot> {
    const url = joinLocation(this.#root, 'changelog', `changelog-${id}`)
    return !(await this.#exists(id)) && (await this.#storage.exists(url)) ? this.#read(url) : this.get(id)
  }

  /** Ids of snapshots whose changelogs can be read, ascending. */
  async changelogIds(): Promise<readonly bigint[]> {
    const ids = new Set(await this.ids())
    for await (const { name } of this.#storage.list(joinLocation(this.#root, 'changelog'))) {
      const match = /^changelog-(\d{1,19})$/.exec(name)
      if (match !== null) ids.add(BigInt(match[1]!))
    }
    return [...ids].toSorted((a, b) => (a < b ? -1 : 1))
  }

  /** The newest that is not younger than the time; 22023 when all are. */
  async at(micros: bigint): Promise<Snapshot> {
    const millis = micros >= 0n ? micros / 1000n : -((-micros + 999n) / 1000n)
    for (const id of (await this.ids()).toReversed()) {
      const snapshot = await this.get(id)
      if (snapshot.timeMillis <= millis) return snapshot
    }
    throw new SqlError('22023', 'no snapshot of the table is as old as that time')
  }

  /** Names and snapshots, by name. */
  async tags(): Promise<ReadonlyMap<string, TagFile>> {
    const tags = new Map<string, TagFile>()
    const names: string[] = []
    for await (const { name } of this.#storage.list(joinLocation(this.#root, 'tag'))) {
      if (name.startsWith('tag-')) names.push(name.slice(4))
    }
    for (const name of names.toSorted()) {
      const tag = await this.tag(name)
      if (tag !== undefined) tags.set(name, tag)
    }
    return tags
  }

  async tag(name: string): Promise<TagFile | undefined> {
    if (/[/\\\0]/.test(name)) return undefined
    const url = joinLocation(this.#root, 'tag', `tag-${name}`)
    if (!(await this.#storage.exists(url))) return undefined
    const json = await this.#json(url)
    const { tagCreateTime, tagTimeRetained } = json
    return { snapshot: parseSnapshot(json, url), createTime: tagCreateTime, timeRetained: tagTimeRetained }
  }

  /** Names of branches, with when they were made; `main` is none. */
  async branches(): Promise<readonly { readonly name: string; readonly modifiedMs: number }[]> {
    const found: { name: string; modifiedMs: number }[] = []
    for await (const { name, modifiedMs } of this.#storage.listWithStats(joinLocation(this.#root, 'branch'))) {
      if (name.startsWith('branch-')) found.push({ name: name.slice(7), modifiedMs })
    }
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  #urlOf(id: bigint): string {
    return joinLocation(this.#root, 'snapshot', `snapshot-${id}`)
  }

  #exists(id: bigint): Promise<boolean> {
    return this.#storage.exists(this.#urlOf(id))
  }

  async #hint(name: string): Promise<bigint | undefined> {
    const url = joinLocation(this.#root, 'snapshot', name)
    try {
      const text = new TextDecoder().decode(await this.#storage.readAll(url, HINT_BYTES_MAX)).trim()
      return /^\d{1,19}$/.test(text) ? BigInt(text) : undefined
    } catch {
      // Hints are only hints.
      return undefined
    }
  }

  async #read(url: string): Promise<Snapshot> {
    return parseSnapshot(await this.#json(url), url)
  }

  async #json(url: string): Promise<JsonObject> {
    const bytes = await this.#storage.readAll(url, SNAPSHOT_BYTES_MAX)
    const json = parseExactJson(bytes, url)
    if (!isJsonObject(json)) throw corrupt(url, 'not a Paimon snapshot')
    return json
  }
}

export interface TagFile {
  readonly snapshot: Snapshot
  readonly createTime: unknown
  readonly timeRetained: unknown
}

export function parseSnapshot(json: JsonObject, url: string): Snapshot {
  const integer = (name: string): bigint | undefined => {
    const value = json[name] ?? undefined
    if (value === undefined || typeof value === 'bigint') return value
    if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
    throw corrupt(url, `"${name}" of a Paimon snapshot is not an integer`)
  }
  const text = (name: string): string | undefined => {
    const value = json[name] ?? undefined
    if (value === undefined || typeof value === 'string') return value
    throw corrupt(url, `"${name}" of a Paimon snapshot is not a text`)
  }
  const required = <T>(value: T | undefined, name: string): T => {
    if (value === undefined) throw corrupt(url, `a Paimon snapshot without "${name}"`)
    return value
  }
  return {
    id: required(integer('id'), 'id'),
    schemaId: Number(required(integer('schemaId'), 'schemaId')),
    baseManifestList: required(text('baseManifestList'), 'baseManifestList'),
    deltaManifestList: required(text('deltaManifestList'), 'deltaManifestList'),
    changelogManifestList: text('changelogManifestList'),
    indexManifest: text('indexManifest'),
    commitKind: required(text('commitKind'), 'commitKind'),
    commitUser: text('commitUser') ?? '',
    commitIdentifier: integer('commitIdentifier') ?? 0n,
    timeMillis: integer('timeMillis') ?? 0n,
    totalRecordCount: integer('totalRecordCount'),
    deltaRecordCount: integer('deltaRecordCount'),
    changelogRecordCount: integer('changelogRecordCount'),
    watermark: integer('watermark'),
    nextRowId: integer('nextRowId'),
  }
}
