/** Names to sequences: `sequence`, `schema.sequence`, `catalog.sequence`, `catalog.schema.sequence`, as names of tables. */
import type { Catalog } from '../../catalog/catalog.ts'
import type { Sequence, SequenceStore } from '../../catalog/sequence.ts'
import { SqlError, type TextRange } from '../../core/errors.ts'
import type { Identifier } from '../../sql/ast.ts'
import { type NameSpace, candidatesOf } from '../names.ts'

export interface FoundSequence {
  readonly catalog: Catalog
  readonly store: SequenceStore
  readonly sequence: Sequence
}

/** Undefined when there is none of that name. */
export async function findSequence(
  names: NameSpace,
  parts: readonly Identifier[],
  at: TextRange | undefined,
): Promise<FoundSequence | undefined> {
  for (const { catalog, schema, table } of await candidatesOf(names, parts, at)) {
    const store = await catalog.sequences?.()
    const sequence = store?.find(schema, table)
    if (sequence !== undefined) return { catalog, store: store!, sequence }
  }
  return undefined
}

/** Sequences by name, at once: while rows are computed nothing can be waited for. */
export class OpenedSequences {
  readonly #names: NameSpace
  readonly #stores: ReadonlyMap<Catalog, SequenceStore>
  readonly #known = new Map<string, Sequence>()

  constructor(names: NameSpace, stores: ReadonlyMap<Catalog, SequenceStore>) {
    this.#names = names
    this.#stores = stores
  }

  /** 42P01 when there is none. */
  named(text: string, parts: readonly string[]): Sequence {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    for (const [catalog, schema, name] of this.#places(parts)) {
      const sequence = catalog === undefined ? undefined : this.#stores.get(catalog)?.find(schema, name)
      if (sequence === undefined) continue
      this.#known.set(text, sequence)
      return sequence
    }
    throw new SqlError('42P01', `relation "${parts.join('.')}" does not exist`)
  }

  /** All sequences of the current catalog, and temporary ones, with the names of their schemas. */
  *all(schemas: readonly string[]): Generator<readonly [schema: string, sequence: Sequence]> {
    const { temporary, catalogs, currentCatalog } = this.#names
    const own = this.#stores.get(catalogs.get(currentCatalog)!)
    for (const schema of schemas) for (const sequence of own?.list(schema) ?? []) yield [schema, sequence]
    const temporaries = temporary === undefined ? undefined : this.#stores.get(temporary)
    for (const sequence of temporaries?.list('main') ?? []) yield ['pg_temp', sequence]
  }

  #places(parts: readonly string[]): readonly (readonly [Catalog | undefined, string, string])[] {
    const { catalogs, currentCatalog, currentSchema, otherSchemas = [], temporary } = this.#names
    const current = catalogs.get(currentCatalog)
    const [name, schema, catalog] = parts.toReversed() as [string, string?, string?]
    if (catalog !== undefined) return [[catalogs.get(catalog), schema!, name]]
    if (schema === 'pg_temp') return [[temporary, 'main', name]]
    if (schema !== undefined) {
      return [
        [current, schema, name],
        [catalogs.get(schema), 'main', name],
      ]
    }
    const plain = [currentSchema, ...otherSchemas].map((one) => [current, one, name] as const)
    return [[temporary, 'main', name], ...plain]
  }
}

/** The sequences of all catalogs, opened. */
export async function openSequences(names: NameSpace): Promise<OpenedSequences> {
  const stores = new Map<Catalog, SequenceStore>()
  const all = [...names.catalogs.values(), ...(names.temporary === undefined ? [] : [names.temporary])]
  for (const catalog of all) {
    const store = await catalog.sequences?.()
    if (store !== undefined) stores.set(catalog, store)
  }
  return new OpenedSequences(names, stores)
}
