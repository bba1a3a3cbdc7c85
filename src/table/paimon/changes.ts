/**
 * The changes of a Paimon table between two snapshots.
 *
 *   changelog   rows of the changelog files of each snapshot, with their kinds
 *   delta       rows of the files that APPEND snapshots added, merged by key: the last of what happened to each key
 *   diff        the rows of the one snapshot as deletes, of the other as inserts; what is in both cancels out
 *
 * `auto` is changelog where the table produces one, else delta; between two tags it is diff. Tables that show level 0 only after compaction
 * (first-row, deletion vectors) show none of it here either, as the reference does.
 *
 * What Paimon's own query shows of a range (`request.asRows`) are rows: those of changelog files merged by key too. Of `t$audit_log` it shows each
 * row of the files, with the kinds that they are stored with, and of a difference the deletes.
 *
 * Spec: Apache Paimon, "Incremental Query", "Changelog Producer", "Audit Log Table".
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import { BIGINT, type Field, INTEGER, TIMESTAMPTZ, VARCHAR } from '../../core/types.ts'
import { CHANGE_ORDINAL, type ChangeMode, type ChangesRequest, type TableChanges, changeFields } from '../changes.ts'
import type { Pushdown, ScanTask, Table, VersionSpec } from '../table.ts'
import { type ChangedEntries, changedEntries } from './changed-entries.ts'
import { type ConstantSource, ROW_KIND } from './column-sources.ts'
import type { PaimonContext } from './context.ts'
import { plainField } from './data-type.ts'
import { type ManifestEntry, readManifest, readManifestList } from './manifest.ts'
import type { PaimonOptions } from './options.ts'
import { type PaimonScanOptions, emptyMetrics, planFiles, planScan } from './scan.ts'
import { type Snapshot, SnapshotFolder } from './snapshot.ts'
import { tableStatistics } from './statistics.ts'

/** Of the table, or of its log of changes, whose rows have a column for what they are. */
export type ChangesOf = 'table' | 'audit-log'

/** 0A000 for modes that the table has not, 22023 for snapshots that are gone. */
export async function paimonChanges(
  name: string,
  context: PaimonContext,
  request: ChangesRequest,
  of: ChangesOf = 'table',
): Promise<TableChanges> {
  const isAudit = of === 'audit-log'
  if (isAudit && request.asRows !== true) {
    throw unsupported(`table_changes of "${name}"`, { hint: 'The changes of the table itself have their types too.' })
  }
  const folder = new SnapshotFolder(context.access, context.branchRoot)
  const own = modeOf(name, context, request.mode)
  const found = (version: VersionSpec): Promise<FoundVersion> => versionOf(folder, version, own === 'changelog')
  const from = request.from === null ? undefined : await found(request.from)
  const to = request.to === null ? { snapshot: context.snapshot, isTag: false } : await found(request.to)
  // Tags outlive the snapshots between them.
  const isBetweenTags = from?.isTag === true && to.isTag && request.mode === 'auto'
  const mode = isBetweenTags ? 'diff' : own
  const shows = request.asRows !== true ? undefined : isAudit ? 'kinds' : 'rows'
  const isDiff = mode === 'diff'
  const changed = isDiff ? await changedEntries(context, folder, from?.snapshot, to.snapshot) : undefined
  const range: Range = { context, folder, from: from?.snapshot, to: to.snapshot, mode, shows, changed }
  const { primaryKeys, fields } = context.schema
  const rows: Table = {
    name: `changes of ${name}`,
    format: 'paimon',
    schema: { fields: [...(isAudit ? [KIND_FIELD] : []), ...fields.map(plainField), ...changeFields(BIGINT)] },
    hiddenColumns: [CHANGE_ORDINAL],
    statistics: async () => ({ ...(await tableStatistics(context)), exact: false, columns: new Map() }),
    scan: (pushdown) => planChanges(range, pushdown),
    metadataTables: () => [],
  }
  if (shows === undefined && changed?.addsOnly === true) {
    return { rows, carriesRowsOver: false, net: false, pairBy: [], insertsOnly: true }
  }
  // What is left of several changes of a row may be the beginning of one update and the end of another.
  const ownPairs = isDiff || request.net ? primaryKeys : []
  const pairBy = request.identifierColumns.length > 0 ? request.identifierColumns : ownPairs
  // Both sides of a difference are of one version, the later one: the two are compared as one commit.
  const changes = { rows, carriesRowsOver: isDiff, net: request.net, pairBy }
  return shows === undefined ? changes : { ...changes, show: shows }
}

const KIND_FIELD: Field = { name: ROW_KIND, type: VARCHAR, nullable: false }

type PaimonMode = 'changelog' | 'delta' | 'diff'

/** Whether the table's writers keep a changelog. */
function hasChangelog({ options }: PaimonContext): boolean {
  return (options.all.get('changelog-producer')?.trim().toLowerCase() ?? 'none') !== 'none'
}

function modeOf(name: string, context: PaimonContext, mode: ChangeMode): PaimonMode {
  const { schema } = context
  if (mode === 'auto') return hasChangelog(context) ? 'changelog' : 'delta'
  if (mode === 'append' && schema.primaryKeys.length === 0) return 'delta'
  if (mode === 'changelog' || mode === 'delta' || mode === 'diff') return mode
  throw unsupported(`table_changes of Paimon table "${name}" in mode "${mode}"`)
}

export interface FoundVersion {
  readonly snapshot: Snapshot
  readonly isTag: boolean
}

/** The snapshot of an id, a tag or a time; of an id also what is kept of an expired one, if its changelog will do. */
export async function versionOf(
  folder: SnapshotFolder,
  version: VersionSpec,
  changelogWillDo: boolean = false,
): Promise<FoundVersion> {
  if (version.kind === 'timestamp') return { snapshot: await folder.at(version.micros), isTag: false }
  // A number is a snapshot, even where a tag has it for a name: followers count on it.
  const tag = typeof version.value === 'bigint' ? undefined : await folder.tag(version.value)
  if (tag !== undefined) return { snapshot: tag.snapshot, isTag: true }
  if (typeof version.value === 'bigint' || /^\d{1,18}$/.test(version.value)) {
    const id = BigInt(version.value)
    return { snapshot: await (changelogWillDo ? folder.getForChangelog(id) : folder.get(id)), isTag: false }
  }
  throw new SqlError('22023', `the table has no tag or snapshot "${version.value}"`)
}

interface Range {
  readonly context: PaimonContext
  readonly folder: SnapshotFolder
  /** Exclusive; undefined: from the beginning. */
  readonly from: Snapshot | undefined
  readonly to: Snapshot | undefined
  readonly mode: PaimonMode
  /** What the format's own query shows; undefined: changes are asked for. */
  readonly shows: TableChanges['show']
  /** What a difference has to read; undefined: everything. */
  readonly changed: ChangedEntries | undefined
}

async function* planChanges(range: Range, pushdown: Pushdown): AsyncGenerator<ScanTask> {
  const { context, folder, to, mode, shows } = range
  const from = range.from?.id ?? 0n
  if (to === undefined || to.id <= from) return
  if (mode === 'diff') {
    yield* planDiff(range, to, pushdown)
    return
  }
  const isLog = mode === 'changelog'
  const known = isLog ? await folder.changelogIds() : await folder.ids()
  const ids = known.filter((id) => id > from && id <= to.id)
  // Without the first of the range nobody knows what it changed.
  if (BigInt(ids.length) !== to.id - from) {
    throw new SqlError('22023', `the changes of snapshots ${from + 1n} to ${to.id} are gone`, {
      detail: 'Some of these snapshots have expired.',
    })
  }
  const added: ManifestEntry[] = []
  // A batch of rows has each key once; a log has what happened to it.
  const mergesChangelogs = shows === 'rows'
  for (const [ordinal, id] of ids.entries()) {
    const snapshot = isLog ? await folder.getForChangelog(id) : await folder.get(id)
    if (isLog) {
      const files = await addedFiles(context, snapshot.changelogManifestList)
      if (mergesChangelogs) for (const file of files) added.push(file)
      else yield* planFiles(context, pushdown, files, optionsOf(snapshot, ordinal, 'nothing'))
    } else if (snapshot.commitKind === 'APPEND') {
      // One by one: a large range has many.
      for (const file of await addedFiles(context, snapshot.deltaManifestList)) added.push(file)
    }
  }
  if (added.length === 0) return
  if (isLog) yield* planFiles(asChangelog(context), pushdown, added, optionsOf(to, 0, 'logs'))
  else yield* planFiles(context, pushdown, added, optionsOf(to, 0, shows === 'kinds' ? 'nothing' : 'files'))
}

/** Rows of changelog files are whole, whatever the table's engine makes of others: the last one of a key counts. */
function asChangelog(context: PaimonContext): PaimonContext {
  const options: PaimonOptions = {
    ...context.options,
    mergeEngine: 'deduplicate',
    ignoreDelete: false,
    deletionVectors: false,
  }
  return { ...context, options }
}

async function addedFiles({ access, root }: PaimonContext, list: string | undefined): Promise<ManifestEntry[]> {
  if (list === undefined) return []
  const added: ManifestEntry[] = []
  for (const { fileName } of await readManifestList(access, root, list)) {
    for await (const entries of readManifest(access, root, fileName)) {
      for (const entry of entries) if (entry.kind === 'add') added.push(entry)
    }
  }
  return added
}

async function* planDiff(range: Range, to: Snapshot, pushdown: Pushdown): AsyncGenerator<ScanTask> {
  const { context, from, shows, changed } = range
  const only = changed === undefined ? {} : { only: (entry: ManifestEntry): boolean => changed.includes(entry) }
  const sides = [
    { snapshot: from, type: 'delete' },
    { snapshot: to, type: 'insert' },
  ]
  for (const { snapshot, type } of sides) {
    const options = valuesOf(to, 0)
    options.set('_change_type', { kind: 'constant', value: type, type: VARCHAR })
    const audit = shows === 'kinds'
    yield* planScan({ ...context, snapshot }, pushdown, emptyMetrics(), { values: options, audit, ...only })
  }
}

function optionsOf(
  snapshot: Snapshot,
  ordinal: number,
  merges: NonNullable<PaimonScanOptions['changes']>['merges'],
): PaimonScanOptions {
  return { changes: { merges }, values: valuesOf(snapshot, ordinal) }
}

function valuesOf({ id, timeMillis }: Snapshot, ordinal: number): Map<string, ConstantSource> {
  return new Map<string, ConstantSource>([
    ['_commit_version', { kind: 'constant', value: id, type: BIGINT }],
    ['_commit_timestamp', { kind: 'constant', value: timeMillis * 1000n, type: TIMESTAMPTZ }],
    [CHANGE_ORDINAL.name, { kind: 'constant', value: ordinal, type: INTEGER }],
  ])
}
