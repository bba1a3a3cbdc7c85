/** Views and functions that a transaction made and dropped, and the folders of what it dropped. A value that is never changed. */
import type { Catalog, NewView, StoredFunction } from './catalog.ts'

interface StagedView {
  readonly schema: string
  readonly name: string
  readonly view: NewView
}

interface StagedFunction {
  readonly schema: string
  readonly name: string
  readonly signature: string
  /** Null: dropped. */
  readonly definition: StoredFunction | null
}

export class StagedDefinitions {
  readonly views: readonly StagedView[]
  readonly #functions: readonly StagedFunction[]
  /** URLs of folders. */
  readonly dropped: readonly string[]

  constructor(views: readonly StagedView[], functions: readonly StagedFunction[], dropped: readonly string[]) {
    this.views = views
    this.#functions = functions
    this.dropped = dropped
  }

  get hasViews(): boolean {
    return this.views.length > 0
  }

  viewsIn(schema: string): readonly string[] {
    return this.views.filter((one) => one.schema === schema).map(({ name }) => name)
  }

  view(schema: string, name: string): NewView | undefined {
    return this.views.find((one) => one.schema === schema && one.name === name)?.view
  }

  /** Undefined: without one of that name. */
  withView(schema: string, name: string, view: NewView | undefined): StagedDefinitions {
    const rest = this.views.filter((one) => one.schema !== schema || one.name !== name)
    const views = view === undefined ? rest : [...rest, { schema, name, view }]
    return new StagedDefinitions(views, this.#functions, this.dropped)
  }

  withDropped(url: string): StagedDefinitions {
    return new StagedDefinitions(this.views, this.#functions, [...this.dropped, url])
  }

  withFunction(
    schema: string,
    { name, signature }: Pick<StoredFunction, 'name' | 'signature'>,
    definition: StoredFunction | null,
  ): StagedDefinitions {
    const rest = this.#functions.filter(
      (one) => one.schema !== schema || one.name !== name || one.signature !== signature,
    )
    return new StagedDefinitions(this.views, [...rest, { schema, name, signature, definition }], this.dropped)
  }

  /** Functions of a schema with those of the transaction. */
  functions(schema: string, name: string | null, there: readonly StoredFunction[]): readonly StoredFunction[] {
    const own = this.#functions.filter((one) => one.schema === schema && (name === null || one.name === name))
    if (own.length === 0) return there
    const others = there.filter((one) => {
      return !own.some((mine) => mine.name === one.name && mine.signature === one.signature)
    })
    return [...others, ...own.flatMap(({ definition }) => (definition === null ? [] : [definition]))]
  }

  async publishFunctions(catalog: Catalog): Promise<void> {
    for (const { schema, name, signature, definition } of this.#functions) {
      if (definition === null) await catalog.dropFunction!(schema, { name, signature })
      else await catalog.createFunction!(schema, definition, true)
    }
  }
}

export const NO_DEFINITIONS: StagedDefinitions = new StagedDefinitions([], [], [])
