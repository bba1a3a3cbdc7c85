/** Sequences that go with a table and its columns: dropped with them, renamed in what they say of their owner. */
import type { Catalog } from '../../catalog/catalog.ts'
import type { Sequence, SequenceOwner, SequenceStore } from '../../catalog/sequence.ts'
import type { TableAlteration } from '../../table/alteration.ts'
import type { ResolvedName } from '../names.ts'

interface Owned {
  readonly store: SequenceStore
  readonly sequence: Sequence
  readonly owner: SequenceOwner
}

/** Those of a table, or of one of its columns. */
export async function ownedSequences(
  catalog: Catalog,
  schema: string,
  table: string,
  column?: string,
): Promise<readonly Owned[]> {
  const store = await catalog.sequences?.()
  const found = store?.list(schema) ?? []
  return found.flatMap((sequence) => {
    const { owner } = sequence.definition
    const isOwned = owner !== null && owner.table === table && (column === undefined || owner.column === column)
    return isOwned ? [{ store: store!, sequence, owner }] : []
  })
}

export function dropOwned(owned: readonly Owned[]): void {
  for (const { store, sequence } of owned) store.drop(sequence)
}

/** Says who the owner is now. */
export function renameOwner(owned: readonly Owned[], change: (owner: SequenceOwner) => SequenceOwner): void {
  for (const { store, sequence, owner } of owned) {
    store.alter(sequence, { ...sequence.definition, owner: change(owner) }, sequence.state())
  }
}

/** Columns of a table were dropped or renamed. */
export async function followColumns(
  { catalog, schema, table }: ResolvedName,
  changes: readonly TableAlteration[],
): Promise<void> {
  for (const change of changes) {
    if ((change.kind !== 'drop-column' && change.kind !== 'rename-column') || change.path.length > 1) continue
    const owned = await ownedSequences(catalog, schema, table, change.path[0])
    if (change.kind === 'drop-column') dropOwned(owned)
    else renameOwner(owned, (owner) => ({ ...owner, column: change.to }))
  }
}
