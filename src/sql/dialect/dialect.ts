/** What a dialect means where it differs from PostgreSQL's; a file of dialects/ for each. */
import type { Lexical } from './source-text.ts'

/** The foreign parser's grammars. */
export type ForeignGrammar =
  | 'bigquery'
  | 'flinksql'
  | 'hive'
  | 'mariadb'
  | 'mysql'
  | 'redshift'
  | 'snowflake'
  | 'sqlite'
  | 'transactsql'
  | 'trino'

/**
 * A function of a dialect in this engine's SQL: `$1`, `$2`, ... are its arguments, as expressions in their own parentheses; by the number of
 * arguments where that matters (`more`: any other number). `refuse` says why it can't be had exactly; the rest fold any number of arguments.
 */
export type FunctionRule =
  | string
  | { readonly [count: number]: string }
  | { readonly refuse: string }
  /** NULL if any argument is, else the function of this name, which skips NULLs. */
  | { readonly strict: string }
  /** This function, where its second argument is a positive whole number: places before the first mean other things in other dialects. */
  | { readonly from: string }
  /** `a || b || c`. */
  | { readonly fold: string }

export interface Dialect {
  readonly name: string
  readonly grammar: ForeignGrammar
  readonly lexical: Lexical
  /** How names without quotes match: `folded` as PostgreSQL's, `ignored` in any case even with quotes, `exact` as written. */
  readonly nameCase: 'folded' | 'ignored' | 'exact' | 'upper'
  /** Where NULLs go when an order does not say: before all values (rising), behind them, or last whatever the direction. */
  readonly nulls: 'low' | 'high' | 'last'
  /** `a / b` of integers is an integer, as here; else what it is. */
  readonly division: 'integer' | { readonly refuse: string }
  /** `a || b` of texts; else what it is. */
  readonly concatenation: 'text' | { readonly refuse: string }
  /** A cast to an integer rounds, as here, or cuts off the fraction. */
  readonly integerCasts: 'round' | 'cut'
  /** `\` is LIKE's escape unless another is given, as here. */
  readonly likeEscape: boolean
  /** Why LIKE can't be had exactly. */
  readonly like?: { readonly refuse: string }
  /** INTERSECT binds tighter than UNION and EXCEPT, as here; else sets are combined from the left. */
  readonly intersectFirst: boolean
  /** WITH is recursive without saying so. */
  readonly recursiveWith?: true
  /** Types in lower case, by this engine's names; null: refused. */
  readonly types: Readonly<Record<string, string | null>>
  /** Functions in lower case; what is not here is looked up under its own name. */
  readonly functions: Readonly<Record<string, FunctionRule>>
}

export const strict = (name: string): FunctionRule => ({ strict: name })
export const fromFirst = (name: string): FunctionRule => ({ from: name })
export const refused = (why: string): FunctionRule => ({ refuse: why })

/** Names between backquotes, strings between either quote. */
export const BACKQUOTES: Lexical = { nameQuotes: '`', stringQuotes: `'"`, backslashes: true, hashComments: false }
/** As the standard has it. */
export const STANDARD: Lexical = { nameQuotes: '"', stringQuotes: "'", backslashes: false, hashComments: false }
