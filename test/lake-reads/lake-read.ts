/** What a case is: a small table on which other readers returned stale, deleted or wrong rows, with the rows that are right and why. */

/** A query and its rows, in any order; values as in the command line's JSON (int64 and decimals as text). */
export interface Read {
  /** `t` is the case's table; `{lake}` the name under which its folder is attached. */
  readonly sql: string
  readonly rows: readonly (readonly unknown[])[]
  /** Something that happens to the table before the query: then the queries are asked once, in their order. */
  readonly before?: () => Promise<void>
}

export interface LakeRead {
  /** From 1, in the order of docs/lake-reads.md. */
  readonly number: number
  readonly title: string
  /** Where it was reported. */
  readonly reported: string
  /** Which rows are right, and by what rule. */
  readonly why: string
  /** Makes the table `t` in the folder, and says what is asked of it. */
  make(folder: string): Promise<readonly Read[]>
}

/** Rows of one column. */
export function column(...values: readonly unknown[]): readonly (readonly unknown[])[] {
  return values.map((value) => [value])
}

export function range(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, i) => start + i)
}
