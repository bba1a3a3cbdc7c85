/**
 * Which metadata file of a table folder is the current one.
 *
 * `version-hint.text` holds N for `vN.metadata.json` (Hadoop tables), or the file's name. A hint may lag behind: the versions that follow it are
 * tried too. Without a hint the file with the highest number wins: `v7.metadata.json`, `00007-<uuid>.metadata.json`; `.gz` may stand before or
 * after `.metadata.json`. Between files of one number the newest wins: catalogs retry a commit under the same number.
 *
 * Spec: Iceberg table spec, Appendix "File System Tables" and "Naming for GZIP compressed Metadata JSON files".
 */
import { DataError } from '../../core/errors.ts'
import { baseName, joinLocation } from '../../storage/file-location.ts'
import type { Storage } from '../../storage/storage.ts'

const METADATA_NAME = /^(?:v(\d+)|(\d+)-.+)(?:\.gz)?\.metadata\.json(?:\.gz)?$/

const HINT_BYTES_MAX = 4096

export interface MetadataLocation {
  readonly url: string
  /** The number in the file's name. */
  readonly version: number
}

/** The number of a metadata file's name; undefined for names of other files. */
export function metadataVersionOf(name: string): number | undefined {
  const match = METADATA_NAME.exec(name)
  return match ? Number(match[1] ?? match[2]) : undefined
}

/** The current metadata file of the table in folder `tableUrl`; undefined when it is no Iceberg table. */
export async function findMetadata(storage: Storage, tableUrl: string): Promise<MetadataLocation | undefined> {
  const folder = joinLocation(tableUrl, 'metadata')
  const hint = await readHint(storage, joinLocation(folder, 'version-hint.text'))
  if (hint !== undefined) {
    const found = await fromHint(storage, folder, hint)
    if (found !== undefined) return found
  }
  // Times are asked for of files of one number only: folders with thousands of versions are ordinary.
  let best: MetadataLocation[] = []
  for await (const { name, url, isDirectory } of storage.list(folder)) {
    const version = isDirectory ? undefined : metadataVersionOf(name)
    if (version === undefined || (best.length > 0 && version < best[0]!.version)) continue
    if (best.length > 0 && version > best[0]!.version) best = []
    best.push({ url, version })
  }
  return best.length <= 1 ? best[0] : newestOf(storage, best)
}

async function newestOf(storage: Storage, files: readonly MetadataLocation[]): Promise<MetadataLocation | undefined> {
  const timed = await Promise.all(files.map(async (file) => ({ file, modifiedMs: await timeOf(storage, file.url) })))
  const newestFirst = timed.toSorted(
    (a, b) => b.modifiedMs - a.modifiedMs || (baseName(a.file.url) < baseName(b.file.url) ? 1 : -1),
  )
  return newestFirst[0]?.file
}

/** -1 for a file that has just gone. */
async function timeOf(storage: Storage, url: string): Promise<number> {
  try {
    return (await storage.stat(url)).modifiedMs
  } catch (error) {
    if (error instanceof DataError && error.sqlstate === '58P01') return -1
    throw error
  }
}

async function readHint(storage: Storage, url: string): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await storage.readAll(url, HINT_BYTES_MAX)).trim()
  } catch (error) {
    if (error instanceof DataError && error.sqlstate === '58P01') return undefined
    throw error
  }
}

async function fromHint(storage: Storage, folder: string, hint: string): Promise<MetadataLocation | undefined> {
  if (!/^\d+$/.test(hint)) {
    const version = metadataVersionOf(hint)
    const url = joinLocation(folder, hint)
    return version !== undefined && (await storage.exists(url)) ? { url, version } : undefined
  }
  let found: MetadataLocation | undefined
  for (let version = Number(hint); ; version++) {
    const next = await versionFile(storage, folder, version)
    if (next === undefined) return found
    found = { url: next, version }
  }
}

async function versionFile(storage: Storage, folder: string, version: number): Promise<string | undefined> {
  const suffixes = ['.metadata.json', '.gz.metadata.json', '.metadata.json.gz']
  const urls = suffixes.map((suffix) => joinLocation(folder, `v${version}${suffix}`))
  // Mostly there is none: asked for at once, that takes one round trip.
  const found = await Promise.all(urls.map(async (url) => storage.exists(url)))
  return urls.find((_, i) => found[i])
}
