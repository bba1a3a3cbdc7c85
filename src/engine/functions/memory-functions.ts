/** Functions that are kept nowhere: a session's temporary ones. */
import type { StoredFunction } from '../../catalog/catalog.ts'
import { SqlError } from '../../core/errors.ts'

export class MemoryFunctions {
  readonly #byName = new Map<string, Map<string, StoredFunction>>()

  /** Those of the name, or all. */
  list(name: string | null): readonly StoredFunction[] {
    const found = name === null ? [...this.#byName.values()] : [this.#byName.get(name) ?? new Map()]
    return found.flatMap((overloads) => [...overloads.values()])
  }

  /** 42723 when there is one of that name and those parameters, unless it is to be replaced. */
  create(definition: StoredFunction, orReplace: boolean): void {
    const { name, signature } = definition
    const overloads = this.#byName.get(name) ?? new Map<string, StoredFunction>()
    if (!orReplace && overloads.has(signature)) {
      throw new SqlError('42723', `function "${name}" already exists with same argument types`)
    }
    overloads.set(signature, definition)
    this.#byName.set(name, overloads)
  }

  drop({ name, signature }: Pick<StoredFunction, 'name' | 'signature'>): boolean {
    return this.#byName.get(name)?.delete(signature) === true
  }
}
