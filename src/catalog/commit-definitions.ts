/**
 * Publishes what a transaction made, dropped and renamed, together with what it did to tables (multi-table-commit.ts).
 *
 *   1  names N + 1: as they were, with the folders that are going to appear hidden; pending: the names after the commit
 *   2  tables and views that are new are published in their folders, where nobody finds them
 *   3  the record decides for these names and for the tables that were changed
 *   4  names N + 2: those after the commit; folders of what was dropped are deleted
 */
import { SqlError } from '../core/errors.ts'
import type { PendingCommit } from '../table/iceberg/pending-commit.ts'
import { commitSteps } from '../table/iceberg/write/commit.ts'
import type { CommitTarget } from '../table/iceberg/write/publish.ts'
import type { NewView } from './catalog.ts'
import { markViews, publishView } from './embedded-views.ts'
import type { EmbeddedCatalog } from './embedded.ts'
import type { TableState } from './embedded-transaction.ts'
import type { Together } from './multi-table-commit.ts'
import { type NamedFolder, Names, ownName } from './names.ts'
import type { CurrentNames, NamesLog } from './names-log.ts'

const ATTEMPTS_MAX = 60

export interface DefinitionChanges {
  readonly catalog: EmbeddedCatalog
  readonly log: NamesLog
  /** The names when the transaction first asked, and as it leaves them. */
  readonly before: Names
  readonly after: Names
  /** Tables that do not exist outside of the transaction. */
  readonly tables: readonly TableState[]
  readonly views: readonly { readonly target: CommitTarget; readonly view: NewView }[]
  /** Folders of what is gone. */
  readonly dropped: readonly string[]
}

export class DefinitionCommit implements Together {
  readonly #changes: DefinitionChanges
  #published: { readonly current: CurrentNames; readonly after: Names } | undefined

  constructor(changes: DefinitionChanges) {
    this.#changes = changes
  }

  /** 40001 when others made, dropped or renamed one of these; 42P07 when there is something of a name that is new. */
  async prepare(pending: PendingCommit): Promise<void> {
    const { log, before, after, catalog, tables, views } = this.#changes
    for (let attempt = 0; this.#published === undefined; attempt++) {
      if (attempt === ATTEMPTS_MAX) throw new SqlError('40001', 'could not commit: others changed names all the time')
      const current = await log.settled()
      const now = mergedNames(current.names, before, after)
      const hidden = this.#withHidden(current.names)
      if (!(await log.publish(current, hidden, { ...pending, names: now }))) continue
      this.#published = { current: { number: current.number + 1, names: current.names }, after: now }
    }
    for (const { target, base, staged, steps } of tables) {
      await commitSteps(target, { metadata: base, staged: staged! }, steps)
    }
    if (views.length > 0) await markViews(catalog)
    for (const { target, view } of views) await publishView(target, view, undefined)
  }

  /** Names behind which something is going to appear stand for nothing until then. */
  #withHidden(names: Names): Names {
    const { catalog, tables, views } = this.#changes
    let hidden = names
    for (const { target } of [...tables, ...views]) {
      const folder = folderIn(catalog.url, target.url)
      for (const one of names.entries) {
        if (one.folder === folder) hidden = hidden.with(one.schema, one.name, null)
      }
      const { schema, name } = ownName(folder)
      if (hidden.folderOf(schema, name) === undefined) hidden = hidden.with(schema, name, null)
    }
    return hidden
  }

  /** The names hold: what fails here is done by the next who changes names. */
  async finish(): Promise<void> {
    const { log, catalog, dropped, after } = this.#changes
    const { current, after: names } = this.#published!
    await log.publish(current, names)
    for (const url of dropped) await catalog.access.storageFor(url).deleteFolder(url)
    // A folder that is gone needs no word any more.
    const gone = after.entries.filter(
      ({ schema, name, folder }) => folder === null && names.said(schema, name) === null,
    )
    if (gone.length === 0 || dropped.length === 0) return
    await log.change((now) =>
      gone.reduce((left, { schema, name }) => {
        return left.said(schema, name) === null ? left.with(schema, name, undefined) : left
      }, now),
    )
  }

  async undo(): Promise<void> {
    const { log, tables, views, catalog } = this.#changes
    if (this.#published === undefined) return
    for (const { target } of [...tables, ...views]) {
      await catalog.access.storageFor(target.url).deleteFolder(target.url)
    }
    const { current } = this.#published
    await log.publish(current, current.names)
  }
}

export function folderIn(catalog: string, url: string): string {
  return url.slice(catalog.length).replace(/^\/+/, '')
}

/** What became of the names from `before` to `after`, done to others. */
function mergedNames(current: Names, before: Names, after: Names): Names {
  const touched = new Map<string, Pick<NamedFolder, 'schema' | 'name'>>()
  for (const one of [...before.entries, ...after.entries]) {
    if (before.said(one.schema, one.name) !== after.said(one.schema, one.name)) {
      touched.set(`${one.schema}\0${one.name}`, one)
    }
  }
  let names = current
  for (const { schema, name } of touched.values()) {
    if (current.said(schema, name) !== before.said(schema, name)) {
      throw new SqlError('40001', `could not commit: another made, dropped or renamed "${name}"`)
    }
    names = names.with(schema, name, after.said(schema, name))
  }
  for (const schema of after.schemas) if (!before.schemas.has(schema)) names = names.withSchema(schema)
  for (const schema of before.schemas) if (!after.schemas.has(schema)) names = names.withoutSchema(schema)
  return names
}
