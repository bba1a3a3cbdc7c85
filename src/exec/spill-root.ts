/**
 * The executor's directory of spill files: <temp_directory>/sluice-<process id>-<random>/<query>/. It is made when something spills and
 * removed when the executor closes, or else when the process exits.
 */
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

export interface SpillRoot {
  /** The directory of a query; not made yet. */
  directoryOf(query: number): string
  /** Deletes the directory of a query, if it was made. */
  removeQuery(query: number): Promise<void>
  /** Deletes everything. */
  remove(): void
}

const roots = new Set<string>()
let removesAtExit = false

export function createSpillRoot(tempDirectory: string): SpillRoot {
  const root = join(tempDirectory, `sluice-${process.pid}-${randomBytes(6).toString('hex')}`)
  roots.add(root)
  if (!removesAtExit) {
    removesAtExit = true
    process.once('exit', () => {
      for (const path of roots) rmSync(path, { recursive: true, force: true })
    })
  }
  return {
    directoryOf: (query) => join(root, String(query)),
    removeQuery: (query) => rm(join(root, String(query)), { recursive: true, force: true }),
    remove() {
      roots.delete(root)
      rmSync(root, { recursive: true, force: true })
    },
  }
}
