/**
 * Files that stay open between synchronous reads, at most OPEN_FILES_MAX a thread.
 *
 * A query may hold thousands of SyncFiles; descriptors are fewer. The least recently read file is closed and opened again
 * when it is read the next time; if it has changed by then, the read fails: two versions of a file must not be mixed.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { DataError } from '../core/errors.ts'
import { plainLocation } from './file-location.ts'
import type { SyncFile } from './storage.ts'
import { ioError, truncatedFile } from './storage-error.ts'

/** Half of the usual soft limit of 256 (macOS) descriptors, for one thread. */
const OPEN_FILES_MAX = 128

/** Descriptors by file, least recently used first. */
const descriptors = new Map<OpenFile, number>()

class OpenFile implements SyncFile {
  readonly url: string
  readonly byteCount: number
  readonly modifiedMs: number

  constructor(url: string) {
    this.url = url
    const descriptor = open(url)
    try {
      const stat = fstatSync(descriptor)
      if (!stat.isFile()) throw new DataError('58030', `could not open file "${url}": not a file`)
      this.byteCount = stat.size
      this.modifiedMs = stat.mtimeMs
    } catch (error) {
      closeSync(descriptor)
      throw ioError(url, 'open', error)
    }
    remember(this, descriptor)
  }

  readSync(into: Uint8Array, start: number): void {
    const end = start + into.byteLength
    if (start < 0 || end > this.byteCount) throw truncatedFile(this.url, end, this.byteCount)
    const descriptor = this.#descriptor()
    try {
      let done = 0
      while (done < into.byteLength) {
        const count = readSync(descriptor, into, done, into.byteLength - done, start + done)
        if (count === 0) throw truncatedFile(this.url, end, start + done)
        done += count
      }
    } catch (error) {
      throw ioError(this.url, 'read', error)
    }
  }

  close(): void {
    const descriptor = descriptors.get(this)
    if (descriptor === undefined) return
    descriptors.delete(this)
    closeSync(descriptor)
  }

  #descriptor(): number {
    const known = descriptors.get(this)
    if (known !== undefined) {
      descriptors.delete(this)
      descriptors.set(this, known)
      return known
    }
    const descriptor = open(this.url)
    const stat = fstatSync(descriptor)
    if (stat.size !== this.byteCount || stat.mtimeMs !== this.modifiedMs) {
      closeSync(descriptor)
      throw new DataError('58030', `could not read file "${this.url}": it was changed while a query read it`)
    }
    remember(this, descriptor)
    return descriptor
  }
}

function open(url: string): number {
  try {
    return openSync(plainLocation(url), 'r')
  } catch (error) {
    throw ioError(url, 'open', error)
  }
}

function remember(file: OpenFile, descriptor: number): void {
  descriptors.set(file, descriptor)
  if (descriptors.size <= OPEN_FILES_MAX) return
  for (const [oldest, oldestDescriptor] of descriptors) {
    descriptors.delete(oldest)
    closeSync(oldestDescriptor)
    break
  }
}

/** Opens a file of the local file system for synchronous reads: 58P01 when there is none. */
export function openLocalFile(url: string): SyncFile {
  return new OpenFile(url)
}
