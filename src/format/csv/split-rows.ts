/**
 * CSV text to rows of fields, in plain JavaScript: for samples, and what the kernel (kernel/wasm/text/csv-rows.ts) is measured against.
 */
import type { CsvDialect } from './layout.ts'

export interface CsvField {
  readonly text: string
  readonly isQuoted: boolean
}

export interface SplitRow {
  readonly fields: readonly CsvField[]
  /** Where it begins in the text. */
  readonly start: number
  /** Behind its line end. */
  readonly end: number
  /** Text stood behind a closing quote, or a quote was not closed. */
  readonly isBroken: boolean
}

/** The rows of `text`, lazily, comments left out; lines without anything are rows of one empty field. Unless `isLast`, a row that is not ended is left out. */
export function* splitRows(text: string, dialect: CsvDialect, isLast: boolean, from = 0): Generator<SplitRow> {
  for (let at = from; at < text.length;) {
    if (dialect.comment !== '' && text[at] === dialect.comment) {
      const end = lineEnd(text, at)
      if (end === undefined && !isLast) return
      at = end ?? text.length
      continue
    }
    const row = readRow(text, at, dialect, isLast)
    if (row === undefined) return
    yield row
    at = row.end
  }
}

/** Behind the end of the line that `at` is in; undefined when it has none, or it is not whole. */
function lineEnd(text: string, at: number): number | undefined {
  const length = text.slice(at).search(/[\r\n]/)
  return length < 0 ? undefined : behindLineEnd(text, at + length)
}

function behindLineEnd(text: string, at: number): number {
  return text[at] === '\r' && text[at + 1] === '\n' ? at + 2 : at + 1
}

function readRow(text: string, start: number, dialect: CsvDialect, isLast: boolean): SplitRow | undefined {
  const fields: CsvField[] = []
  let isBroken = false
  let at = start
  for (;;) {
    const field = readField(text, at, dialect)
    if (field.end >= text.length && !isLast) return undefined
    fields.push({ text: field.text, isQuoted: field.isQuoted })
    isBroken ||= field.isBroken
    at = field.end
    if (text[at] === dialect.delimiter) {
      at++
      continue
    }
    if (at >= text.length) return { fields, start, end: text.length, isBroken }
    // What follows a \r decides whether the line ends there.
    if (text[at] === '\r' && at + 1 >= text.length && !isLast) return undefined
    return { fields, start, end: behindLineEnd(text, at), isBroken }
  }
}

interface ReadField extends CsvField {
  readonly end: number
  readonly isBroken: boolean
}

function readField(text: string, start: number, { delimiter, quote, escape }: CsvDialect): ReadField {
  let at = start
  while (delimiter !== ' ' && text[at] === ' ') at++
  const isEnd = (char: string | undefined): boolean =>
    char === undefined || char === delimiter || char === '\n' || char === '\r'
  if (quote === '' || text[at] !== quote) {
    let end = start
    while (!isEnd(text[end])) end++
    return { text: text.slice(start, end), isQuoted: false, end, isBroken: false }
  }
  let value = ''
  for (at++; at < text.length; at++) {
    const char = text[at]
    const next = text[at + 1]
    if (char === escape && (escape !== quote || next === quote) && next !== undefined) {
      value += next === quote || next === escape ? next : `${char}${next}`
      at++
    } else if (char === quote) break
    else value += char
  }
  const isClosed = at < text.length
  at++
  while (delimiter !== ' ' && text[at] === ' ') at++
  if (isEnd(text[at])) return { text: value, isQuoted: true, end: Math.min(at, text.length), isBroken: !isClosed }
  while (!isEnd(text[at])) at++
  return { text: value, isQuoted: true, end: at, isBroken: true }
}
