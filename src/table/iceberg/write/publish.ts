/**
 * Publishing a metadata file: the moment at which a commit happens.
 *
 *   v<N+1>.metadata.json appears under a name that only one writer can take (putIfAbsent); version-hint.text follows, as a hint only
 *
 * A publish that fails half way (the name was taken, flushing the folder failed) may have happened all the same. It is looked at again: nothing
 * that a published snapshot refers to may be deleted.
 *
 * Spec: Iceberg table spec, "File System Tables".
 */
import { DataError } from '../../../core/errors.ts'
import { type JsonObject, writeExactJson } from '../../../core/exact-json.ts'
import { joinLocation } from '../../../storage/file-location.ts'
import type { Storage } from '../../../storage/storage.ts'
import type { StorageAccess } from '../../../storage/storage-access.ts'

export interface CommitTarget {
  readonly access: StorageAccess
  /** The table's folder as it is reached now. */
  readonly url: string
  readonly name: string
}

/** SQLSTATE of a commit of which nobody knows whether it happened. */
export const COMMIT_UNKNOWN = '08007'

/**
 * Publishes metadata as version `version`; false, and nothing changed, when another writer has that version already.
 * Errors: the storage's, when it is certain that nothing was published; 08007 when that could not be found out.
 */
export async function publishMetadata(target: CommitTarget, version: number, json: JsonObject): Promise<boolean> {
  const storage = target.access.storageFor(target.url)
  const file = joinLocation(target.url, 'metadata', metadataFileName(version))
  const bytes = new TextEncoder().encode(writeExactJson(json))
  let isPublished: boolean
  try {
    isPublished = await storage.putIfAbsent(file, bytes)
  } catch (error) {
    isPublished = await wasPublished(storage, target, { file, bytes }, error)
  }
  if (isPublished) await writeHint(target, version).catch(() => undefined)
  return isPublished
}

export function metadataFileName(version: number): string {
  return `v${version}.metadata.json`
}

async function wasPublished(
  storage: Storage,
  { name }: CommitTarget,
  { file, bytes }: { readonly file: string; readonly bytes: Uint8Array },
  error: unknown,
): Promise<boolean> {
  let found: Uint8Array
  try {
    found = await storage.readAll(file)
  } catch (reading) {
    if (reading instanceof DataError && reading.sqlstate === '58P01') throw error
    throw new DataError(COMMIT_UNKNOWN, `could not find out whether the commit to "${name}" succeeded`, {
      cause: error,
      detail: error instanceof Error ? error.message : String(error),
      hint: 'Look at the table: it has all rows of the statement, or none.',
    })
  }
  // Every metadata file has an id of its own in it: equal bytes are ours.
  return Buffer.compare(found, bytes) === 0
}

/** Only a hint: readers look for later versions too, so nothing is lost when it is not written. */
async function writeHint({ access, url }: CommitTarget, version: number): Promise<void> {
  await access.storageFor(url).put(hintUrl(url), new TextEncoder().encode(String(version)))
}

function hintUrl(url: string): string {
  return joinLocation(url, 'metadata', 'version-hint.text')
}

const NO_VERSION = '0'

/**
 * Marks the folder of a table that is going to appear: with a `metadata` folder it is not taken for a directory of data files, whatever
 * lies in it when the writer dies.
 */
export async function markUnfinished({ access, url }: CommitTarget): Promise<void> {
  await access.storageFor(url).putIfAbsent(hintUrl(url), new TextEncoder().encode(NO_VERSION))
}

/** Takes the mark away, unless a table has appeared there meanwhile. */
export async function unmarkUnfinished({ access, url }: CommitTarget): Promise<void> {
  const storage = access.storageFor(url)
  try {
    const hint = new TextDecoder().decode(await storage.readAll(hintUrl(url)))
    if (hint === NO_VERSION) await storage.delete(hintUrl(url))
  } catch (error) {
    if (!(error instanceof DataError)) throw error
  }
}

/** Deletes what nothing refers to. A file that can't be deleted stays: it is garbage, not an error. */
export async function deleteQuietly({ access }: CommitTarget, urls: readonly string[]): Promise<void> {
  await Promise.all(
    urls.map((url) =>
      access
        .storageFor(url)
        .delete(url)
        .catch(() => undefined),
    ),
  )
}
