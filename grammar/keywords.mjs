/**
 * Keywords of the dialect, in PostgreSQL's categories (PostgreSQL 15, Appendix C and src/include/parser/kwlist.h).
 *
 * The lexer turns a keyword into one character of its own (U+E000 upwards), any other word into `i`. Words that stand in
 * grammar/sql.peggy but in no list here are unreserved: they mean something in one place only and name things elsewhere.
 *
 * BINARY is left out: here it is a name like others. Ours among the reserved: QUALIFY. Among the function names: ASOF, ANTI, SEMI (else `a SEMI JOIN b` reads as an alias).
 */
const words = (text) => text.trim().split(/\s+/)

/** Never a name without quotes. */
export const RESERVED = words(`
  ALL ANALYSE ANALYZE AND ANY ARRAY AS ASC ASYMMETRIC BOTH CASE CAST CHECK COLLATE COLUMN CONSTRAINT CREATE
  CURRENT_CATALOG CURRENT_DATE CURRENT_ROLE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DEFAULT DEFERRABLE DESC
  DISTINCT DO ELSE END EXCEPT FALSE FETCH FOR FOREIGN FROM GRANT GROUP HAVING IN INITIALLY INTERSECT INTO LATERAL
  LEADING LIMIT LOCALTIME LOCALTIMESTAMP NOT NULL OFFSET ON ONLY OR ORDER PLACING PRIMARY REFERENCES RETURNING SELECT
  SESSION_USER SOME SYMMETRIC TABLE THEN TO TRAILING TRUE UNION UNIQUE USER USING VARIADIC WHEN WHERE WINDOW WITH
  QUALIFY`)

/** Names of functions and types, not of columns and tables. */
export const FUNCTION_NAMES = words(`
  AUTHORIZATION COLLATION CONCURRENTLY CROSS CURRENT_SCHEMA FREEZE FULL ILIKE INNER IS ISNULL JOIN LEFT LIKE
  NATURAL NOTNULL OUTER OVERLAPS RIGHT SIMILAR TABLESAMPLE VERBOSE ASOF ANTI SEMI`)

/** Cannot follow an expression as its alias without AS: PostgreSQL's AS_LABEL words, and those that go on with the expression. */
export const NOT_BARE_LABELS = words(`
  ARRAY AS CHAR CHARACTER CREATE DAY EXCEPT FETCH FILTER FOR FROM GRANT GROUP HAVING HOUR INTERSECT INTO ISNULL LIMIT
  MINUTE MONTH NOTNULL OFFSET ON ORDER OVER OVERLAPS PRECISION RETURNING SECOND TO UNION VARYING WHERE WINDOW WITH
  WITHIN WITHOUT YEAR
  AND OR NOT IS IN BETWEEN LIKE ILIKE SIMILAR COLLATE OPERATOR ESCAPE UESCAPE AT QUALIFY`)

const FIRST_CHARACTER = 0xe000

/** Every keyword of a grammar text and the lists above; the character of `keywords[k]` is U+E000 + k. */
export function collectKeywords(grammar) {
  const inGrammar = [...grammar.matchAll(/'([A-Z][A-Z_]*)'/g)].map((match) => match[1])
  const listed = [...RESERVED, ...FUNCTION_NAMES]
  const unreserved = [...new Set([...inGrammar, ...NOT_BARE_LABELS])].filter((w) => !listed.includes(w)).sort()
  const keywords = [...listed, ...unreserved]
  if (new Set(keywords).size !== keywords.length) throw new Error('grammar: a keyword is in two lists')
  return keywords
}

export function keywordCharacter(keywords, word) {
  const index = keywords.indexOf(word)
  return index < 0 ? undefined : String.fromCharCode(FIRST_CHARACTER + index)
}

/** Character classes of the grammar: `%name%` within brackets stands for the keywords of that kind. */
export function keywordClasses(keywords) {
  const characters = (list) => list.map((word) => keywordCharacter(keywords, word)).join('')
  const unreserved = keywords.filter((w) => !RESERVED.includes(w) && !FUNCTION_NAMES.includes(w))
  const noLabel = new Set(NOT_BARE_LABELS)
  return {
    unreserved: characters(unreserved),
    function: characters(FUNCTION_NAMES),
    keyword: characters(keywords),
    label: characters(keywords.filter((w) => !noLabel.has(w))),
  }
}
