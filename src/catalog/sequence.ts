/**
 * What a sequence is, and the arithmetic of its values (PostgreSQL 17, CREATE SEQUENCE).
 *
 * Every call here answers at once: values are asked for while rows are computed.
 */
import { SqlError } from '../core/errors.ts'

export interface SequenceDefinition {
  readonly type: 'smallint' | 'integer' | 'bigint'
  readonly start: bigint
  readonly increment: bigint
  readonly min: bigint
  readonly max: bigint
  readonly cache: bigint
  readonly cycle: boolean
  /** The column with which it goes; null: none. */
  readonly owner: SequenceOwner | null
}

export interface SequenceOwner {
  readonly table: string
  readonly column: string
  /** It is the column's identity, not only owned by it. */
  readonly isIdentity: boolean
}

/** Where a sequence stands. */
export interface SequenceState {
  readonly last: bigint
  /** Whether `last` has been given out: else it is the next one. */
  readonly isCalled: boolean
}

export interface Sequence {
  readonly schema: string
  readonly name: string
  /** The same for all who mean this sequence, and no other's. */
  readonly key: string
  readonly definition: SequenceDefinition
  state(): SequenceState
  /** Values that nobody else gets. 2200H at the end. */
  take(count: number): SequenceRun
  /** Gives back what of a run was not used: undone when somebody has taken values since. */
  giveBack(run: SequenceRun, rest: bigint): void
  /** setval; the caller has checked the bounds. */
  set(state: SequenceState): void
}

/** `count` values, each `increment` after the one before. */
export interface SequenceRun {
  readonly first: bigint
  readonly count: bigint
  /** As the sequence was, and as it is now. */
  readonly before: SequenceState
  readonly after: SequenceState
}

/** The sequences of a catalog. Changes of definitions, too, are made at once. */
export interface SequenceStore {
  list(schema: string): readonly Sequence[]
  find(schema: string, name: string): Sequence | undefined
  /** 42P07 when there is one. `key`: of one that it goes on with. */
  create(schema: string, name: string, definition: SequenceDefinition, state: SequenceState, key?: string): void
  alter(sequence: Sequence, definition: SequenceDefinition, state: SequenceState): void
  /** 42P07 when the name is taken by another. */
  rename(sequence: Sequence, schema: string, name: string): void
  drop(sequence: Sequence): void
}

const LIMITS: Readonly<Record<SequenceDefinition['type'], bigint>> = {
  smallint: 0x7fffn,
  integer: 0x7fff_ffffn,
  bigint: 0x7fff_ffff_ffff_ffffn,
}

/** The least and the greatest value of a type. */
export function typeBounds(type: SequenceDefinition['type']): { readonly min: bigint; readonly max: bigint } {
  return { min: -LIMITS[type] - 1n, max: LIMITS[type] }
}

/** Up to `count` values behind a state, fewer where the sequence ends or begins anew; 2200H when there is none. */
export function nextRun(
  name: string,
  { increment, min, max, cycle }: SequenceDefinition,
  before: SequenceState,
  count: bigint,
): SequenceRun {
  const isUp = increment > 0n
  let first = before.isCalled ? before.last + increment : before.last
  if (isUp ? first > max : first < min) {
    if (!cycle) {
      const [end, limit] = isUp ? ['maximum', max] : ['minimum', min]
      throw new SqlError('2200H', `nextval: reached ${end} value of sequence "${name}" (${limit})`)
    }
    first = isUp ? min : max
  }
  const left = (isUp ? max - first : first - min) / (isUp ? increment : -increment)
  const taken = count <= left + 1n ? count : left + 1n
  return { first, count: taken, before, after: { last: first + (taken - 1n) * increment, isCalled: true } }
}

/** The state after a run of which the last `rest` values were not used. */
export function stateWithout(run: SequenceRun, rest: bigint, { increment }: SequenceDefinition): SequenceState {
  return rest === run.count ? run.before : { last: run.after.last - rest * increment, isCalled: true }
}

export function sameState(a: SequenceState, b: SequenceState): boolean {
  return a.last === b.last && a.isCalled === b.isCalled
}

/** 42P07, as for any two relations of one name. */
export function sequenceExists(name: string): SqlError {
  return new SqlError('42P07', `relation "${name}" already exists`)
}
