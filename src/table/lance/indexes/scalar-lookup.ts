/** What the kinds of indexes over single values have in common. */
import type { DataType } from '../../../core/types.ts'
import type { Expr } from '../../../expr/expr.ts'

export interface LookupOptions {
  /** Of the indexed column. */
  readonly type: DataType
  /** Beyond so many rows a scan is better. */
  readonly rowsMax: number
}

/** The ids of the rows that satisfy a predicate over input 0, in no order; undefined when they are too many to be worth it. */
export type ScalarLookup<Files> = (files: Files, predicate: Expr, options: LookupOptions) => BigInt64Array | undefined

/**
 * Whether indexes answer a predicate over one column: comparisons with constants, IN, IS NULL, prefixes of text, and these together. It is evaluated over the
 * values in the index, so it must not depend on the session.
 */
export function isIndexable(expr: Expr): boolean {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return expr.args.every(isIndexable)
    case 'in':
      return !expr.negated && expr.arg.kind === 'input'
    case 'call':
      return COMPARISONS.has(expr.name) && expr.args.every(({ kind }) => kind === 'input' || kind === 'literal')
    default:
      return false
  }
}

const COMPARISONS: ReadonlySet<string> = new Set([
  'eq',
  'lt',
  'le',
  'gt',
  'ge',
  'is_null',
  'is_not_distinct_from',
  'like',
  'starts_with',
])
