/**
 * A statement that changes rows of a table.
 *
 *   rows of the table that go --merge-on-read--> position delete files, one a partition      (properties write.<statement>.mode,
 *                             --copy-on-write--> the other rows of their files, appended anew  write.delete.granularity)
 *   rows that come            --> data files
 *   files of which all rows go --> removed from the manifests, unread where the predicate and the metadata say so
 *
 * Spec: Iceberg table spec, "Row-level Deletes"; the properties are those of Iceberg's own writers.
 */
import { randomUUID } from 'node:crypto'
import { SqlError, corrupt } from '../../../core/errors.ts'
import { together } from '../../../core/together.ts'
import type { LiteralValue } from '../../../core/value.ts'
import type { Batch } from '../../../core/vector.ts'
import type { ReadContext } from '../../../format/format.ts'
import { joinLocation } from '../../../storage/file-location.ts'
import type { RowSet } from '../../row-set.ts'
import type { Pushdown, RowChange, RowChangeKind, ScanTask, Table } from '../../table.ts'
import { ColumnBinder } from '../column-sources.ts'
import type { IcebergTable } from '../iceberg-table.ts'
import { type ManifestEntry, readManifest, readManifestList } from '../manifest.ts'
import { partitionKey, partitionValues } from '../partition.ts'
import { ScanPruner } from '../pruning.ts'
import { codecOf } from './codec.ts'
import type { Committed } from './commit.ts'
import { partitionFolder } from './partition-rows.ts'
import { type RemovedRows, writePositionDeletes } from './position-delete-file.ts'
import type { CommitTarget } from './publish.ts'
import { ReadTable } from './read-table.ts'
import { IcebergWrite, type WriteOptions } from './table-write.ts'

type TouchedFile = RemovedRows & { readonly entry: ManifestEntry }

export class IcebergRowChange implements RowChange {
  readonly source: Table
  unreadRows = 0
  readonly #table: IcebergTable
  readonly #target: CommitTarget
  readonly #context: ReadContext
  readonly #kind: RowChangeKind
  readonly #write: IcebergWrite
  /** What was read of the table. */
  readonly #reads: Pushdown[] = []
  /** Files all of whose rows go, by path. */
  readonly #whole = new Map<string, ManifestEntry>()
  #wholeFiles: 'none' | 'unread' | 'read' = 'none'

  constructor(table: IcebergTable, target: CommitTarget, options: WriteOptions & { readonly kind: RowChangeKind }) {
    this.#table = table
    this.#target = target
    this.#context = options.context
    this.#kind = options.kind
    this.#write = new IcebergWrite(target, options)
    this.source = new ReadTable(table, (pushdown) => this.#scan(pushdown))
  }

  removeWholeFiles(reads: boolean): void {
    this.#wholeFiles = reads ? 'read' : 'unread'
  }

  async *#scan(pushdown: Pushdown): AsyncGenerator<ScanTask> {
    this.#reads.push(pushdown)
    if (this.#wholeFiles === 'none') {
      yield* this.#table.scan(pushdown)
      return
    }
    const whole = await this.#filesThatMatch(pushdown)
    for await (const task of this.#table.scan(pushdown)) {
      const entry = whole.get(task.file.url)
      // Rows that deletes have taken from a file are only counted by reading it.
      const isRead = entry === undefined || this.#wholeFiles === 'read' || task.deletes.length > 0
      if (entry !== undefined && !this.#whole.has(entry.file.path)) {
        this.#whole.set(entry.file.path, entry)
        if (!isRead) this.unreadRows += entry.file.recordCount
      }
      if (isRead) yield task
    }
  }

  /** Data files whose every row matches by metadata, by URL. */
  async #filesThatMatch(pushdown: Pushdown): Promise<ReadonlyMap<string, ManifestEntry>> {
    const { access, schema, mapping, specs } = this.#table.scanContext
    const binder = new ColumnBinder(pushdown.columns, schema, mapping)
    const pruner = new ScanPruner(pushdown, (index) => binder.boundedId(index))
    const found = new Map<string, ManifestEntry>()
    for await (const entry of this.#dataEntries()) {
      const spec = specs.get(entry.file.specId)
      const values = spec === undefined ? [] : partitionValues(spec, entry.file)
      if (pruner.fileMustMatch(spec, values, entry.file)) found.set(access.locate(entry.file.path), entry)
    }
    return found
  }

  async *#dataEntries(): AsyncGenerator<ManifestEntry> {
    const { access, snapshot } = this.#table.scanContext
    if (snapshot === undefined) return
    for await (const manifest of readManifestList(access, snapshot)) {
      if (manifest.content !== 'data') continue
      for await (const entries of readManifest(access, manifest, 'all')) {
        for (const entry of entries) if (entry.status !== 'deleted') yield entry
      }
    }
  }

  async append(batch: Batch, rows?: Int32Array): Promise<void> {
    return this.#write.append(batch, rows)
  }

  async remove(rows: ReadonlyMap<string, RowSet>): Promise<Table | null> {
    const touched = await this.#locate(rows)
    const partial: TouchedFile[] = []
    for (const file of touched) {
      const { path, entry } = file
      if (this.#whole.has(path) || file.rows.size === entry.file.recordCount) this.#whole.set(path, entry)
      else partial.push(file)
    }
    const isCopied = this.#property('mode', 'merge-on-read', ['merge-on-read', 'copy-on-write']) === 'copy-on-write'
    const removed = [...this.#whole.keys(), ...(isCopied ? partial.map(({ path }) => path) : [])]
    const entries = [...this.#whole.values(), ...partial.map(({ entry }) => entry)]
    this.#write.removal = {
      removed: new Set(removed),
      check: {
        isolation:
          this.#property('isolation-level', 'serializable', ['serializable', 'snapshot']) === 'snapshot'
            ? 'snapshot'
            : 'serializable',
        touched: new Map(entries.map(({ file }) => [file.path, partitionKey(file)])),
        reads: this.#reads,
        refusesDeletes: isCopied || this.#kind !== 'delete',
      },
    }
    if (partial.length === 0) return null
    if (isCopied) return this.#rowsKept(partial)
    // Files are waited for more than worked on: each is flushed.
    await together([this.#writeDeletes(partial), this.#write.closeFiles()])
    return null
  }

  /** A property of this kind of statement. */
  #property(name: string, otherwise: string, values: readonly string[]): string {
    const statement = this.#kind === 'replace' ? 'delete' : this.#kind
    const key = `write.${statement}.${name}`
    const value = this.#table.metadata.properties.get(key)?.toLowerCase() ?? otherwise
    if (values.includes(value)) return value
    throw new SqlError('22023', `invalid value for property "${key}": "${value}"`, {
      hint: `Available values: ${values.join(', ')}.`,
    })
  }

  /** The rows with their files' entries. */
  async #locate(rows: ReadonlyMap<string, RowSet>): Promise<readonly TouchedFile[]> {
    const found: TouchedFile[] = []
    if (rows.size === 0) return found
    for await (const entry of this.#dataEntries()) {
      const { path } = entry.file
      const own = rows.get(path)
      if (own === undefined) continue
      found.push({ path, rows: own, entry })
      if (found.length === rows.size) return found
    }
    throw corrupt(this.#table.name, 'a file whose rows were read is not in the manifests')
  }

  /** The files' other rows, which are appended again. */
  #rowsKept(files: readonly TouchedFile[]): Table {
    const { access } = this.#table.scanContext
    const rowsOf = new Map(files.map(({ path, rows }) => [access.locate(path), rows.sorted()]))
    const table = this.#table
    return new ReadTable(table, async function* keptRows(pushdown) {
      for await (const task of table.scan(pushdown)) {
        const rows = rowsOf.get(task.file.url)
        if (rows !== undefined) yield { ...task, deletes: [...task.deletes, { kind: 'positions', rows }] }
      }
    })
  }

  async #writeDeletes(files: readonly TouchedFile[]): Promise<void> {
    const byFile = this.#table.metadata.properties.get('write.delete.granularity')?.toLowerCase() === 'file'
    const groups = new Map<string, TouchedFile[]>()
    for (const file of files) {
      const key = byFile ? file.path : partitionKey(file.entry.file)
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [file])
      else group.push(file)
    }
    for (const group of groups.values()) await this.#writeDeleteFile(group)
  }

  async #writeDeleteFile(files: readonly TouchedFile[]): Promise<void> {
    const { metadata } = this.#table
    const { file } = files[0]!.entry
    const spec = this.#table.scanContext.specs.get(file.specId)
    const values = spec === undefined ? [undefined] : partitionValues(spec, file)
    if (spec === undefined || values.includes(undefined)) {
      throw corrupt(file.path, 'its partition values are not those of its partition spec')
    }
    const partition = values as readonly LiteralValue[]
    const folder = partitionFolder(spec, partition)
    const parts = ['data', ...(folder === '' ? [] : [folder]), `${randomUUID()}-deletes.parquet`]
    const url = joinLocation(this.#target.url, ...parts)
    this.#write.created(url)
    const staged = await writePositionDeletes(
      {
        url,
        storage: this.#target.access.storageFor(url),
        context: this.#context,
        specId: spec.id,
        partition,
        codec: codecOf(metadata.properties),
      },
      files,
    )
    this.#write.stage({ ...staged, path: joinLocation(metadata.location, ...parts) })
  }

  async commit(): Promise<Committed> {
    return this.#write.commit()
  }

  async abort(): Promise<void> {
    return this.#write.abort()
  }
}
