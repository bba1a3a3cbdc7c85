/**
 * Scan planning: from a snapshot to the files to read, and those to merge.
 *
 *   manifests --partition bounds--> entries --partition values--> files
 *     append table:       each file is a task
 *     primary-key table:  files of a bucket --sections.ts--> a section of one file without deletes is a plain task, others are merged
 *
 * With deletion vectors, and for first-row tables, level 0 is left out (it is not visible before compaction) and nothing is merged.
 */
import { unsupported } from '../../core/errors.ts'
import { Buffer } from 'node:buffer'
import type { LiteralValue } from '../../core/value.ts'
import type { FormatName } from '../../format/format.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { MergeFile, MergeRun, MergeTask } from '../merge.ts'
import type { DeleteFilter, ProjectedColumn, Pushdown, ScanTask } from '../table.ts'
import { readBinaryRow } from './binary-row.ts'
import { BucketPruner } from './bucket-pruning.ts'
import type { PaimonContext } from './context.ts'
import { ColumnBinder, type ConstantSource, SEQUENCE_NUMBER, VALUE_KIND } from './column-sources.ts'
import { FileIndexPruner } from './file-index/index-pruner.ts'
import { groupByRows, isPart, zipTask } from './evolution.ts'
import { VectorIndex } from './vector-index.ts'
import { liveFiles, manifestsOf } from './live-files.ts'
import type { ManifestEntry } from './manifest.ts'
import { type EngineByName, decidingColumns, mergeEngineOf, numberedEngine } from './merge-engine.ts'
import { type Partition, PartitionReader, bucketPath, namingOf } from './partition.ts'
import { PaimonPruner, partitionFields } from './pruning.ts'
import { type KeyedFile, sectionsOf } from './sections.ts'
import { withLineage } from './row-lineage.ts'
import type { Snapshot } from './snapshot.ts'
import { type PaimonSchema, bucketKeyFields } from './table-schema.ts'

export interface PaimonScanOptions {
  /** Only files that need no merging: those of the highest level (`t$ro`). */
  readonly readOptimized?: boolean
  /** Keys whose last row is a delete come out too, and a column ROW_KIND says what each row is (`t$audit_log`). */
  readonly audit?: boolean
  /** Keys of partitions that are left out. */
  readonly without?: ReadonlySet<string>
  /** Entries that matter: of a file, its ADD and its DELETE or neither. */
  readonly only?: (entry: ManifestEntry) => boolean
  /**
   * The rows are changes (changes.ts). `merges`: of keys in several files, or several times in one of them (logs, oldest first), there is one row
   * in the end.
   */
  readonly changes?: { readonly merges: 'nothing' | 'files' | 'logs' }
  /** Columns beside the table's, by name. */
  readonly values?: ReadonlyMap<string, ConstantSource>
}

export interface ScanMetrics {
  manifests_total: number
  manifests_skipped: number
  files_skipped_by_partition: number
  files_skipped_by_bucket: number
  files_skipped_by_bounds: number
  files_skipped_by_index: number
  merges: number
}

export function emptyMetrics(): ScanMetrics {
  return {
    manifests_total: 0,
    manifests_skipped: 0,
    files_skipped_by_partition: 0,
    files_skipped_by_bucket: 0,
    files_skipped_by_bounds: 0,
    files_skipped_by_index: 0,
    merges: 0,
  }
}

/** The tasks of a scan; `metrics` counts along. */
export async function* planScan(
  context: PaimonContext,
  pushdown: Pushdown,
  metrics: ScanMetrics,
  options: PaimonScanOptions = {},
): AsyncGenerator<ScanTask> {
  if (context.snapshot === undefined) return
  const planner = new ScanPlanner(context, pushdown, metrics, options)
  yield* planner.tasks(context.snapshot)
}

/** The tasks for some files, instead of those of a snapshot; deletion vectors take no part. */
export function planFiles(
  context: PaimonContext,
  pushdown: Pushdown,
  entries: readonly ManifestEntry[],
  options: PaimonScanOptions,
): AsyncGenerator<ScanTask> {
  const planner = new ScanPlanner(context, pushdown, emptyMetrics(), options)
  return planner.tasksOf(entries, VectorIndex.none(context))
}

/** The keys of all partitions of a version that have files. */
export async function partitionKeys({ access, root, snapshot, schema, options }: PaimonContext): Promise<Set<string>> {
  const keys = new Set<string>()
  if (snapshot === undefined) return keys
  const reader = new PartitionReader(partitionFields(schema), namingOf(options))
  const all = { manifestMightMatch: () => true, groupMightMatch: () => true }
  const manifests = await manifestsOf(access, root, snapshot)
  for await (const { partition } of liveFiles(access, root, manifests, all)) keys.add(reader.read(partition, root).key)
  return keys
}

/** A data file with what planning knows of it. */
export interface PlannedFile {
  readonly entry: ManifestEntry
  readonly partition: Partition
  readonly schema: PaimonSchema
}

class ScanPlanner {
  readonly #context: PaimonContext
  readonly #metrics: ScanMetrics
  readonly #options: PaimonScanOptions
  readonly #columns: readonly ProjectedColumn[]
  readonly #pruner: PaimonPruner
  readonly #buckets: BucketPruner | undefined
  readonly #indexes: FileIndexPruner
  readonly #partitions: PartitionReader
  readonly #binder: ColumnBinder
  /** The binder of merges: with extra columns. */
  readonly #mergeBinder: ColumnBinder
  readonly #merge: Omit<MergeTask, 'runs'>
  readonly #engine: EngineByName
  readonly #fieldIds: readonly (number | undefined)[]
  readonly #isKeyed: boolean
  readonly #skipsLevelZero: boolean

  constructor(context: PaimonContext, pushdown: Pushdown, metrics: ScanMetrics, options: PaimonScanOptions) {
    const { schema, options: table } = context
    this.#context = context
    this.#metrics = metrics
    this.#options = options
    this.#columns = pushdown.columns
    this.#pruner = new PaimonPruner(pushdown, schema)
    this.#indexes = new FileIndexPruner(context.access, pushdown, schema)
    this.#buckets = BucketPruner.of(pushdown, schema, table)
    this.#partitions = new PartitionReader(partitionFields(schema), namingOf(table))
    this.#isKeyed = schema.primaryKeys.length > 0
    const skips = table.deletionVectors ? !table.mergesOnRead : table.mergeEngine === 'first-row'
    this.#skipsLevelZero = this.#isKeyed && skips
    this.#binder = new ColumnBinder(pushdown.columns, schema, this.#isKeyed, options.values)
    this.#fieldIds = pushdown.columns.map(({ name }) => schema.fields.find((field) => field.name === name)?.id)
    this.#engine = mergeEngineOf(schema, table)
    this.#merge = {
      ...mergeOf(context, this.#engine, pushdown.columns),
      keepRetractions: options.audit === true || options.changes !== undefined,
    }
    this.#mergeBinder = new ColumnBinder(
      [...pushdown.columns, ...this.#merge.extraColumns],
      schema,
      true,
      options.values,
    )
  }

  async *tasks(snapshot: Snapshot): AsyncGenerator<ScanTask> {
    const { access, root } = this.#context
    const manifests = await manifestsOf(access, root, snapshot)
    this.#metrics.manifests_total += manifests.length
    const entries = liveFiles(access, root, manifests, {
      recordCount: snapshot.totalRecordCount,
      manifestMightMatch: (manifest) => {
        const matches = this.#pruner.manifestMightMatch(manifest)
        if (!matches) this.#metrics.manifests_skipped++
        return matches
      },
      groupMightMatch: (one) => {
        if (this.#options.only?.(one) === false) return false
        const partition = this.#partitions.read(one.partition, root)
        if (this.#options.without?.has(partition.key) === true) return false
        const matches = this.#pruner.partitionMightMatch(partition.values)
        if (!matches && one.kind === 'add') this.#metrics.files_skipped_by_partition++
        return matches && one.bucket >= 0 && this.#bucketMightMatch(one)
      },
    })
    yield* this.tasksOf(entries, await VectorIndex.open(this.#context, snapshot))
  }

  #bucketMightMatch(entry: ManifestEntry): boolean {
    const matches = this.#buckets?.mightMatch(entry) !== false
    if (!matches && entry.kind === 'add') this.#metrics.files_skipped_by_bucket++
    return matches
  }

  async *tasksOf(
    entries: AsyncIterable<ManifestEntry> | Iterable<ManifestEntry>,
    vectors: VectorIndex,
  ): AsyncGenerator<ScanTask> {
    const { root, schemas } = this.#context
    const buckets = new Map<string, PlannedFile[]>()
    const evolved: PlannedFile[] = []
    for await (const entry of entries) {
      const partition = this.#partitions.read(entry.partition, root)
      const file = { entry, partition, schema: await schemas.get(entry.file.schemaId) }
      if (!this.#isKeyed) {
        if (this.#context.options.dataEvolution) evolved.push(file)
        else if (isPart(file))
          throw unsupported('a Paimon data file without all columns', { detail: `file "${entry.file.fileName}"` })
        else if (await this.#loneFileMightMatch(file)) yield await this.#plainTask(file, vectors)
        continue
      }
      if (this.#options.changes?.merges === 'nothing') {
        if (await this.#loneFileMightMatch(file)) yield await this.#plainTask(file, vectors)
        continue
      }
      if (this.#skipsLevelZero && entry.file.level === 0) continue
      const key = `${Buffer.from(entry.partition).toString('latin1')}|${entry.bucket}`
      const bucket = buckets.get(key)
      if (bucket === undefined) buckets.set(key, [file])
      else bucket.push(file)
    }
    for (const files of buckets.values()) yield* this.#bucketTasks(files, vectors)
    for (const group of groupByRows(evolved)) {
      const [first] = group
      if (group.length === 1 && !isPart(first!)) {
        if (await this.#loneFileMightMatch(first!)) yield await this.#plainTask(first!, vectors)
        continue
      }
      const tasks: ScanTask[] = []
      for (const file of group) tasks.push(await this.#plainTask(file, vectors))
      yield zipTask(group, tasks, this.#fieldIds)
    }
  }

  async *#bucketTasks(files: readonly PlannedFile[], vectors: VectorIndex): AsyncGenerator<ScanTask> {
    if (this.#options.changes?.merges === 'logs') {
      const kept = files.filter((file) => this.#fileMightMatch(file, false))
      if (kept.length > 0) yield this.#logTask(kept, vectors)
      return
    }
    if (this.#options.readOptimized === true && !this.#skipsLevelZero) {
      const { topLevel } = this.#context.options
      yield* this.#sectionTasks(
        files.filter(({ entry }) => entry.file.level === topLevel),
        vectors,
      )
      return
    }
    if (this.#skipsLevelZero) {
      for (const file of files) if (await this.#loneFileMightMatch(file)) yield await this.#singleTask(file, vectors)
      return
    }
    yield* this.#sectionTasks(files, vectors)
  }

  async *#sectionTasks(files: readonly PlannedFile[], vectors: VectorIndex): AsyncGenerator<ScanTask> {
    for (const runs of this.#sections(files)) {
      const all = runs.flat()
      if (runs.length === 1) {
        for (const { file } of all)
          if (await this.#loneFileMightMatch(file)) yield await this.#singleTask(file, vectors)
        continue
      }
      const kept = runs
        .map((run) => run.filter(({ file }) => this.#fileMightMatch(file, false)))
        .filter(({ length }) => length > 0)
      if (kept.length > 0)
        yield await this.#mergeTask(
          kept.map((run) => run.map(({ file }) => file)),
          vectors,
        )
    }
  }

  #sections(files: readonly PlannedFile[]): KeyedFile<PlannedFile>[][][] {
    const { schema } = this.#context
    const names = bucketKeyFields(schema)
    const keys = names.map((name) => schema.fields.find((field) => field.name === name)!)
    const keyed = files.map((file): KeyedFile<PlannedFile> | undefined => {
      // Keys of another type compare otherwise: such files merge with all others.
      const own = keys.map(({ id }) => file.schema.fields.find((field) => field.id === id))
      if (own.some((field, i) => field === undefined || field.typeText !== keys[i]!.typeText)) return undefined
      const { minKey, maxKey, fileName } = file.entry.file
      const read = (bytes: Uint8Array): LiteralValue[] =>
        readBinaryRow(bytes, keys, fileName).map((value) => value ?? null)
      return { file, minKey: read(minKey), maxKey: read(maxKey) }
    })
    const known = keyed.filter((file) => file !== undefined)
    if (known.length === files.length) {
      return sectionsOf(
        known,
        keys.map(({ type }) => type),
      )
    }
    return [files.map((file) => [{ file, minKey: [], maxKey: [] }])]
  }

  #fileMightMatch({ entry, schema, partition }: PlannedFile, allColumns: boolean): boolean {
    const matches = this.#pruner.fileMightMatch(entry.file, schema, partition.values, allColumns)
    if (!matches) this.#metrics.files_skipped_by_bounds++
    return matches
  }

  /** Of a file that is merged with no other: by all its columns, then by its own indexes. */
  async #loneFileMightMatch(file: PlannedFile): Promise<boolean> {
    if (!this.#fileMightMatch(file, true)) return false
    if (!this.#indexes.isUseful) return true
    const { embeddedIndex, extraFiles } = file.entry.file
    const beside = extraFiles.find((name) => name.endsWith('.index'))
    const index = embeddedIndex ?? (beside && siblingOf(dataFileUrl(this.#context, file.entry, file.partition), beside))
    const matches = index === undefined || (await this.#indexes.mightMatch(index, file.schema))
    if (!matches) this.#metrics.files_skipped_by_index++
    return matches
  }

  /** A file that is merged with no other. */
  async #singleTask(file: PlannedFile, vectors: VectorIndex): Promise<ScanTask> {
    const { deleteRowCount, level } = file.entry.file
    const hasDeletes = deleteRowCount === undefined ? level === 0 : deleteRowCount > 0
    return hasDeletes ? this.#mergeTask([[file]], vectors) : this.#plainTask(file, vectors)
  }

  async #plainTask(file: PlannedFile, vectors: VectorIndex): Promise<ScanTask> {
    const { columns, ...part } = await this.#mergeFile(file, vectors, this.#binder)
    return { ...part, columns, residual: this.#pruner.residual(file.partition.values) }
  }

  async #mergeTask(runs: readonly (readonly PlannedFile[])[], vectors: VectorIndex): Promise<ScanTask> {
    this.#metrics.merges++
    const merged: MergeRun[] = []
    for (const run of runs) {
      const files: MergeFile[] = []
      for (const file of run) files.push(await this.#mergeFile(file, vectors, this.#mergeBinder))
      merged.push({ isSorted: true, files })
    }
    const first = runs[0]![0]!
    return {
      file: merged[0]!.files[0]!.file,
      rowCount: runs.flat().reduce((sum, { entry }) => sum + entry.file.rowCount, 0),
      columns: [],
      deletes: [],
      residual: this.#pruner.residual(first.partition.values),
      merge: { ...this.#merge, runs: merged },
    }
  }

  /** Files in the order of their commits, each with several rows of a key: what comes later counts. */
  async #logTask(files: readonly PlannedFile[], vectors: VectorIndex): Promise<ScanTask> {
    const task = await this.#mergeTask([files], vectors)
    const merge = task.merge!
    const runs = [[], merge.runs[0]!.files].map((all): MergeRun => ({ isSorted: false, files: all }))
    return { ...task, merge: { ...merge, runs } }
  }

  async #mergeFile(file: PlannedFile, vectors: VectorIndex, binder: ColumnBinder): Promise<MergeFile> {
    const { entry, partition, schema } = file
    const url = dataFileUrl(this.#context, entry, partition)
    const deletes: DeleteFilter[] = []
    const rows = await vectors.rowsOf(entry, partition)
    if (rows !== undefined) deletes.push({ kind: 'positions', rows })
    const format = formatOf(entry.file.fileName)
    const sources = binder.sources(schema, format, partition.values, partition.key)
    return {
      file: { url, format, byteCount: entry.file.fileSize, rowCount: entry.file.rowCount },
      rowCount: entry.file.rowCount,
      columns: this.#isKeyed ? sources : withLineage(sources, this.#columns, entry.file),
      deletes,
    }
  }
}

/** What all merges of a scan have in common. */
function mergeOf(
  { schema, options }: PaimonContext,
  engine: EngineByName,
  columns: readonly ProjectedColumn[],
): Omit<MergeTask, 'runs'> {
  const names = columns.map(({ name }) => name)
  const extraColumns: ProjectedColumn[] = []
  const numberOf = (name: string): number => {
    const known = names.indexOf(name)
    if (known >= 0) return known
    const type = schema.fields.find((field) => field.name === name)?.type
    const system = name === SEQUENCE_NUMBER ? ({ kind: 'bigint' } as const) : ({ kind: 'tinyint' } as const)
    extraColumns.push({ name, type: type ?? system })
    return names.push(name) - 1
  }
  const keys = bucketKeyFields(schema).map(numberOf)
  const descending = options.sequenceDescending
  const ordering = [
    ...options.sequenceFields.map((name) => ({ column: numberOf(name), descending, nullsFirst: !descending })),
    { column: numberOf(SEQUENCE_NUMBER), descending: false, nullsFirst: true },
  ]
  const kind = numberOf(VALUE_KIND)
  for (const name of decidingColumns(engine, names)) numberOf(name)
  return {
    extraColumns,
    keys,
    ordering,
    rowKinds: [{ column: kind, form: 'code' }],
    engine: numberedEngine(engine, names, numberOf),
    ignoreRetractions: options.ignoreDelete,
  }
}

/** Where a data file lies. */
export function dataFileUrl(
  { access, root, options }: PaimonContext,
  entry: ManifestEntry,
  partition: Partition,
): string {
  const { externalPath, fileName } = entry.file
  if (externalPath !== undefined) return access.locate(externalPath)
  const folder = options.dataFileDirectory === undefined ? root : joinLocation(root, options.dataFileDirectory)
  return joinLocation(folder, bucketPath(partition, entry.bucket), fileName)
}

/** The file of that name in the same folder. */
function siblingOf(url: string, name: string): string {
  return `${url.slice(0, url.lastIndexOf('/') + 1)}${name}`
}

function formatOf(fileName: string): FormatName {
  const extension = fileName.slice(fileName.lastIndexOf('.') + 1).toLowerCase()
  if (extension === 'parquet' || extension === 'orc' || extension === 'avro') return extension
  throw unsupported(`a Paimon data file of format "${extension}"`, { detail: `file "${fileName}"` })
}
