/**
 * Bytes at a URL. (Not a "storage engine": this layer knows no tables and no formats.)
 *
 * Planning reads through the asynchronous Storage; workers read data files through SyncFile, straight into
 * the shared memory. Ranges are half-open: [start, end).
 */
export interface Storage {
  /** URL scheme served: `file`, `memory`, ... Plain paths are `file`. */
  readonly scheme: string
  /** Size and identity of a file; DataError 58P01 if there is none. */
  stat(url: string): Promise<FileStat>
  /** Whether `stat` would find a file. */
  exists(url: string): Promise<boolean>
  /** Exactly `end - start` bytes; DataError 58P01 or 58030; XX001 when the file is shorter. */
  read(url: string, start: number, end: number): Promise<Uint8Array>
  /** The whole file, at most `bytesMax` (54000 beyond: metadata files of foreign origin are untrusted). */
  readAll(url: string, bytesMax?: number): Promise<Uint8Array>
  /** Entries directly in a folder, in no order; empty when there is no such folder. */
  list(url: string): AsyncIterable<DirectoryEntry>
  /** As `list`, with sizes and times; entries that have just gone are left out. */
  listWithStats(url: string): AsyncIterable<DirectoryEntry & FileStat>
  /** Creates a file with all its bytes, atomically: false, and nothing changed, when it exists already. */
  putIfAbsent(url: string, bytes: Uint8Array): Promise<boolean>
  /** Creates or replaces a file atomically. */
  put(url: string, bytes: Uint8Array): Promise<void>
  /** Begins a new file that is written piece by piece; 58030 when it exists. Readers may see it before it is closed. */
  create(url: string): Promise<FileWriter>
  /** Deletes a file; no error when there is none. */
  delete(url: string): Promise<void>
  /** Deletes a folder with all that is in it: it is gone at once, even if the deleting itself is interrupted. */
  deleteFolder(url: string): Promise<void>
  /** For a thread that may block: a file to read synchronously. */
  openSync(url: string): SyncFile
  /**
   * Calls `onChange` when something in a folder may have changed, until the function that it returns is called. Absent where nobody tells; changes may be
   * missed (network drives), so look now and then all the same.
   */
  watch?(url: string, onChange: () => void): () => void
  /** Small files without waiting; absent where that cannot be. */
  readonly sync?: SyncStorage
}

/** What an expression may do between two rows: calls of at most some milliseconds, on small files. */
export interface SyncStorage {
  /** Names of the entries directly in a folder, in no order; none when there is no such folder. */
  list(url: string): readonly string[]
  /** The whole file; undefined when there is none. */
  read(url: string): Uint8Array | undefined
  /** As `Storage.putIfAbsent`. */
  putIfAbsent(url: string, bytes: Uint8Array): boolean
  /** No error when there is none. */
  delete(url: string): void
}

export interface FileStat {
  /** 0 for folders. */
  readonly byteCount: number
  /** Milliseconds since 1970. */
  readonly modifiedMs: number
}

export interface FileWriter {
  write(bytes: Uint8Array): Promise<void>
  /** Flushes to the disk. */
  close(): Promise<void>
  /** Deletes what was written. */
  abort(): Promise<void>
}

export interface DirectoryEntry {
  /** Last part of the name, without a slash. */
  readonly name: string
  readonly url: string
  readonly isDirectory: boolean
}

export interface SyncFile {
  readonly url: string
  readonly byteCount: number
  readonly modifiedMs: number
  /** Fills `into` with the bytes from `start` on; XX001 when the file ends before. */
  readSync(into: Uint8Array, start: number): void
  close(): void
}
