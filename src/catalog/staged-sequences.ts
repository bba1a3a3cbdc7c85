/**
 * Sequences as a transaction sees them: made, altered, renamed and dropped in it, and published with it.
 *
 * Values of a sequence that the transaction only uses are taken at once and stay taken. Of one that it made or altered they are its own until the
 * commit, which finds out (40001) when others have used the sequence meanwhile.
 */
import { randomUUID } from 'node:crypto'
import { SqlError } from '../core/errors.ts'
import {
  type Sequence,
  type SequenceDefinition,
  type SequenceRun,
  type SequenceState,
  type SequenceStore,
  nextRun,
  sameState,
  sequenceExists,
  stateWithout,
} from './sequence.ts'

/** By schema and name: the sequence there is in the transaction; null: none any more. */
type Staged = ReadonlyMap<string, StagedSequence | null>

export class StagedSequences implements SequenceStore {
  readonly #base: SequenceStore
  #staged: Staged = new Map()
  /** What `publish` made, until `finish`. */
  readonly #made: Sequence[] = []

  constructor(base: SequenceStore) {
    this.#base = base
  }

  get isChanged(): boolean {
    return this.#staged.size > 0
  }

  list(schema: string): readonly Sequence[] {
    const others = this.#base.list(schema).filter(({ name }) => !this.#staged.has(keyOf(schema, name)))
    const own = [...this.#staged.values()].filter((one) => one !== null && one.schema === schema)
    return [...others, ...(own as StagedSequence[])].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  find(schema: string, name: string): Sequence | undefined {
    const staged = this.#staged.get(keyOf(schema, name))
    return staged === undefined ? this.#base.find(schema, name) : (staged ?? undefined)
  }

  create(
    schema: string,
    name: string,
    definition: SequenceDefinition,
    state: SequenceState,
    key: string = randomUUID(),
  ): void {
    if (this.find(schema, name) !== undefined) throw sequenceExists(name)
    this.#stage(schema, name, new StagedSequence({ schema, name, definition, key }, state))
  }

  alter(sequence: Sequence, definition: SequenceDefinition, state: SequenceState): void {
    const { schema, name } = sequence
    const origin = sequence instanceof StagedSequence ? sequence.origin : { sequence, state: sequence.state() }
    this.#stage(schema, name, new StagedSequence({ schema, name, definition, key: sequence.key, origin }, state))
  }

  rename(sequence: Sequence, schema: string, name: string): void {
    this.create(schema, name, sequence.definition, sequence.state(), sequence.key)
    this.drop(sequence)
  }

  drop({ schema, name }: Sequence): void {
    this.#stage(schema, name, null)
  }

  #stage(schema: string, name: string, now: StagedSequence | null): void {
    this.#staged = new Map([...this.#staged, [keyOf(schema, name), now]])
  }

  savepoint(): unknown {
    return this.#staged
  }

  rollbackTo(savepoint: unknown): void {
    this.#staged = savepoint as Staged
  }

  /** Makes what is new, before the transaction commits: `undo` takes it away again. */
  publish(): void {
    for (const one of this.#staged.values()) {
      if (one === null || one.origin !== undefined) continue
      const { schema, name, definition } = one
      const there = this.#base.find(schema, name)
      // Dropped in the transaction and made anew.
      if (there !== undefined) this.#base.drop(there)
      this.#base.create(schema, name, definition, one.state(), one.key)
      this.#made.push(this.#base.find(schema, name)!)
    }
    for (const one of this.#staged.values()) {
      if (one?.origin === undefined) continue
      const { sequence, state } = one.origin
      if (!sameState(sequence.state(), state)) {
        throw new SqlError('40001', `sequence "${one.name}", which the transaction alters, was used meanwhile`)
      }
    }
  }

  undo(): void {
    for (const one of this.#made.splice(0)) this.#base.drop(one)
  }

  /** The rest, when the transaction has committed. */
  finish(): void {
    this.#made.length = 0
    for (const [key, one] of this.#staged) {
      if (one?.origin !== undefined) this.#base.alter(one.origin.sequence, one.definition, one.state())
      if (one !== null) continue
      const [schema, name] = key.split('\0') as [string, string]
      const there = this.#base.find(schema, name)
      if (there !== undefined) this.#base.drop(there)
    }
    this.#staged = new Map()
  }
}

function keyOf(schema: string, name: string): string {
  return `${schema}\0${name}`
}

interface Parts {
  readonly schema: string
  readonly name: string
  readonly definition: SequenceDefinition
  readonly key: string
  /** The one that it alters, as it was. */
  readonly origin?: { readonly sequence: Sequence; readonly state: SequenceState } | undefined
}

class StagedSequence implements Sequence {
  readonly schema: string
  readonly name: string
  readonly key: string
  readonly definition: SequenceDefinition
  readonly origin: Parts['origin']
  #state: SequenceState

  constructor({ schema, name, definition, key, origin }: Parts, state: SequenceState) {
    this.schema = schema
    this.name = name
    this.definition = definition
    this.key = key
    this.origin = origin
    this.#state = state
  }

  state(): SequenceState {
    return this.#state
  }

  take(count: number): SequenceRun {
    const run = nextRun(this.name, this.definition, this.#state, BigInt(count))
    this.#state = run.after
    return run
  }

  giveBack(run: SequenceRun, rest: bigint): void {
    if (sameState(this.#state, run.after)) this.#state = stateWithout(run, rest, this.definition)
  }

  set(state: SequenceState): void {
    this.#state = state
  }
}
