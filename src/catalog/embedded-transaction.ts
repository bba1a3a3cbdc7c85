/**
 * A transaction over tables of the embedded catalog.
 *
 *   first use of a table   its metadata is pinned: later statements see that snapshot
 *   a statement's commit   becomes a step on the pinned metadata: manifests are written, nothing is published; later statements read the result
 *   COMMIT                 the steps are published (table/iceberg/write/commit.ts), on top of what others have committed meanwhile
 *
 * States of tables are values that are never changed, so a savepoint is a copy of the map of them.
 */
import { SqlError, unsupported } from '../core/errors.ts'
import type { ReadContext } from '../format/format.ts'
import { joinLocation } from '../storage/file-location.ts'
import { IcebergTable } from '../table/iceberg/iceberg-table.ts'
import { type TableMetadata, parseMetadata } from '../table/iceberg/metadata.ts'
import {
  type StagedTable,
  type TableStep,
  applySteps,
  commitSteps,
  isCommitUnknown,
  parseStagedTable,
} from '../table/iceberg/write/commit.ts'
import { type CommitTarget, deleteQuietly, metadataFileName } from '../table/iceberg/write/publish.ts'
import { IcebergWrite } from '../table/iceberg/write/table-write.ts'
import { writable } from '../table/iceberg/write/writable-table.ts'
import type { TableAlteration } from '../table/alteration.ts'
import type { Table, TableWrite, VersionSpec } from '../table/table.ts'
import type {
  CatalogTransaction,
  CreateTableRequest,
  NewView,
  RelationName,
  StoredFunction,
  ViewDefinition,
} from './catalog.ts'
import { DefinitionCommit, type DefinitionChanges, folderIn } from './commit-definitions.ts'
import { duplicateFunction } from './embedded-functions.ts'
import type { EmbeddedCatalog } from './embedded.ts'
import { commitTables } from './multi-table-commit.ts'
import { type Names, type NamesKeeper, ownFolder } from './names.ts'
import type { NamesLog } from './names-log.ts'
import type { SequenceStore } from './sequence.ts'
import { NO_DEFINITIONS, type StagedDefinitions } from './staged-definitions.ts'
import { StagedSequences } from './staged-sequences.ts'
import { TransactionNames } from './transaction-names.ts'

/** A table in a transaction. */
export interface TableState {
  readonly target: CommitTarget
  /** The metadata file that it was first read from, or would be. */
  readonly file: string
  /** When it was first used. */
  readonly base: TableMetadata
  /** It does not exist outside of the transaction, or is replaced by it. */
  readonly staged?: StagedTable
  readonly steps: readonly TableStep[]
  /** After the steps. */
  readonly metadata: TableMetadata
}

interface Pinned {
  /** Undefined: there is no such table. */
  readonly table: Table | undefined
  /** Of tables that can be changed. */
  readonly state?: TableState
}

type Tables = ReadonlyMap<string, Pinned>

interface Savepoint {
  readonly tables: Tables
  readonly sequences: unknown
  readonly definitions: StagedDefinitions
  readonly names: Names | undefined
}

export class EmbeddedTransaction implements CatalogTransaction {
  readonly name: string
  readonly kind = 'embedded'
  /** As the names of the transaction have it. */
  readonly #catalog: EmbeddedCatalog
  readonly #base: EmbeddedCatalog
  readonly #names: TransactionNames
  #definitions = NO_DEFINITIONS
  #tables: Tables = new Map()
  #sequences: StagedSequences | undefined
  /** URLs of data files of all statements, also of those that were rolled back. */
  readonly #created: { readonly target: CommitTarget; readonly urls: readonly string[]; readonly step: TableStep }[] =
    []
  /** Manifests and lists that only the transaction reads. */
  readonly #scratch: { readonly target: CommitTarget; readonly urls: string[] }[] = []

  /** `within`: the catalog with other names. */
  constructor(base: EmbeddedCatalog, log: NamesLog, within: (keeper: NamesKeeper) => EmbeddedCatalog) {
    this.name = base.name
    this.#base = base
    this.#names = new TransactionNames(log)
    this.#catalog = within(this.#names)
  }

  schemas(): Promise<readonly string[]> {
    return this.#catalog.schemas()
  }

  async *tables(schema: string): AsyncGenerator<{ readonly name: string; readonly format: string }> {
    const seen = new Set<string>()
    for (const [key, { state }] of this.#tables) {
      const [inSchema, name] = key.split('\0') as [string, string]
      if (state?.staged === undefined || inSchema !== schema) continue
      seen.add(name)
      yield { name, format: 'iceberg' }
    }
    for (const name of this.#definitions.viewsIn(schema)) {
      if (!seen.has(name)) yield { name, format: 'iceberg' }
      seen.add(name)
    }
    for await (const table of this.#catalog.tables(schema)) if (!seen.has(table.name)) yield table
  }

  async table(schema: string, name: string, at?: VersionSpec): Promise<Table | undefined> {
    const { table, state } = await this.#pinned(schema, name)
    if (table !== undefined) {
      if (at === undefined || state === undefined)
        return at === undefined ? table : this.#catalog.table(schema, name, at)
      const { metadata, target } = state
      return new IcebergTable({ metadata, file: state.file }, { name, access: target.access, at })
    }
    const dollar = name.lastIndexOf('$')
    const whole = dollar > 0 ? (await this.#pinned(schema, name.slice(0, dollar))).table : undefined
    const kind = name.slice(dollar + 1)
    if (whole?.metadataTables().includes(kind) === true && at === undefined) return whole.metadataTable?.(kind)
    return this.#catalog.table(schema, name, at)
  }

  /** The table as it was when it was first used, or as the transaction has left it. */
  async #pinned(schema: string, name: string): Promise<Pinned> {
    const key = `${schema}\0${name}`
    const known = this.#tables.get(key)
    if (known !== undefined) return known
    const table = name.includes('$') ? undefined : await this.#catalog.open(schema, name)
    if (!(table instanceof IcebergTable)) return { table }
    const { metadata } = table
    const target = await this.#catalog.targetOf(schema, name)
    return this.#pin(key, { target, file: table.metadataFile, base: metadata, steps: [], metadata })
  }

  #pin(key: string, state: TableState): Pinned {
    const { target, metadata, base, staged } = state
    const opened = new IcebergTable({ metadata, file: state.file }, { name: target.name, access: target.access })
    const table = writable(opened, {
      target: async () => target,
      base: { metadata: base, ...(staged === undefined ? {} : { staged }) },
      publish: async (step, created) => this.#stage(key, state, step, created),
    })
    const pinned = { table, state }
    this.#tables = new Map([...this.#tables, [key, pinned]])
    return pinned
  }

  /** Does a step on the state that it was made for. */
  async #stage(key: string, state: TableState, step: TableStep, created: readonly string[]): Promise<void> {
    const { target } = state
    const now = this.#tables.get(key)?.state
    if (now !== undefined && now !== state) {
      throw new SqlError('55006', `table "${target.name}" is being changed by another statement of the transaction`)
    }
    const shared: string[] = []
    const own: string[] = []
    this.#scratch.push({ target, urls: shared }, { target, urls: own })
    const json = await applySteps(target, state.metadata, { steps: [step], added: new Map(), shared, own })
    this.#created.push({ target, urls: created, step })
    this.#pin(key, { ...state, steps: [...state.steps, step], metadata: parseMetadata(json, target.name) })
  }

  async alterTable(schema: string, name: string, changes: readonly TableAlteration[]): Promise<void> {
    const { state } = await this.#pinned(schema, name)
    if (state === undefined) throw new SqlError('42P01', `relation "${name}" does not exist`)
    const { alterStep } = await import('../table/iceberg/write/alter-table.ts')
    await this.#stage(`${schema}\0${name}`, state, alterStep(state.metadata, changes), [])
  }

  async createTable(request: CreateTableRequest): Promise<Table> {
    await this.#checkAbsent(request)
    return this.#pin(`${request.schema}\0${request.name}`, await this.#stagedState(request)).table!
  }

  async stageTable(request: CreateTableRequest, context: ReadContext): Promise<TableWrite> {
    await this.#checkAbsent(request)
    const state = await this.#stagedState(request)
    const { target, metadata, staged } = state
    return new IcebergWrite(target, {
      metadata,
      staged: staged!,
      context,
      publish: async (step, created) => this.#stage(`${request.schema}\0${request.name}`, state, step, created),
    })
  }

  async #stagedState(request: CreateTableRequest): Promise<TableState> {
    const { target, staged } = await this.#catalog.stage(request)
    const metadata = parseStagedTable(staged)
    const file = joinLocation(target.url, 'metadata', metadataFileName(staged.replacedVersion + 1))
    return { target, file, base: metadata, staged, steps: [], metadata }
  }

  async #checkAbsent({ schema, name, orReplace }: CreateTableRequest): Promise<void> {
    const state = this.#tables.get(`${schema}\0${name}`)?.state
    if (state === undefined) return
    if (orReplace) throw unsupported(`CREATE OR REPLACE TABLE of "${name}", which the transaction has used,`)
    throw new SqlError('42P07', `relation "${name}" already exists`)
  }

  async dropTable(schema: string, name: string): Promise<boolean> {
    if ((await this.hasViews()) && (await this.view(schema, name)) !== undefined) {
      throw new SqlError('42809', `"${name}" is not a table`, { hint: 'Use DROP VIEW to remove a view.' })
    }
    const { table, state } = await this.#pinned(schema, name)
    if (table === undefined) return false
    if (state === undefined) throw new SqlError('42809', `"${name}" is not a table of this catalog`)
    if (state.staged === undefined || state.staged.replacedVersion > 0)
      this.#definitions = this.#definitions.withDropped(state.target.url)
    await this.#forget(schema, name)
    return true
  }

  /** The name stands for nothing any more. */
  async #forget(schema: string, name: string): Promise<void> {
    await this.#names.change((names) => names.with(schema, name, null))
    const rest = new Map(this.#tables)
    rest.delete(`${schema}\0${name}`)
    this.#tables = rest
  }

  async renameTable(from: RelationName, to: RelationName): Promise<void> {
    const view = this.#definitions.view(from.schema, from.name)
    const isView = view !== undefined || (await this.#catalog.view(from.schema, from.name)) !== undefined
    const { state } = isView ? { state: undefined } : await this.#pinned(from.schema, from.name)
    if (view === undefined && state?.staged === undefined) await this.#catalog.renameTable(from, to)
    else await this.#checkFree(to)
    if (view !== undefined) {
      const free = this.#definitions.withView(from.schema, from.name, undefined)
      this.#definitions = free.withView(to.schema, to.name, view)
    }
    if (state === undefined) return
    if (state.staged !== undefined) {
      const folder = folderIn(this.#catalog.url, state.target.url)
      await this.#names.change((names) =>
        names.with(from.schema, from.name, undefined).with(to.schema, to.name, folder),
      )
    }
    const rest = new Map(this.#tables)
    rest.delete(`${from.schema}\0${from.name}`)
    rest.delete(`${to.schema}\0${to.name}`)
    this.#tables = rest
    this.#pin(`${to.schema}\0${to.name}`, { ...state, target: { ...state.target, name: to.name } })
  }

  async #checkFree({ schema, name }: RelationName): Promise<void> {
    const isTaken =
      (await this.view(schema, name)) !== undefined || (await this.#pinned(schema, name)).table !== undefined
    if (isTaken) throw new SqlError('42P07', `relation "${name}" already exists`)
  }

  async renameSchema(from: string, to: string): Promise<void> {
    await this.createSchema(to)
    const names: string[] = []
    for await (const { name } of this.tables(from)) names.push(name)
    for (const name of names) await this.renameTable({ schema: from, name }, { schema: to, name })
    await this.#names.change((all) => all.withoutSchema(from))
  }

  async hasViews(): Promise<boolean> {
    return this.#definitions.hasViews || this.#catalog.hasViews()
  }

  async view(schema: string, name: string): Promise<ViewDefinition | undefined> {
    return this.#definitions.view(schema, name) ?? this.#catalog.view(schema, name)
  }

  async createView(schema: string, name: string, view: NewView): Promise<void> {
    const staged = this.#definitions.view(schema, name)
    const before = staged ?? (await this.#catalog.view(schema, name))
    if (before === undefined && (await this.#pinned(schema, name)).table !== undefined) {
      throw new SqlError('42809', `"${name}" is not a view`)
    }
    if (before !== undefined && !view.orReplace) throw new SqlError('42P07', `relation "${name}" already exists`)
    if (before !== undefined) await this.dropView(schema, name)
    await this.#catalog.checkFreePlace(schema, name)
    this.#definitions = this.#definitions.withView(schema, name, view)
  }

  async dropView(schema: string, name: string): Promise<boolean> {
    if (this.#definitions.view(schema, name) !== undefined) {
      this.#definitions = this.#definitions.withView(schema, name, undefined)
      return true
    }
    if ((await this.#catalog.view(schema, name)) === undefined) {
      if ((await this.#pinned(schema, name)).table === undefined) return false
      throw new SqlError('42809', `"${name}" is not a view`)
    }
    const { url } = await this.#catalog.targetOf(schema, name)
    this.#definitions = this.#definitions.withDropped(url)
    await this.#forget(schema, name)
    return true
  }

  async functions(schema: string, name: string | null): Promise<readonly StoredFunction[]> {
    return this.#definitions.functions(schema, name, await this.#catalog.functions(schema, name))
  }

  async createFunction(schema: string, definition: StoredFunction, orReplace: boolean): Promise<void> {
    const same = (await this.functions(schema, definition.name)).some((one) => one.signature === definition.signature)
    if (same && !orReplace) throw duplicateFunction(definition.name)
    this.#definitions = this.#definitions.withFunction(schema, definition, definition)
  }

  async dropFunction(schema: string, which: Pick<StoredFunction, 'name' | 'signature'>): Promise<boolean> {
    const same = (await this.functions(schema, which.name)).some((one) => one.signature === which.signature)
    if (same) this.#definitions = this.#definitions.withFunction(schema, which, null)
    return same
  }

  createSchema(schema: string): Promise<void> {
    return this.#catalog.createSchema(schema)
  }

  async dropSchema(schema: string): Promise<void> {
    for await (const { name } of this.tables(schema)) throw new SqlError('2BP01', `schema "${schema}" has "${name}"`)
    await this.#names.change((names) => names.withoutSchema(schema))
  }

  async sequences(): Promise<SequenceStore> {
    return (this.#sequences ??= new StagedSequences(await this.#catalog.sequences()))
  }

  savepoint(): unknown {
    return {
      tables: this.#tables,
      sequences: this.#sequences?.savepoint(),
      definitions: this.#definitions,
      names: this.#names.savepoint(),
    } satisfies Savepoint
  }

  /** Tables that were first used after the savepoint stay pinned: a transaction sees one snapshot of each. */
  async rollbackTo(savepoint: unknown): Promise<void> {
    const saved = savepoint as Savepoint
    this.#sequences?.rollbackTo(saved.sequences ?? new Map())
    this.#definitions = saved.definitions
    this.#names.rollbackTo(saved.names)
    const names = await this.#names.names()
    const tables = new Map(saved.tables)
    for (const [key, { state }] of this.#tables) {
      if (tables.has(key) || state === undefined) continue
      const [schema, name] = key.split('\0') as [string, string]
      const folder = names.folderOf(schema, name) ?? ownFolder(schema, name)
      // Another name, which it has no longer.
      if (folderIn(this.#catalog.url, state.target.url) !== folder) continue
      if (state.staged === undefined) {
        this.#pin(key, { ...state, steps: [], metadata: state.base })
        tables.set(key, this.#tables.get(key)!)
      }
    }
    this.#tables = tables
  }

  async commit(): Promise<void> {
    const changed = [...this.#tables.values()].flatMap(({ state }) =>
      state !== undefined && (state.steps.length > 0 || state.staged !== undefined) ? [state] : [],
    )
    try {
      this.#sequences?.publish()
      await this.#publish(changed)
    } catch (error) {
      // The files may be part of a snapshot: they stay.
      if (!isCommitUnknown(error)) {
        this.#sequences?.undo()
        await this.#deleteCreated(new Set())
      }
      throw error
    } finally {
      await this.#deleteScratch()
    }
    this.#sequences?.finish()
    await this.#definitions.publishFunctions(this.#base)
    await this.#deleteCreated(new Set(changed.flatMap(({ steps }) => steps)))
  }

  async #publish(changed: readonly TableState[]): Promise<void> {
    const [only, ...others] = changed
    const changes = await this.#definitionChanges(changed)
    if (changes !== undefined) {
      const made = new Set(changes.tables)
      const rest = changed.filter((state) => !made.has(state))
      await commitTables(this.#base, rest, new DefinitionCommit(changes))
    } else if (others.length > 0) await commitTables(this.#base, changed)
    else if (only !== undefined) {
      const { target, base, staged, steps } = only
      await commitSteps(target, { metadata: base, ...(staged === undefined ? {} : { staged }) }, steps)
    }
  }

  /** Undefined where nothing is made, dropped or renamed but one table that is made. */
  async #definitionChanges(changed: readonly TableState[]): Promise<DefinitionChanges | undefined> {
    const views = await Promise.all(
      this.#definitions.views.map(async ({ schema, name, view }) => ({
        target: await this.#catalog.targetOf(schema, name),
        view,
      })),
    )
    const tables = changed.filter(({ staged }) => staged?.replacedVersion === 0)
    const isPlain = views.length === 0 && !this.#names.isChanged && (tables.length === 0 || changed.length === 1)
    if (isPlain) return undefined
    const { before, after } = await this.#names.changes()
    return {
      catalog: this.#base,
      log: this.#names.log,
      before,
      after,
      tables,
      views,
      dropped: this.#definitions.dropped,
    }
  }

  async rollback(): Promise<void> {
    await this.#deleteCreated(new Set())
    await this.#deleteScratch()
    this.#tables = new Map()
    this.#sequences = undefined
  }

  /** Deletes the data files of steps other than those that were committed. */
  async #deleteCreated(committed: ReadonlySet<TableStep>): Promise<void> {
    for (const { target, urls, step } of this.#created.splice(0)) {
      if (!committed.has(step)) await deleteQuietly(target, urls)
    }
  }

  async #deleteScratch(): Promise<void> {
    for (const { target, urls } of this.#scratch.splice(0)) await deleteQuietly(target, urls)
  }
}
