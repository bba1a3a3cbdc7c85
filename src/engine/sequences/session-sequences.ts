/**
 * A session's values of sequences: what currval() and lastval() give, and runs of values that a statement has taken and not used yet.
 *
 * A statement takes 1 value, then 2, 4, ...: one that needs a million publishes some hundred changes. What is left at its end goes back, so that
 * there are no gaps unless others took values meanwhile. A sequence with CACHE keeps its run for the session, as in PostgreSQL.
 */
import type { Sequence, SequenceRun } from '../../catalog/sequence.ts'
import { SqlError } from '../../core/errors.ts'

const RUN_MAX = 8192

interface OpenRun {
  readonly sequence: Sequence
  readonly run: SequenceRun
  used: bigint
}

export class SessionSequences {
  readonly #current = new Map<string, bigint>()
  readonly #open = new Map<string, OpenRun>()
  /** Sizes of the next runs of the statement. */
  readonly #sizes = new Map<string, number>()
  #last: bigint | undefined

  /** nextval; 2200H at the end of the sequence. */
  next(sequence: Sequence): bigint {
    const { key, definition } = sequence
    let open = this.#open.get(key)
    if (open === undefined || open.used === open.run.count) {
      const size = Math.max(this.#sizes.get(key) ?? 1, Number(definition.cache < 1n ? 1n : definition.cache))
      open = { sequence, run: sequence.take(size), used: 0n }
      this.#open.set(key, open)
      this.#sizes.set(key, Math.min(RUN_MAX, size * 2))
    }
    const value = open.run.first + open.used++ * definition.increment
    this.#current.set(key, value)
    this.#last = value
    return value
  }

  /** currval; 55000 where the session has taken none. */
  current({ key, name }: Sequence): bigint {
    const value = this.#current.get(key)
    if (value !== undefined) return value
    throw new SqlError('55000', `currval of sequence "${name}" is not yet defined in this session`)
  }

  /** lastval; 55000 where the session has taken none. */
  last(): bigint {
    if (this.#last !== undefined) return this.#last
    throw new SqlError('55000', 'lastval is not yet defined in this session')
  }

  /** setval; 22003 out of bounds. */
  set(sequence: Sequence, value: bigint, isCalled: boolean): void {
    const { name, key, definition } = sequence
    const { min, max } = definition
    if (value < min || value > max) {
      throw new SqlError('22003', `setval: value ${value} is out of bounds for sequence "${name}" (${min}..${max})`)
    }
    this.forget(sequence)
    sequence.set({ last: value, isCalled })
    if (isCalled) this.#current.set(key, value)
  }

  /** What was taken before the sequence was changed. */
  forget({ key }: Pick<Sequence, 'key'>): void {
    this.#open.delete(key)
  }

  /** Gives back what a statement did not use; at the end of the session, of sequences with CACHE too. */
  giveBack(isEnd = false): void {
    this.#sizes.clear()
    for (const [key, { sequence, run, used }] of this.#open) {
      if (sequence.definition.cache > 1n && !isEnd && used < run.count) continue
      this.#open.delete(key)
      if (used < run.count) sequence.giveBack(run, run.count - used)
    }
  }
}
