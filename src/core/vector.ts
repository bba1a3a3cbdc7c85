/**
 * Vectors and batches: columns of rows in the shared memory, described by small plain objects.
 *
 * A vector owns nothing: its bytes live in an arena, a page buffer or a hash table, and whoever made it says how
 * long. Batches that a source pushes through a pipeline are valid until the push returns.
 *
 * Validity is one byte a row (1 = not NULL, 0 = NULL), address 0 = no NULLs; booleans are one byte a row too.
 * Bits would be Arrow's layout, but bytes gather, compare and combine without shifts (see
 * docs/decisions/002-vector-layout.md); the API edge packs them to bits.
 */
import type { DataType } from './types.ts'
import type { Pointer } from './memory.ts'

export type Vector = FlatVector | DictionaryVector | ConstantVector

/** One value a row, in the layout of `storageOf(type)`. The value under a NULL is unspecified but readable. */
export interface FlatVector {
  readonly encoding: 'flat'
  readonly type: DataType
  readonly length: number
  /** `length` values; 0 for a struct. */
  readonly data: Pointer
  /** `length` bytes, or 0. */
  readonly validity: Pointer
  /** struct: a vector a field, each of `length` rows. list: [elements]. map: [keys, values]. Else empty. */
  readonly children: readonly Vector[]
}

/** One i32 code a row into `dictionary`. Codes under NULLs are valid codes too when the dictionary has rows. */
export interface DictionaryVector {
  readonly encoding: 'dictionary'
  readonly type: DataType
  readonly length: number
  /** `length` i32 codes, each in [0, dictionary.length). */
  readonly data: Pointer
  readonly validity: Pointer
  /**
   * The distinct values (not promised to be distinct or sorted; no NULLs). The same object is used by all batches
   * of a row group, so look-up tables made from it can be cached by identity.
   */
  readonly dictionary: FlatVector
}

/** One value for all rows. */
export interface ConstantVector {
  readonly encoding: 'constant'
  readonly type: DataType
  readonly length: number
  /** The one value, in flat layout; unspecified when `isNull`. */
  readonly data: Pointer
  readonly isNull: boolean
  /** As for a flat vector of one row. */
  readonly children: readonly Vector[]
}

export interface Batch {
  readonly rowCount: number
  /** Each with `rowCount` rows. */
  readonly columns: readonly Vector[]
}

/** Rows of a batch as ascending u32 row numbers at `pointer`; `null` where all rows are meant. */
export interface Selection {
  readonly pointer: Pointer
  readonly count: number
}

/**
 * Rows in a batch: 8,192 values of 8 bytes are 64 KiB a column, so the columns of a pipeline stay in a 1-2 MiB L2 cache
 * while a kernel call (9 ns) and its bookkeeping (~1 us) vanish beside the rows.
 */
export const BATCH_ROWS_MAX = 16384
