/** Reading of the local file system: sizes, bytes and listings. */
import { type Dirent, type Stats, closeSync, fstatSync, openSync, readSync, readdirSync, statSync } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { DataError } from '../core/errors.ts'
import { joinLocation, plainLocation } from './file-location.ts'
import { quickCall } from './quick-calls.ts'
import type { DirectoryEntry, FileStat } from './storage.ts'
import { errorCode, fileTooLarge, ioError, missingFile, truncatedFile } from './storage-error.ts'

/** No metadata file comes near this; data files are read in ranges. */
const READ_ALL_BYTES_MAX: number = 512 << 20

/** Up to this many bytes, reading takes no longer than opening. */
const QUICK_READ_BYTES_MAX = 64 << 10

/** Names of files that are being written begin so: listings leave them out. */
export const TEMPORARY_PREFIX = '.sluice-tmp-'

/** Entries of a folder whose sizes are asked for at once; libuv has four threads for them. */
const STATS_AT_ONCE = 16

export async function statFile(url: string): Promise<FileStat> {
  const found = await statAny(url)
  if (found === undefined) throw missingFile(url)
  if (!found.isFile()) throw notAFile(url)
  return { byteCount: found.size, modifiedMs: found.mtimeMs }
}

export async function fileExists(url: string): Promise<boolean> {
  const found = await statAny(url)
  if (found?.isFile() === false) throw notAFile(url)
  return found !== undefined
}

function notAFile(url: string): DataError {
  return new DataError('58030', `could not open file "${url}": not a file`)
}

/** Undefined when there is nothing of that name. */
async function statAny(url: string): Promise<Stats | undefined> {
  const path = plainLocation(url)
  try {
    return await quickCall(
      () => statSync(path, { throwIfNoEntry: false }),
      async () => stat(path),
    )
  } catch (error) {
    if (isMissing(error)) return undefined
    throw ioError(url, 'open', error)
  }
}

function isMissing(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** Where reading ends: it may depend on the size of the file. */
type End = number | ((byteCount: number) => number)

export async function readRange(url: string, start: number, end: End): Promise<Uint8Array> {
  try {
    const quick = await quickCall(
      () => readQuickly(url, start, end),
      async () => undefined,
    )
    return quick ?? (await readSlowly(url, start, end))
  } catch (error) {
    throw ioError(url, 'read', error)
  }
}

export async function readWhole(url: string, bytesMax: number = READ_ALL_BYTES_MAX): Promise<Uint8Array> {
  return readRange(url, 0, (byteCount) => {
    if (byteCount > bytesMax) throw fileTooLarge(url, byteCount, bytesMax)
    return byteCount
  })
}

/** Undefined when these are too many bytes to read in between. */
function readQuickly(url: string, start: number, endOf: End): Uint8Array | undefined {
  const file = openSync(plainLocation(url), 'r')
  try {
    const end = checkedEnd(url, fstatSync(file), start, endOf)
    if (end - start > QUICK_READ_BYTES_MAX) return undefined
    const bytes = new Uint8Array(end - start)
    let done = 0
    while (done < bytes.byteLength) {
      const count = readSync(file, bytes, done, bytes.byteLength - done, start + done)
      if (count === 0) throw truncatedFile(url, end, start + done)
      done += count
    }
    return bytes
  } finally {
    closeSync(file)
  }
}

async function readSlowly(url: string, start: number, endOf: End): Promise<Uint8Array> {
  const file = await open(plainLocation(url), 'r')
  try {
    const end = checkedEnd(url, await file.stat(), start, endOf)
    const bytes = new Uint8Array(end - start)
    let done = 0
    while (done < bytes.byteLength) {
      const { bytesRead } = await file.read(bytes, done, bytes.byteLength - done, start + done)
      if (bytesRead === 0) throw truncatedFile(url, end, start + done)
      done += bytesRead
    }
    return bytes
  } finally {
    await file.close()
  }
}

/** Checked before allocating: the range may come from a damaged file. */
function checkedEnd(url: string, found: Stats, start: number, endOf: End): number {
  if (!found.isFile()) throw notAFile(url)
  const end = typeof endOf === 'number' ? endOf : endOf(found.size)
  if (start < 0 || end < start || end > found.size) throw truncatedFile(url, end, found.size)
  return end
}

export async function* listFolder(url: string): AsyncGenerator<DirectoryEntry> {
  for (const entry of await readFolder(url)) {
    const entryUrl = joinLocation(url, entry.name)
    // A link is what it points to.
    const isDirectory = entry.isSymbolicLink()
      ? (await statEntry({ name: entry.name, url: entryUrl }))?.isDirectory
      : entry.isDirectory()
    if (isDirectory !== undefined) yield { name: entry.name, url: entryUrl, isDirectory }
  }
}

export async function* listFolderWithStats(url: string): AsyncGenerator<DirectoryEntry & FileStat> {
  const entries = await readFolder(url)
  for (let start = 0; start < entries.length; start += STATS_AT_ONCE) {
    const some = entries.slice(start, start + STATS_AT_ONCE)
    const found = await Promise.all(some.map(async ({ name }) => statEntry({ name, url: joinLocation(url, name) })))
    yield* found.filter((entry) => entry !== undefined)
  }
}

/** The entries of a folder; none when it is none. */
async function readFolder(url: string): Promise<Dirent[]> {
  const path = plainLocation(url)
  try {
    // In one call: `opendir` makes four of the smallest folder.
    const entries = await quickCall(
      () => readdirSync(path, { withFileTypes: true }),
      async () => readdir(path, { withFileTypes: true }),
    )
    return entries.filter(({ name }) => !name.startsWith(TEMPORARY_PREFIX))
  } catch (error) {
    if (isMissing(error)) return []
    throw ioError(url, 'list', error)
  }
}

/** A link is what it points to; a dangling one, or a file that has just gone, is nothing. */
async function statEntry(entry: {
  readonly name: string
  readonly url: string
}): Promise<(DirectoryEntry & FileStat) | undefined> {
  const found = await statAny(entry.url).catch(() => undefined)
  if (found === undefined) return undefined
  const isDirectory = found.isDirectory()
  return { ...entry, isDirectory, byteCount: isDirectory ? 0 : found.size, modifiedMs: found.mtimeMs }
}
