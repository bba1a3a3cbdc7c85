/**
 * Publishes what a transaction did to several tables: all of it, or nothing.
 *
 *   1  each table, in the order of their places: what others did is checked, the metadata after the commit is written aside, and a version
 *      that says so is published (table/iceberg/pending-commit.ts): from here on nobody else can commit to the table
 *   2  the record says "committed": one file, which appears or does not
 *   3  each table's metadata is published; who comes across the table before that takes it from where it lies
 *
 * A writer that dies before 2 has changed nothing; after it, everything.
 */
import { randomUUID } from 'node:crypto'
import { DataError, SqlError, unsupported } from '../core/errors.ts'
import { type JsonObject, writeExactJson } from '../core/exact-json.ts'
import { joinLocation } from '../storage/file-location.ts'
import type { StorageAccess } from '../storage/storage-access.ts'
import {
  type CommitDecision,
  PENDING_PROPERTY,
  type PendingCommit,
  pendingFile,
  pendingProperty,
} from '../table/iceberg/pending-commit.ts'
import { type TableStep, nextMetadata, withoutPending } from '../table/iceberg/write/commit.ts'
import type { NewManifest } from '../table/iceberg/write/manifests.ts'
import { COMMIT_UNKNOWN, deleteQuietly, publishMetadata } from '../table/iceberg/write/publish.ts'
import { decide } from '../table/iceberg/write/settle-commit.ts'
import type { TableState } from './embedded-transaction.ts'

/** Folder of the records, in the catalog's. */
const RECORDS = '.sluice'

const ATTEMPTS_MAX = 60
const BACKOFF_MS_MAX = 200

interface Claimed {
  readonly state: TableState
  /** Of the metadata that claims the table. */
  readonly version: number
  /** As the table was. */
  readonly before: JsonObject
  readonly after: JsonObject
}

/** What is decided together with the tables. */
export interface Together {
  /** Before the decision; what it does must not be seen yet. */
  prepare(pending: PendingCommit): Promise<void>
  /** Behind it. The record is there until then. */
  finish(): Promise<void>
  undo(): Promise<void>
}

export async function commitTables(
  { url, access }: { readonly url: string; readonly access: StorageAccess },
  states: readonly TableState[],
  together?: Together,
): Promise<void> {
  if (states.some(({ staged }) => staged !== undefined)) {
    throw unsupported('CREATE OR REPLACE TABLE in a transaction that changes other tables')
  }
  const id = randomUUID()
  const pending: PendingCommit = { id, record: joinLocation(url, RECORDS, `${id}.commit`) }
  const claimed: Claimed[] = []
  const written: string[] = []
  try {
    await together?.prepare(pending)
    const ordered = states.toSorted((a, b) => (a.target.url < b.target.url ? -1 : 1))
    for (const state of ordered) claimed.push(await claim(state, pending, written))
    if ((await decide(access, pending, 'committed')) !== 'committed') {
      throw new SqlError('40001', 'could not commit: another writer has ended the transaction')
    }
  } catch (error) {
    // What failed may have been the report that it is decided.
    if ((await abandon(access, pending, { claimed, written, together }, error)) === 'aborted') throw error
  }
  await complete(access, pending, claimed, together)
}

/** Makes the table one that takes part in the commit. */
async function claim(state: TableState, pending: PendingCommit, written: string[]): Promise<Claimed> {
  const { target, base, steps } = state
  const added = new Map<TableStep, readonly NewManifest[]>()
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const own: string[] = []
    const progress = { steps, added, shared: written, own }
    const { current, json } = await nextMetadata(target, { metadata: base }, progress)
    const aside = pendingFile(target.url, pending)
    const storage = target.access.storageFor(aside)
    await storage.put(aside, new TextEncoder().encode(writeExactJson(json)))
    written.push(aside, ...own)
    const before = withoutPending(current.metadata.json)
    const version = current.version + 1
    if (await publishMetadata(target, version, withPending(before, pendingProperty(pending)))) {
      return { state, version, before, after: json }
    }
    await deleteQuietly(target, own)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(BACKOFF_MS_MAX, 5 * 2 ** attempt)))
  }
  throw new SqlError('40001', `could not commit to "${target.name}": other writers committed all the time`)
}

function withPending(json: JsonObject, text: string): JsonObject {
  return { ...json, properties: { ...(json['properties'] as JsonObject | undefined), [PENDING_PROPERTY]: text } }
}

/** Publishes what is decided. What fails here is done by the next writer of the table. */
async function complete(
  access: StorageAccess,
  pending: PendingCommit,
  claimed: readonly Claimed[],
  together: Together | undefined,
): Promise<void> {
  let isComplete = true
  for (const { state, version, after } of claimed) {
    try {
      // When another writer has that version, it was made of ours.
      await publishMetadata(state.target, version + 1, after)
    } catch {
      isComplete = false
    }
  }
  try {
    await together?.finish()
  } catch {
    isComplete = false
  }
  if (isComplete) await forget(access, pending, claimed)
}

interface Begun {
  readonly claimed: readonly Claimed[]
  readonly written: readonly string[]
  readonly together: Together | undefined
}

/** Decides against the commit, if it is not too late, and gives the tables back. 08007 when that could not be found out. */
async function abandon(
  access: StorageAccess,
  pending: PendingCommit,
  { claimed, written, together }: Begun,
  cause: unknown,
): Promise<CommitDecision> {
  let decision: CommitDecision
  try {
    decision = await decide(access, pending, 'aborted')
  } catch {
    throw new DataError(COMMIT_UNKNOWN, 'could not find out whether the commit of several tables succeeded', {
      cause,
      detail: cause instanceof Error ? cause.message : String(cause),
      hint: 'Look at the tables: they have all rows of the transaction, or none.',
    })
  }
  if (decision === 'committed') return decision
  try {
    for (const { state, version, before } of claimed) await publishMetadata(state.target, version + 1, before)
    await together?.undo()
    await forget(access, pending, claimed)
    const [first] = claimed
    if (first !== undefined) await deleteQuietly(first.state.target, written)
  } catch {
    // The next writer of a table that is still claimed finds out.
  }
  return decision
}

/** Deletes what nobody looks for any more. */
async function forget(access: StorageAccess, pending: PendingCommit, claimed: readonly Claimed[]): Promise<void> {
  for (const { state } of claimed) await deleteQuietly(state.target, [pendingFile(state.target.url, pending)])
  const url = access.locate(pending.record)
  await access
    .storageFor(url)
    .delete(url)
    .catch(() => undefined)
}
