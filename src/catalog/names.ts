/**
 * What folders of the catalog are called, where that is not their own name: after RENAME TO and SET SCHEMA a table stays where it is, for its metadata and
 * its manifests name places.
 *
 *   main.orders    -> "orders_old"     has been renamed: its folder is lake/orders_old
 *   main.orders_2  -> null             nothing is called so, whatever lies in lake/orders_2
 *   all others     -> their own folder, lake/<name> or lake/<schema>/<name>, unless another name has it
 *
 * A value that is never changed.
 */
import { MAIN_SCHEMA } from './lake-directory.ts'

export interface NamedFolder {
  readonly schema: string
  readonly name: string
  /** Relative to the catalog's; null: there is none. */
  readonly folder: string | null
}

export class Names {
  readonly #byName: ReadonlyMap<string, NamedFolder>
  readonly #byFolder: ReadonlyMap<string, NamedFolder>
  /** Schemas that were made, with tables or without. */
  readonly schemas: ReadonlySet<string>

  constructor(entries: Iterable<NamedFolder> = [], schemas: Iterable<string> = []) {
    const all = [...entries]
    this.#byName = new Map(all.map((one) => [keyOf(one.schema, one.name), one]))
    this.#byFolder = new Map(all.flatMap((one) => (one.folder === null ? [] : [[one.folder, one]])))
    this.schemas = new Set(schemas)
  }

  get entries(): readonly NamedFolder[] {
    return [...this.#byName.values()]
  }

  get isEmpty(): boolean {
    return this.#byName.size === 0 && this.schemas.size === 0
  }

  /** The folder that the name stands for; null: none; undefined: as without names. */
  folderOf(schema: string, name: string): string | null | undefined {
    const entry = this.#byName.get(keyOf(schema, name))
    if (entry !== undefined) return entry.folder
    return this.#byFolder.has(ownFolder(schema, name)) ? null : undefined
  }

  /** What is said of the name itself; undefined: nothing. */
  said(schema: string, name: string): string | null | undefined {
    return this.#byName.get(keyOf(schema, name))?.folder
  }

  /** Whether a folder is called as it is. */
  isPlain(schema: string, name: string): boolean {
    return this.folderOf(schema, name) === undefined
  }

  /** What is called anew in a schema. */
  in(schema: string): readonly NamedFolder[] {
    return this.entries.filter((one) => one.schema === schema && one.folder !== null)
  }

  /** The name stands for that folder from now on; null: for none; undefined: for its own. */
  with(schema: string, name: string, folder: string | null | undefined): Names {
    const rest = this.entries.filter((one) => one.schema !== schema || one.name !== name)
    const isOwn = folder === undefined || folder === ownFolder(schema, name)
    return new Names(isOwn ? rest : [...rest, { schema, name, folder }], this.schemas)
  }

  withSchema(schema: string): Names {
    return new Names(this.entries, [...this.schemas, schema])
  }

  withoutSchema(schema: string): Names {
    return new Names(
      this.entries,
      [...this.schemas].filter((one) => one !== schema),
    )
  }
}

/** What keeps names: the catalog's files, or a transaction. */
export interface NamesKeeper {
  names(): Promise<Names>
  /** `next` is called again when others were faster. */
  change(next: (names: Names) => Names): Promise<void>
}

/** The name under which a folder is found that was not renamed. */
export function ownName(folder: string): Pick<NamedFolder, 'schema' | 'name'> {
  const [name, schema = MAIN_SCHEMA] = folder.split('/').toReversed()
  return { schema, name: name! }
}

/** Where a table lies that was not renamed. */
export function ownFolder(schema: string, name: string): string {
  return schema === MAIN_SCHEMA ? name : `${schema}/${name}`
}

function keyOf(schema: string, name: string): string {
  return `${schema}\0${name}`
}
