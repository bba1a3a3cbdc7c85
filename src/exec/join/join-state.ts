/** What the stages of a hash join hand on: plain data, addresses and counts. */
import type { Pointer } from '../../core/memory.ts'
import type { RowBlock } from '../rows/row-spill.ts'
import type { RowChunk } from '../rows/row-store.ts'

/** What a build sink leaves in its worker. */
export interface BuildPartial {
  readonly chunks: readonly RowChunk[]
  readonly pages: readonly Pointer[]
  readonly rowCount: number
  /** Rows whose key has a NULL, kept or not. */
  readonly nullKeyCount: number
  /** By part: rows in files; empty when nothing was spilled. */
  readonly spilled: readonly (readonly RowBlock[])[]
  /** By key, of form `integer`: minimum and maximum; minimum > maximum when there is none. */
  readonly ranges: readonly KeyRange[]
}

export interface KeyRange {
  readonly min: bigint
  readonly max: bigint
}

/** How a packed key is made: the sum of (key - min) * factor. A single key has min 0 and factor 1. */
export interface KeyDigit {
  readonly min: bigint
  /** Values that the key can take; a key outside matches nothing. */
  readonly range: bigint
  readonly factor: bigint
}

export type JoinTable =
  /** The build side is in files. */
  | { readonly kind: 'none' }
  /** u32 row addresses by key - min. */
  | {
      readonly kind: 'dense'
      readonly pointer: Pointer
      readonly min: bigint
      readonly range: bigint
    }
  /** u64 slots; a position is hash >> shift. */
  | { readonly kind: 'hash'; readonly pointer: Pointer; readonly shift: number }

/** A filter by the values of one key. */
export interface KeyFilter {
  readonly min: bigint
  readonly max: bigint
  /** Null: minimum and maximum are all there is. */
  readonly set:
    | { readonly kind: 'bitmap'; readonly pointer: Pointer }
    | { readonly kind: 'bloom'; readonly pointer: Pointer; readonly shift: number; readonly keys: KeySet | null }
    | null
}

/** The keys themselves, for the rows that a Bloom filter passes: a hash table of `2 ** (64 - shift)` slots. */
export interface KeySet {
  readonly pointer: Pointer
  readonly shift: number
}

/** The planned table: what worker 0 decides. */
export interface BuildPlan {
  readonly table: JoinTable
  /**
   * packed: the table is by one integer, as `digits` makes it. rows: by hash and comparison of key rows; of integer keys
   * when they are too many or too wide to pack (the hash then lies where the packed key would).
   */
  readonly keyed: 'packed' | 'rows'
  /** Null unless several integer keys are packed. */
  readonly digits: readonly KeyDigit[] | null
  readonly chunks: readonly RowChunk[]
  readonly pages: readonly Pointer[]
  /** Kept rows. */
  readonly rowCount: number
  readonly nullKeyCount: number
  /** There is a build row, matchable or not, here or in another part. */
  readonly hasBuildRows: boolean
  /** By part: build rows in files; null when all are in memory. */
  readonly spilled: readonly (readonly RowBlock[])[] | null
  /** Address of the key descriptor. */
  readonly descriptor: Pointer
  /** By key, of form `integer`. */
  readonly ranges: readonly KeyRange[]
  /** By key; empty without dynamic filters. */
  readonly filters: readonly (KeyFilter | null)[]
}

/** The state of a join, once a worker: equal but for the duplicates that the worker met when it inserted its share. */
export interface JoinState extends BuildPlan {
  readonly duplicates: number
}

/** Whether every key has at most one build row. */
export function isUnique(states: readonly JoinState[]): boolean {
  return states.every((state) => state.duplicates === 0)
}
