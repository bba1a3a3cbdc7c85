import { type FSWatcher, watch } from 'node:fs'
import { plainLocation } from './file-location.ts'

/** Storage.watch for local folders. One that is not there, or beyond the system's number of watchers, is not watched: its caller looks by itself too. */
export function watchFolder(url: string, onChange: () => void): () => void {
  let watcher: FSWatcher
  try {
    watcher = watch(plainLocation(url), onChange)
  } catch {
    return () => undefined
  }
  // As when the folder is deleted: the next look finds out.
  watcher.on('error', () => watcher.close())
  return () => watcher.close()
}
