/**
 * Tells the "(" of a query from the "(" of an expression, a row or a join, before parsing: a grammar that tried both
 * would take time exponential in the nesting.
 *
 * A paren opens a query if SELECT, WITH, VALUES ( , FROM or TABLE name stands next; or if the paren next to it opens a
 * query and what follows that one's end goes on with a query: `((select 1) union ...)`, but not `((select 1) + 1)`.
 * Linear in the number of tokens.
 */
import { KEYWORDS } from './generated.js'

const character = (word: string): string => {
  const index = KEYWORDS.indexOf(word)
  if (index < 0) throw new Error(`no keyword ${word}`)
  return String.fromCharCode(0xe000 + index)
}
const set = (...words: string[]): ReadonlySet<string> => new Set(words.map(character))

const ALWAYS_QUERY = set('SELECT', 'WITH', 'FROM')
const PIVOT = set('PIVOT', 'PIVOT_WIDER', 'UNPIVOT', 'PIVOT_LONGER')
const VALUES = character('VALUES')
const TABLE = character('TABLE')
const TRIM_WORDS = set('TRIM')
const GOES_ON = set('UNION', 'EXCEPT', 'INTERSECT', 'ORDER', 'LIMIT', 'OFFSET', 'FETCH', 'FOR', 'EMIT')

/** Rewrites "(" to "Q" in `kinds` (one character per token) where it opens a query. */
export function markQueryParens(kinds: string[]): void {
  const closing = matchParens(kinds)
  for (let i = kinds.length - 1; i >= 0; i--) {
    if (kinds[i] === '(' && opensQuery(kinds, closing, i)) kinds[i] = 'Q'
  }
}

/** Index of the ")" of each "("; -1 where there is none. */
function matchParens(kinds: readonly string[]): Int32Array {
  const closing = new Int32Array(kinds.length).fill(-1)
  const open: number[] = []
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i] === '(') open.push(i)
    else if (kinds[i] === ')') {
      const start = open.pop()
      if (start !== undefined) closing[start] = i
    }
  }
  return closing
}

function opensQuery(kinds: readonly string[], closing: Int32Array, i: number): boolean {
  const next = kinds[i + 1]
  // f(from => 1)
  if (next === undefined || kinds[i + 2] === 'A') return false
  // trim(from x) is no query.
  if (ALWAYS_QUERY.has(next)) return i === 0 || !TRIM_WORDS.has(kinds[i - 1] as string)
  if (next === VALUES) return kinds[i + 2] === '(' || kinds[i + 2] === 'Q'
  if (next === TABLE) return tableQuery(kinds, i + 2)
  // (pivot t on ...), and not a column or a function of that name.
  if (PIVOT.has(next)) return ['i', 'q', 's', 'Q'].includes(kinds[i + 2]!)
  if (next !== 'Q') return false
  const end = closing[i + 1] as number
  return end >= 0 && isQueryEnd(kinds[end + 1])
}

/** `TABLE a.b` and then an end: not `TABLE(f(...))` nor the first of several arguments. */
function tableQuery(kinds: readonly string[], name: number): boolean {
  let i = name
  if (kinds[i] === '(' || kinds[i] === 'Q') return false
  while (kinds[i + 1] === '.') i += 2
  return isQueryEnd(kinds[i + 1])
}

function isQueryEnd(kind: string | undefined): boolean {
  return kind === ')' || (kind !== undefined && GOES_ON.has(kind))
}
