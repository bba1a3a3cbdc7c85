/**
 * Files of sqllogictest (https://www.sqlite.org/sqllogictest), with what DuckDB's, DataFusion's and RisingWave's add.
 *
 *   statement ok | statement error [SQLSTATE or part of the message]
 *   <SQL>
 *   [----
 *    <message>]
 *
 *   query <a letter a column: I T R B ?> [nosort|rowsort|valuesort] [label]
 *   <SQL>
 *   ----
 *   <a row a line, fields parted by tabs; or a value a line; or `N values hashing to <md5>`>
 *
 * `skipif name` and `onlyif name` stand before a record; `halt` ends a file; `control sortmode m`, `hash-threshold n`;
 * `loop v from to` and `foreach v a b c` up to `endloop` repeat what is between with `${v}` replaced. `#` begins a comment.
 * What stands between records is kept, so that a file can be written back with other results.
 */

export type SortMode = 'nosort' | 'rowsort' | 'valuesort'

export interface SltStatement {
  readonly kind: 'statement'
  readonly sql: string
  /** null: succeeds. Else the SQLSTATE or a part of the message, '' for any error. */
  readonly error: string | null
  readonly line: number
}

export interface SltQuery {
  readonly kind: 'query'
  readonly sql: string
  /** The letters of the columns; '' where the file does not say. */
  readonly types: string
  readonly sort: SortMode
  readonly label: string
  readonly expected: readonly string[]
  readonly line: number
  /** The lines of the file that `expected` stands in: from, to (exclusive). */
  readonly expectedAt: readonly [number, number]
}

export type SltRecord = SltStatement | SltQuery

interface ReadState {
  readonly lines: readonly string[]
  readonly engine: string
  readonly lenient: boolean
  at: number
  sort: SortMode
}

/**
 * The records of a file for an engine of this name, loops unrolled. Throws on words that it does not know; `lenient`: passes over them, up
 * to the next empty line.
 */
export function readSlt(text: string, engine: string = 'sluice', lenient: boolean = false): SltRecord[] {
  const state: ReadState = { lines: text.split(/\r?\n/), engine, lenient, at: 0, sort: 'nosort' }
  return readRecords(state, null)
}

/** Rounds that loops may make in a file. */
const RECORDS_MAX = 100_000

function readRecords(state: ReadState, until: 'endloop' | null): SltRecord[] {
  const records: SltRecord[] = []
  let skip = false
  while (state.at < state.lines.length) {
    const line = state.lines[state.at]!.trim()
    const [word = '', ...rest] = line.split(/\s+/)
    if (word === '' || word.startsWith('#')) {
      state.at++
      continue
    }
    if (word === until) {
      state.at++
      return records
    }
    switch (word) {
      case 'skipif':
        skip ||= rest[0] === state.engine
        state.at++
        break
      case 'onlyif':
        skip ||= rest[0] !== state.engine
        state.at++
        break
      case 'halt':
        if (!skip) state.at = state.lines.length
        else state.at++
        skip = false
        break
      case 'control':
        if (rest[0] === 'sortmode') state.sort = sortMode(rest[1])
        state.at++
        break
      case 'statement':
      case 'query': {
        const record = word === 'query' ? readQuery(state, rest) : readStatement(state, rest)
        if (!skip) records.push(record)
        skip = false
        break
      }
      case 'loop':
      case 'foreach':
        records.push(...readLoop(state, word, rest))
        if (records.length > RECORDS_MAX) throw new Error(`line ${state.at}: loops make too many records`)
        break
      case 'hash-threshold':
        state.at++
        break
      default:
        if (!state.lenient) throw new Error(`line ${state.at + 1}: unknown word "${word}"`)
        while (state.at < state.lines.length && state.lines[state.at]!.trim() !== '') state.at++
    }
  }
  return records
}

function sortMode(word: string | undefined): SortMode {
  return word === 'rowsort' || word === 'valuesort' ? word : 'nosort'
}

/** Lines up to an empty one or the dashes. */
function readSql(state: ReadState): string {
  const start = state.at
  while (state.at < state.lines.length && state.lines[state.at]!.trim() !== '' && state.lines[state.at] !== '----') {
    state.at++
  }
  return state.lines.slice(start, state.at).join('\n')
}

/** Lines behind the dashes, up to an empty one. */
function readResult(state: ReadState): readonly string[] {
  if (state.lines[state.at] !== '----') return []
  const start = ++state.at
  while (state.at < state.lines.length && state.lines[state.at] !== '') state.at++
  return state.lines.slice(start, state.at)
}

function readStatement(state: ReadState, [what = 'ok', ...rest]: readonly string[]): SltStatement {
  const line = ++state.at
  const sql = readSql(state)
  const message = readResult(state)
  if (what !== 'error') return { kind: 'statement', sql, error: null, line }
  return { kind: 'statement', sql, error: rest.join(' ') || message.join('\n').trim(), line }
}

function readQuery(state: ReadState, [types = '', ...rest]: readonly string[]): SltRecord {
  const line = ++state.at
  const sql = readSql(state)
  if (types === 'error') {
    const message = readResult(state)
    return { kind: 'statement', sql, error: rest.join(' ') || message.join('\n').trim(), line }
  }
  const from = state.at + 1
  const expected = readResult(state)
  const named = rest.find((word) => word === 'nosort' || word === 'rowsort' || word === 'valuesort')
  const sort = named === undefined ? state.sort : sortMode(named)
  const label = rest.find((word) => word !== named) ?? ''
  return { kind: 'query', sql, types, sort, label, expected, line, expectedAt: [from, from + expected.length] }
}

function readLoop(state: ReadState, word: 'loop' | 'foreach', [name = '', ...rest]: readonly string[]): SltRecord[] {
  const start = ++state.at
  const values =
    word === 'foreach' ? rest : Array.from({ length: Number(rest[1]) - Number(rest[0]) }, (_, i) => Number(rest[0]) + i)
  const records: SltRecord[] = []
  for (const value of values) {
    const replace = (line: string): string => line.replaceAll(`\${${name}}`, String(value))
    const inner: ReadState = { ...state, lines: state.lines.map(replace), at: start }
    records.push(...readRecords(inner, 'endloop'))
    state.at = inner.at
  }
  return records
}
