/**
 * Equality deletes: the keys of all delete files of a group in one hash table, built once a thread and query: O(rows + keys).
 *
 *   key of a row  ->  number of the youngest delete file that has it;  a row is deleted when that is at least the first that applies to its file
 *
 * A table of 500 upserts has 500 ages of data files; with a set for each age, 125,000 files would be read. Files are added from the youngest on,
 * as far back as some data file needs. NULL equals NULL, and floats compare by their bits, as Java's reference implementation does (StructLikeSet).
 *
 * Spec: Iceberg table spec, "Equality Delete Files".
 */
import { unsupported } from '../../core/errors.ts'
import { storageOf, typeName } from '../../core/types.ts'
import type { Selection, Vector } from '../../core/vector.ts'
import type { TargetField } from '../../format/format.ts'
import type { DeleteFilter, FileRef } from '../../table/table.ts'
import type { QueryContext } from '../query-context.ts'
import { KeyTable } from '../rows/key-table.ts'
import { readDeleteFile } from './delete-file.ts'

type EqualityFilter = DeleteFilter & { readonly kind: 'equality' }

const known = new WeakMap<QueryContext, Map<string, EqualitySet>>()

/** The deleted keys of a filter, complete as far back as it reaches; filters by the same files share the set. */
export function equalitySetFor(context: QueryContext, { files, keys, from }: EqualityFilter): EqualitySet {
  let sets = known.get(context)
  if (sets === undefined) {
    sets = new Map()
    known.set(context, sets)
  }
  const name = JSON.stringify([keys.map(({ id, names }) => [id, names]), files.map(({ url }) => url)])
  let set = sets.get(name)
  if (set === undefined) {
    set = new EqualitySet(context, files, keys)
    sets.set(name, set)
  }
  set.loadFrom(from)
  return set
}

/** Of the number that a key's row has: that of the youngest file that has the key, + 1. */
const STATE_BYTES = 4

export class EqualitySet {
  readonly #context: QueryContext
  readonly #files: readonly FileRef[]
  readonly #fields: readonly TargetField[]
  readonly #table: KeyTable
  /** Files from this number on are in the set. */
  #loadedFrom: number

  /** An empty set. */
  constructor(context: QueryContext, files: readonly FileRef[], keys: readonly TargetField[]) {
    this.#context = context
    this.#files = files
    this.#fields = keys
    this.#loadedFrom = files.length
    if (keys.length > 32) throw unsupported('an equality delete by more than 32 columns')
    const types = keys.map(({ type }) => type)
    const refused = types.find((type) => storageOf(type) === 'list' || storageOf(type) === 'struct')
    if (refused !== undefined) throw unsupported(`an equality delete by a column of type ${typeName(refused)}`)
    this.#table = new KeyTable(context, types, { stateBytes: STATE_BYTES, what: 'equality deletes' })
  }

  /** Reads the files from number `first` on that were not read yet. */
  loadFrom(first: number): void {
    const { kernels } = this.#context
    const { stateOffset } = this.#table
    while (this.#loadedFrom > first) {
      const number = this.#loadedFrom - 1
      readDeleteFile(this.#context, this.#files[number]!, this.#fields, (vectors, rowCount) => {
        // Keys that a younger file has keep its number.
        kernels.table.stampRows(rowCount, this.#table.add(vectors, rowCount), stateOffset, number + 1)
      })
      this.#loadedFrom = number
    }
  }

  /** The rows of the selection (null: all) whose keys are in no file from number `from` on; null when that is all rows of the vectors. */
  missing(
    vectors: readonly Vector[],
    rowCount: number,
    { from, selection }: { readonly from: number; readonly selection: Selection | null },
  ): Selection | null {
    if (this.#table.keyCount === 0) return selection
    const { arena, kernels } = this.#context
    const rows = this.#table.find(vectors, rowCount)
    const before = selection?.count ?? rowCount
    const pointer = arena.allocate(before * 4)
    const numbers = selection?.pointer ?? 0
    const count = kernels.table.selectBelow(before, numbers, rows, this.#table.stateOffset, from + 1, pointer)
    return count === rowCount ? null : { pointer, count }
  }
}
