/**
 * The names of a catalog's folders (names.ts) as files: each change is one.
 *
 *   lake/.sluice/names/<N>.json
 *     {"format-version": 1, "id", "schemas": [...], "names": [{"schema", "name", "folder"}], "pending"?: {"id", "record", "schemas", "names"}}
 *
 * The file with the highest N counts. `pending`: a transaction that is being committed (multi-table-commit.ts): when its record says so, its names
 * hold, else the others do. So all that a transaction made, dropped and renamed appears at once.
 */
import { randomUUID } from 'node:crypto'
import { DataError, SqlError, corrupt } from '../core/errors.ts'
import { type JsonObject, type JsonValue, isJsonObject, parseExactJson, writeExactJson } from '../core/exact-json.ts'
import { joinLocation } from '../storage/file-location.ts'
import type { StorageAccess } from '../storage/storage-access.ts'
import { type PendingCommit, decisionOf } from '../table/iceberg/pending-commit.ts'
import { decide } from '../table/iceberg/write/settle-commit.ts'
import { type NamedFolder, Names, type NamesKeeper } from './names.ts'

const NAMES_FOLDER: readonly string[] = ['.sluice', 'names']
const VERSION_NAME = /^(\d{1,15})\.json$/
const FILE_BYTES_MAX = 64 << 20
/** Versions behind the newest that are kept, so that none is made twice. */
const KEPT = 16
const ATTEMPTS_MAX = 60
/** A commit needs some milliseconds: who takes this long has died. */
const WAIT_MS = 5000
const POLL_MS = 20

interface Version {
  readonly number: number
  readonly names: Names
  readonly pending?: PendingCommit & { readonly names: Names }
}

export interface CurrentNames {
  /** Of the file. */
  readonly number: number
  readonly names: Names
}

const NONE: CurrentNames = { number: 0, names: new Names() }

export class NamesLog implements NamesKeeper {
  readonly #url: string
  readonly #access: StorageAccess
  #newest: Version | undefined

  constructor({ url, access }: { readonly url: string; readonly access: StorageAccess }) {
    this.#url = joinLocation(url, ...NAMES_FOLDER)
    this.#access = access
  }

  async names(): Promise<Names> {
    return (await this.current()).names
  }

  /** The names as they are now. */
  async current(): Promise<CurrentNames> {
    const version = await this.#read()
    if (version === undefined) return NONE
    const { pending, names, number } = version
    const isOver = pending !== undefined && (await decisionOf(this.#access, pending)) === 'committed'
    return { number, names: isOver ? pending.names : names }
  }

  /** The names when no commit is under way: one that does not end is ended. */
  async settled(): Promise<CurrentNames> {
    const end = Date.now() + WAIT_MS
    for (;;) {
      const version = await this.#read()
      if (version?.pending === undefined) return version ?? NONE
      const decision = await decisionOf(this.#access, version.pending)
      if (decision !== 'open') {
        return { number: version.number, names: decision === 'committed' ? version.pending.names : version.names }
      }
      if (Date.now() >= end) await decide(this.#access, version.pending, 'aborted')
      else await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }

  /** Publishes names in place of those given; false, and nothing changed, when others were faster. */
  async publish({ number }: CurrentNames, names: Names, pending?: Version['pending']): Promise<boolean> {
    const json: JsonObject = {
      'format-version': 1,
      id: randomUUID(),
      ...jsonOf(names),
      ...(pending === undefined
        ? {}
        : { pending: { id: pending.id, record: pending.record, ...jsonOf(pending.names) } }),
    }
    const storage = this.#access.storageFor(this.#url)
    const bytes = new TextEncoder().encode(writeExactJson(json))
    if (!(await storage.putIfAbsent(this.#fileOf(number + 1), bytes))) return false
    const numbers = await this.#numbers()
    if (Math.max(...numbers) > number + 1 + KEPT) return false
    for (const old of numbers) if (old > 0 && old < number + 1 - KEPT) await storage.delete(this.#fileOf(old))
    return true
  }

  /** Changes the names, again when others were faster. */
  async change(next: (names: Names) => Names): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const current = await this.settled()
      if (await this.publish(current, next(current.names))) return
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(200, 5 * 2 ** attempt)))
    }
    throw new SqlError('40001', 'could not change the names of the catalog: others did all the time')
  }

  async #read(): Promise<Version | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const number = Math.max(...(await this.#numbers()))
      if (number < 1) return undefined
      if (this.#newest?.number === number) return this.#newest
      const url = this.#fileOf(number)
      try {
        const bytes = await this.#access.storageFor(url).readAll(url, FILE_BYTES_MAX)
        return (this.#newest = parseVersion(number, bytes, url))
      } catch (error) {
        // Gone: there are newer ones.
        if (!(error instanceof DataError) || error.sqlstate !== '58P01') throw error
      }
    }
    throw new SqlError('40001', 'could not read the names of the catalog: others changed them all the time')
  }

  async #numbers(): Promise<readonly number[]> {
    const found = [0]
    for await (const { name } of this.#access.storageFor(this.#url).list(this.#url)) {
      found.push(Number(VERSION_NAME.exec(name)?.[1] ?? 0))
    }
    return found
  }

  #fileOf(number: number): string {
    return joinLocation(this.#url, `${number}.json`)
  }
}

function jsonOf(names: Names): JsonObject {
  return {
    schemas: [...names.schemas],
    names: names.entries.map(({ schema, name, folder }) => ({ schema, name, folder })),
  }
}

function parseVersion(number: number, bytes: Uint8Array, file: string): Version {
  const json = parseExactJson(bytes, file)
  if (!isJsonObject(json)) throw corrupt(file, 'names are not a JSON object')
  if (Number(json['format-version']) !== 1) throw corrupt(file, 'names of an unknown format-version')
  const names = parseNames(json, file)
  const { pending } = json
  if (pending === undefined) return { number, names }
  const { id, record } = isJsonObject(pending) ? pending : {}
  if (!isJsonObject(pending) || typeof id !== 'string' || typeof record !== 'string' || !/^[0-9a-f-]{36}$/.test(id)) {
    throw corrupt(file, 'the pending names are not whole')
  }
  return { number, names, pending: { id, record, names: parseNames(pending, file) } }
}

function parseNames({ schemas, names }: JsonObject, file: string): Names {
  if (!Array.isArray(schemas) || !Array.isArray(names)) throw corrupt(file, 'names are not whole')
  const entries = (names as readonly JsonValue[]).map((one): NamedFolder => {
    const { schema, name, folder } = isJsonObject(one) ? one : {}
    if (typeof schema !== 'string' || typeof name !== 'string') throw corrupt(file, 'an entry of the names has no name')
    if (folder !== null && !isFolder(folder)) throw corrupt(file, `"${name}" stands for no folder of the catalog`)
    return { schema, name, folder }
  })
  return new Names(
    entries,
    (schemas as readonly JsonValue[]).filter((one) => typeof one === 'string'),
  )
}

/** One or two names of folders: it must not lead out of the catalog. */
function isFolder(folder: JsonValue | undefined): folder is string {
  if (typeof folder !== 'string') return false
  const parts = folder.split('/')
  return parts.length <= 2 && parts.every((part) => part !== '' && !part.startsWith('.') && !/[\\\0]/.test(part))
}
