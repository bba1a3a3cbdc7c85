/**
 * What a commit changed: the change data that its writer recorded, or the files that it added and removed.
 *
 *   cdc actions                          rows with their kind of change; then adds and removes do not count
 *   add P, no remove of P                its rows are inserted
 *   remove P, no add of P                its rows are deleted
 *   remove (P, vector a), add (P, b)     rows in b and not in a are deleted, rows in a and not in b are back
 *
 * Spec: Delta PROTOCOL.md, "Reader Requirements for AddCDCFile", "Add File and Remove File".
 */
import type { StorageAccess } from '../../storage/storage-access.ts'
import type { DeltaFile, Metadata, PlainObject, Protocol } from './actions.ts'
import { fileOf, metadataOf, objectOf, protocolOf } from './actions.ts'
import { readActions } from './json-lines.ts'

/** A file whose rows changed in a commit. */
export type FileChange =
  | { readonly kind: 'recorded'; readonly file: DeltaFile }
  | { readonly kind: 'insert' | 'delete'; readonly file: DeltaFile }
  /** The rows that only one of two deletion vectors has; `file` has the newer one, `before` the older. */
  | { readonly kind: 'vector'; readonly file: DeltaFile; readonly before: DeltaFile }

export interface CommitChanges {
  readonly version: number
  readonly info: PlainObject | undefined
  readonly metadata: Metadata | undefined
  readonly protocol: Protocol | undefined
  readonly changes: readonly FileChange[]
  /** The commit removes rows and adds some, and nothing recorded says which of them only moved. */
  readonly rewrites: boolean
}

/** Reads one commit. `usesRecorded` false: files are compared though changes are recorded. */
export async function readCommitChanges(
  access: StorageAccess,
  url: string,
  version: number,
  usesRecorded: boolean,
): Promise<CommitChanges> {
  const recorded: DeltaFile[] = []
  const added = new Map<string, DeltaFile>()
  const removed = new Map<string, DeltaFile>()
  let info: PlainObject | undefined
  let metadata: Metadata | undefined
  let protocol: Protocol | undefined
  for await (const actions of readActions(access.storageFor(url), url)) {
    for (const action of actions) {
      const { add, remove, cdc, commitInfo, metaData, protocol: newProtocol } = action
      const [isAdd, isRemove, isCdc] = [objectOf(add), objectOf(remove), objectOf(cdc)]
      if (isCdc !== undefined) recorded.push(fileOf(isCdc, url))
      if (isAdd !== undefined) put(added, fileOf(isAdd, url))
      if (isRemove !== undefined) put(removed, fileOf(isRemove, url))
      info ??= objectOf(commitInfo)
      const [described, required] = [objectOf(metaData), objectOf(newProtocol)]
      if (described !== undefined) metadata = metadataOf(described, url)
      if (required !== undefined) protocol = protocolOf(required, url)
    }
  }
  const isRecorded = usesRecorded && recorded.length > 0
  const changes = isRecorded
    ? recorded.map((file): FileChange => ({ kind: 'recorded', file }))
    : fileChanges(added, removed)
  const kinds = new Set(changes.map(({ kind }) => kind))
  const rewrites = !isRecorded && (kinds.has('delete') || kinds.has('vector')) && kinds.has('insert')
  return { version, info, metadata, protocol, changes, rewrites }
}

function put(files: Map<string, DeltaFile>, file: DeltaFile): void {
  if (file.dataChange) files.set(file.path, file)
}

function fileChanges(added: ReadonlyMap<string, DeltaFile>, removed: ReadonlyMap<string, DeltaFile>): FileChange[] {
  const changes: FileChange[] = []
  for (const [path, file] of removed) {
    const after = added.get(path)
    if (after === undefined) changes.push({ kind: 'delete', file })
    // Partition values and statistics of the newer action: removals may lack them.
    else changes.push({ kind: 'vector', file: after, before: file })
  }
  for (const [path, file] of added) if (!removed.has(path)) changes.push({ kind: 'insert', file })
  return changes
}
