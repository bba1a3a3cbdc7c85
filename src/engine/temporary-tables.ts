/** A session's temporary tables: an embedded catalog in a directory of its own, which goes with the session. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Catalog } from '../catalog/catalog.ts'
import { lazyEmbeddedCatalog } from './lazy-catalog.ts'

export class TemporaryTables {
  readonly catalog: Catalog
  readonly #directory: string
  /** Also when the process ends without closing the session. */
  readonly #onExit = (): void => rmSync(this.#directory, { recursive: true, force: true })

  constructor() {
    this.#directory = mkdtempSync(join(tmpdir(), 'sluice-temp-'))
    this.catalog = lazyEmbeddedCatalog('pg_temp', this.#directory)
    process.on('exit', this.#onExit)
  }

  remove(): void {
    process.removeListener('exit', this.#onExit)
    this.#onExit()
  }
}
