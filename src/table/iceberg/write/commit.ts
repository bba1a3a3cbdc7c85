/**
 * Commits: what was done to a table, published as its next metadata file.
 *
 *   data files -> manifests -> manifest list -> v<N+1>.metadata.json (putIfAbsent) -> version-hint.text (a hint only)
 *
 * A process that dies before the publish leaves files that nothing refers to; after it everything is there. When another writer took
 * the name first, the steps are taken again on that writer's metadata, unless what it did conflicts with them (conflicts.ts) or it has changed the
 * schema or spec that files were written for.
 *
 * Spec: Iceberg table spec, "Snapshots", "Optimistic Concurrency".
 */
import { DataError, SluiceError, SqlError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/exact-json.ts'
import { together } from '../../../core/together.ts'
import { baseName, joinLocation } from '../../../storage/file-location.ts'
import { type LoadedMetadata, loadMetadata } from '../iceberg-table.ts'
import { type TableMetadata, parseMetadata } from '../metadata.ts'
import { checkConflicts } from './conflicts.ts'
import { metadataLog } from './new-snapshot.ts'
import { PENDING_PROPERTY, pendingCommitOf } from '../pending-commit.ts'
import { COMMIT_UNKNOWN, type CommitTarget, deleteQuietly, metadataFileName, publishMetadata } from './publish.ts'
import { settleCommit } from './settle-commit.ts'
import { type AddedManifests, type SnapshotChange, applySnapshot, writeAddedManifests } from './snapshot-change.ts'

/** With 200 ms between them, attempts go on for about ten seconds. */
const ATTEMPTS_MAX = 60
const BACKOFF_MS_MAX = 200

/** One thing that is done to a table. */
export type TableStep =
  | { readonly kind: 'snapshot'; readonly change: SnapshotChange }
  /** Makes the metadata's next JSON of it; called again when another writer was faster. */
  | { readonly kind: 'metadata'; readonly update: (metadata: TableMetadata) => JsonObject }

/** A table that is not published yet: made new, or in place of another. */
export interface StagedTable {
  readonly json: JsonObject
  /** Of the metadata that it takes the place of; 0 = there is no table. */
  readonly replacedVersion: number
}

/** The metadata that a staged table's JSON stands for. */
export function parseStagedTable({ json }: StagedTable): TableMetadata {
  return parseMetadata(json, 'the new table')
}

export interface Committed {
  /** Rows of the data files that were added. */
  readonly rowCount: number
  readonly snapshotId: bigint
}

/** What a commit is based on. */
export interface CommitBase {
  readonly metadata: TableMetadata
  /** The table does not exist yet: it appears with the commit. */
  readonly staged?: StagedTable
}

/**
 * Does the steps, one after the other, and publishes them at once.
 *
 * When it throws, nothing was published and what it wrote is deleted, unless the error is 08007: then nobody knows, and all stays.
 * Errors: 40001 when other writers win every time or did what conflicts, 42P07 when there is a table already.
 */
export async function commitSteps(target: CommitTarget, base: CommitBase, steps: readonly TableStep[]): Promise<void> {
  const added = new Map<TableStep, AddedManifests>()
  const shared: string[] = []
  let own: string[] = []
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      own = []
      const { current, json } = await nextMetadata(target, base, { steps, added, shared, own })
      const { version } = current
      if (await publishMetadata(target, version + 1, json)) {
        if (current.url !== undefined) await checkNotDropped(target, current.url, version + 1)
        return
      }
      await deleteQuietly(target, own)
      if (base.staged !== undefined) throw placeTaken(target, base.staged.replacedVersion)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(BACKOFF_MS_MAX, 5 * 2 ** attempt)))
    }
    throw new SqlError(
      '40001',
      `could not commit to "${target.name}": other writers committed ${ATTEMPTS_MAX} times in between`,
    )
  } catch (error) {
    if (!isCommitUnknown(error)) await deleteQuietly(target, [...shared, ...own])
    throw error
  }
}

/** The table's metadata now, checked for what conflicts, and the next one with the steps done. */
export async function nextMetadata(
  target: CommitTarget,
  base: CommitBase,
  progress: Progress,
): Promise<{ readonly current: CurrentState; readonly json: JsonObject }> {
  const current = await currentState(target, base)
  if (current.metadata !== base.metadata) await checkSteps(target, base.metadata, current.metadata, progress.steps)
  const json = withoutPending(await applySteps(target, current.metadata, progress))
  const { recorded } = current
  const log = recorded === undefined ? {} : { 'metadata-log': metadataLog(current.metadata, recorded) }
  return { current, json: { ...json, ...log } }
}

/** A commit of several tables that is over leaves its mark to the next one. */
export function withoutPending(json: JsonObject): JsonObject {
  const properties = json['properties'] as JsonObject | undefined
  if (properties?.[PENDING_PROPERTY] === undefined) return json
  const { [PENDING_PROPERTY]: _, ...rest } = properties
  return { ...json, properties: rest }
}

interface Progress {
  readonly steps: readonly TableStep[]
  /** Manifests of added files, by step: written once. */
  readonly added: Map<TableStep, AddedManifests>
  /** URLs of files that every attempt uses, and of those of this one. */
  readonly shared: string[]
  readonly own: string[]
}

/** The metadata after all steps; nothing is published. */
export async function applySteps(
  target: CommitTarget,
  metadata: TableMetadata,
  { steps, added, shared, own }: Progress,
): Promise<JsonObject> {
  let now = metadata
  for (const step of steps) {
    let json: JsonObject
    if (step.kind === 'metadata') json = step.update(now)
    else {
      let manifests = added.get(step)
      if (manifests === undefined) {
        manifests = writeAddedManifests(target, now, step.change, shared)
        added.set(step, manifests)
      }
      const { manifests: listed, writing } = manifests
      const applying = applySnapshot(target, now, { change: step.change, added: listed }, own)
      await together([writing, applying])
      json = await applying
    }
    now = parseMetadata(json, target.name)
  }
  return now.json
}

async function checkSteps(
  target: CommitTarget,
  base: TableMetadata,
  current: TableMetadata,
  steps: readonly TableStep[],
): Promise<void> {
  for (const step of steps) {
    if (step.kind === 'snapshot' && step.change.check !== undefined)
      await checkConflicts(target, { base, current }, step.change.check)
  }
}

function placeTaken({ name }: CommitTarget, replacedVersion: number): SqlError {
  if (replacedVersion === 0) return new SqlError('42P07', `relation "${name}" already exists`)
  return new SqlError('40001', `could not replace "${name}": it was changed meanwhile`)
}

export function isCommitUnknown(error: unknown): boolean {
  return error instanceof SluiceError && error.sqlstate === COMMIT_UNKNOWN
}

interface CurrentState {
  readonly metadata: TableMetadata
  readonly version: number
  /** The metadata file as it is reached. */
  readonly url?: string
  /** The same as it is recorded. */
  readonly recorded?: string
}

/** A table that is dropped between the last look and the publish would come back as one metadata file without anything behind it. */
async function checkNotDropped(target: CommitTarget, previous: string, version: number): Promise<void> {
  try {
    await target.access.storageFor(target.url).stat(previous)
  } catch (error) {
    if (!(error instanceof DataError && error.sqlstate === '58P01')) return
    await deleteQuietly(target, [joinLocation(target.url, 'metadata', metadataFileName(version))])
    throw new SqlError('40001', `table "${target.name}" was dropped while it was written to`)
  }
}

async function currentState(target: CommitTarget, { metadata: base, staged }: CommitBase): Promise<CurrentState> {
  if (staged !== undefined) return { metadata: base, version: staged.replacedVersion }
  const { name } = target
  const loaded = await loadSettled(target)
  if (loaded === undefined) throw new SqlError('40001', `table "${name}" was dropped while it was written to`)
  const { metadata } = loaded
  if (metadata.uuid !== base.uuid) throw new SqlError('40001', `table "${name}" was replaced while it was written to`)
  const isSame =
    metadata.currentSchemaId === base.currentSchemaId &&
    metadata.defaultSpecId === base.defaultSpecId &&
    metadata.formatVersion === base.formatVersion &&
    metadata.location === base.location
  if (!isSame)
    throw new SqlError('40001', `the schema or partitioning of "${name}" was changed while it was written to`)
  return { metadata, version: loaded.location.version, ...recordedAs(loaded) }
}

/** The table's metadata, when no commit of several tables is under way on it. */
export async function loadSettled({ access, url }: CommitTarget): Promise<LoadedMetadata | undefined> {
  const loaded = await loadMetadata(access, url)
  if (loaded === undefined || pendingCommitOf(loaded.metadata) === undefined) return loaded
  await settleCommit(access, loaded.metadata)
  return loadMetadata(access, url)
}

function recordedAs({ metadata, location }: LoadedMetadata): { readonly url: string; readonly recorded: string } {
  const { url } = location
  return { url, recorded: joinLocation(metadata.location, 'metadata', baseName(url)) }
}
