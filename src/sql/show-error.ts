/**
 * An error of a SQL text for people, as psql shows it:
 *
 *   ERROR:  column "b" does not exist
 *   LINE 2: from t where b = 1
 *                        ^
 *   HINT:  ...
 */
import { characterWidth } from '../core/character-width.ts'
import type { TextRange } from '../core/errors.ts'

/** Columns of the excerpt; longer lines are cut around the error with `...`. */
const MAX_COLUMNS = 72
const TAB_COLUMNS = 4

export interface ShownError {
  readonly message: string
  readonly at?: TextRange | undefined
  readonly detail?: string | undefined
  readonly hint?: string | undefined
}

/** Message, line with caret where `at` is known, detail and hint; no newline at the end. */
export function showError(error: ShownError, sql: string): string {
  const lines = [`ERROR:  ${error.message}`]
  if (error.at !== undefined) lines.push(...excerpt(sql, error.at.start))
  if (error.detail !== undefined) lines.push(`DETAIL:  ${error.detail}`)
  if (error.hint !== undefined) lines.push(`HINT:  ${error.hint}`)
  return lines.join('\n')
}

/** `LINE n: ...` and the line with the caret; none for empty text. */
export function excerpt(sql: string, position: number): string[] {
  if (sql.trim() === '') return []
  const at = Math.min(Math.max(position, 0), sql.length)
  const lineStart = at === 0 ? 0 : sql.lastIndexOf('\n', at - 1) + 1
  const newline = sql.indexOf('\n', at)
  const lineNumber = countNewlines(sql, lineStart) + 1
  const line = sql.slice(lineStart, newline < 0 ? sql.length : newline).replace(/\r$/, '')

  const before = columnsOf(line.slice(0, at - lineStart))
  const all = columnsOf(line)
  const window = cut(all, before.length)
  const label = `LINE ${lineNumber}: `
  return [label + window.text, ' '.repeat(label.length + window.caret) + '^']
}

function countNewlines(sql: string, end: number): number {
  let count = 0
  for (let i = sql.indexOf('\n'); i >= 0 && i < end; i = sql.indexOf('\n', i + 1)) count += 1
  return count
}

/** One string per column of the screen: tabs become blanks, a wide character takes two columns, a combining one none. */
function columnsOf(text: string): string[] {
  const columns: string[] = []
  for (const character of text) {
    if (character === '\t') {
      const count = TAB_COLUMNS - (columns.length % TAB_COLUMNS)
      for (let i = 0; i < count; i++) columns.push(' ')
    } else if (/\p{Cc}/u.test(character)) {
      columns.push(' ')
    } else {
      const width = characterWidth(character)
      if (width > 0) columns.push(character)
      else if (columns.length > 0) columns[columns.length - 1] += character
      if (width === 2) columns.push('')
    }
  }
  return columns
}

/** The part of the line around the caret. */
function cut(columns: readonly string[], caret: number): { text: string; caret: number } {
  const dots = '...'
  let start = 0
  let end = columns.length
  if (end > MAX_COLUMNS) {
    start = Math.max(0, Math.min(caret - MAX_COLUMNS / 2, end - MAX_COLUMNS))
    end = Math.min(columns.length, start + MAX_COLUMNS)
  }
  const left = start > 0 ? dots : ''
  const right = end < columns.length ? dots : ''
  const text = left + columns.slice(start, end).join('') + right
  return { text: text.trimEnd(), caret: left.length + caret - start }
}
