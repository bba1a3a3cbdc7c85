/** The names of folders in a transaction: as they were when it first asked, with what it changed. */
import { Names, type NamesKeeper } from './names.ts'
import type { NamesLog } from './names-log.ts'

export class TransactionNames implements NamesKeeper {
  readonly log: NamesLog
  #before: Promise<Names> | undefined
  #now: Names | undefined

  constructor(log: NamesLog) {
    this.log = log
  }

  get isChanged(): boolean {
    return this.#now !== undefined
  }

  async names(): Promise<Names> {
    return this.#now ?? this.#first()
  }

  async change(next: (names: Names) => Names): Promise<void> {
    this.#now = next(await this.names())
  }

  /** From what to what. */
  async changes(): Promise<{ readonly before: Names; readonly after: Names }> {
    return { before: await this.#first(), after: await this.names() }
  }

  savepoint(): Names | undefined {
    return this.#now
  }

  rollbackTo(names: Names | undefined): void {
    this.#now = names
  }

  #first(): Promise<Names> {
    return (this.#before ??= this.log.names())
  }
}
