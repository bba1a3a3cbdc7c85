/**
 * BEGIN ... COMMIT of a session: the catalogs as the transaction sees them, its savepoints, and whether a statement has failed in it.
 */
import type { Catalog, CatalogTransaction } from '../catalog/catalog.ts'
import { SqlError } from '../core/errors.ts'
import type { Identifier } from '../sql/ast.ts'

interface Savepoint {
  readonly name: string
  readonly states: ReadonlyMap<CatalogTransaction, unknown>
}

export class TransactionBlock {
  readonly isReadOnly: boolean
  /** When it began: what `now()` gives in it. */
  readonly startMicros: bigint = BigInt(Date.now()) * 1000n
  /** A statement failed: nothing but ROLLBACK is heard. */
  isFailed = false
  readonly #transactions = new Map<Catalog, CatalogTransaction>()
  readonly #savepoints: Savepoint[] = []

  constructor(isReadOnly: boolean) {
    this.isReadOnly = isReadOnly
  }

  /** The catalogs with those that know transactions as this one sees them. */
  catalogsOf(catalogs: ReadonlyMap<string, Catalog>): ReadonlyMap<string, Catalog> {
    return new Map([...catalogs].map(([name, catalog]) => [name, this.within(catalog)]))
  }

  /** The catalog as the transaction sees it. */
  within(catalog: Catalog): Catalog {
    if (catalog.transaction === undefined) return catalog
    let transaction = this.#transactions.get(catalog)
    if (transaction === undefined) this.#transactions.set(catalog, (transaction = catalog.transaction()))
    return transaction
  }

  savepoint({ name }: Identifier): void {
    const states = new Map([...this.#transactions.values()].map((one) => [one, one.savepoint()]))
    this.#savepoints.push({ name, states })
  }

  release(name: Identifier): void {
    this.#savepoints.length = this.#find(name)
  }

  /** What came after the savepoint is undone; the savepoint stays. */
  async rollbackTo(name: Identifier): Promise<void> {
    const index = this.#find(name)
    this.#savepoints.length = index + 1
    const { states } = this.#savepoints[index]!
    for (const transaction of this.#transactions.values()) await transaction.rollbackTo(states.get(transaction))
    this.isFailed = false
  }

  #find({ name, at }: Identifier): number {
    const index = this.#savepoints.findLastIndex((one) => one.name === name)
    if (index < 0) throw new SqlError('3B001', `savepoint "${name}" does not exist`, { at })
    return index
  }

  /** 40001 when what others committed conflicts; then nothing is committed. */
  async commit(): Promise<void> {
    const transactions = [...this.#transactions.values()]
    const [first, ...others] = transactions
    await first?.commit()
    for (const other of others) await other.commit()
  }

  async rollback(): Promise<void> {
    for (const transaction of this.#transactions.values()) await transaction.rollback()
  }
}
