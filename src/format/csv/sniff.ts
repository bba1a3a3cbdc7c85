/**
 * Finds out how a CSV file is written, from its beginning.
 *
 * 1. delimiter and quote: of `,` `|` `;` and tab, each with `"` and `'`, the pair by which most rows have as many fields as the first ones, and more than one
 * 2. types of the rows behind the first line (text/infer-type.ts)
 * 3. header: the first line is one when it does not fit these types, or when all of them are text
 *
 * What the user says is not guessed.
 */
import { SqlError } from '../../core/errors.ts'
import { type DataType, VARCHAR } from '../../core/types.ts'
import { TypeGuess } from '../text/infer-type.ts'
import type { CsvDialect, CsvLayout, TextColumn, TextValues } from './layout.ts'
import { type CsvOptions, ROW_BYTES_MAX, SAMPLE_ROWS } from './options.ts'
import { type SplitRow, splitRows } from './split-rows.ts'

/** Rows that the dialect is guessed from. */
const DIALECT_ROWS = 500

export interface CsvSample {
  /** From the beginning of the file, a byte order mark and the lines to skip left out. */
  readonly text: string
  /** That is the whole file. */
  readonly isWhole: boolean
}

export interface SniffedCsv {
  readonly layout: CsvLayout
  /** Bytes of a row, about. */
  readonly rowBytes: number
}

/** The layout of a file by its beginning. Errors: 42601 for options that contradict each other or the file. */
export function sniffCsv(sample: CsvSample, options: CsvOptions): SniffedCsv {
  const values: TextValues = {
    timeZone: options.timeZone ?? 'UTC',
    ...(options.dateFormat === undefined ? {} : { dateFormat: options.dateFormat }),
    ...(options.timestampFormat === undefined ? {} : { timestampFormat: options.timestampFormat }),
  }
  const dialect = sniffDialect(sample, options)
  const rows: SplitRow[] = []
  for (const row of splitRows(sample.text, dialect, sample.isWhole)) {
    rows.push(row)
    if (rows.length > (options.sampleRows ?? SAMPLE_ROWS)) break
  }
  const width = widthOf(rows, options)
  const filled = width === 1 ? rows : rows.filter(({ fields }) => !isBlank(fields))
  const [first, ...rest] = filled
  const guesses = guessTypes(rest, { width, values, options })
  const hasHeader = options.header ?? (first !== undefined && isHeader(first, guesses, options))
  if (!hasHeader && first !== undefined) addRow(first, guesses, options)
  const columns = options.columns ?? nameColumns(hasHeader ? first : undefined, guesses, options)
  const rowBytes = rows.length === 0 ? 1 : Math.max(1, rows.at(-1)!.end / rows.length)
  const layout: CsvLayout = {
    kind: 'csv',
    dialect,
    columns,
    skip: options.skip ?? 0,
    hasHeader,
    ...(hasHeader && first !== undefined ? { headerNames: first.fields.map(({ text }) => text) } : {}),
    nulls: options.nulls ?? [''],
    quotedNulls: options.quotedNulls ?? false,
    padsRows: options.padsRows ?? false,
    dropsRows: options.dropsRows ?? false,
    rowBytesMax: options.rowBytesMax ?? ROW_BYTES_MAX,
    values,
    compression: options.compression ?? 'none',
  }
  return { layout, rowBytes }
}

function isBlank(fields: SplitRow['fields']): boolean {
  return fields.length === 1 && fields[0]!.text === '' && !fields[0]!.isQuoted
}

function sniffDialect(sample: CsvSample, options: CsvOptions): CsvDialect {
  const delimiters = options.delimiter === undefined ? [',', '|', ';', '\t'] : [options.delimiter]
  const quotes = options.quote === undefined ? ['"', "'"] : [options.quote]
  let best: CsvDialect | undefined
  let bestScore = -1
  for (const quote of quotes) {
    const escapes = options.escape === undefined && quote !== '' ? [quote, '\\'] : [options.escape ?? '']
    for (const escape of escapes) {
      for (const delimiter of delimiters) {
        const dialect = { delimiter, quote, escape: quote === '' ? '' : escape, comment: options.comment ?? '' }
        const score = scoreOf(sample, dialect, options)
        if (score > bestScore) [best, bestScore] = [dialect, score]
      }
    }
  }
  return best!
}

/** How well a dialect fits: broken rows and odd numbers of fields count against it, more columns for it. Ties go to what was tried before. */
function scoreOf({ text, isWhole }: CsvSample, dialect: CsvDialect, { columns, padsRows }: CsvOptions): number {
  const counts = new Map<number, number>()
  let rows = 0
  let broken = 0
  for (const { fields, isBroken } of splitRows(text, dialect, isWhole)) {
    if (isBlank(fields)) continue
    counts.set(fields.length, (counts.get(fields.length) ?? 0) + 1)
    if (isBroken) broken++
    if (++rows === DIALECT_ROWS) break
  }
  if (rows === 0) return 0
  const width = columns?.length ?? (padsRows === true ? Math.max(...counts.keys()) : commonest(counts))
  const fitting = padsRows === true ? rows : (counts.get(width) ?? 0)
  const share = Math.max(0, fitting - broken) / rows
  // One column fits everything, so it says nothing.
  return width === 1 ? share * 0.5 : share + Math.min(width, 1000) / 10_000
}

function commonest(counts: ReadonlyMap<number, number>): number {
  let [width, most] = [1, 0]
  for (const [fields, count] of counts) if (count > most) [width, most] = [fields, count]
  return width
}

/** The number of columns: the header's, or what most of the first rows have. */
function widthOf(rows: readonly SplitRow[], { columns, padsRows }: CsvOptions): number {
  if (columns !== undefined) return columns.length
  const counts = new Map<number, number>()
  for (const { fields } of rows.slice(0, DIALECT_ROWS)) {
    if (!isBlank(fields)) counts.set(fields.length, (counts.get(fields.length) ?? 0) + 1)
  }
  if (counts.size === 0) return 1
  return padsRows === true ? Math.max(...counts.keys()) : commonest(counts)
}

interface GuessContext {
  readonly width: number
  readonly values: TextValues
  readonly options: CsvOptions
}

function guessTypes(rows: readonly SplitRow[], { width, values, options }: GuessContext): readonly TypeGuess[] {
  const guesses = Array.from({ length: width }, () => new TypeGuess(values))
  for (const row of rows) addRow(row, guesses, options)
  return guesses
}

function addRow({ fields }: SplitRow, guesses: readonly TypeGuess[], { nulls = [''] }: CsvOptions): void {
  for (let i = 0; i < guesses.length; i++) {
    const field = fields[i]
    if (field !== undefined && !nulls.includes(field.text)) guesses[i]!.add(field.text)
  }
}

/** Whether the first line names the columns. */
function isHeader({ fields }: SplitRow, guesses: readonly TypeGuess[], options: CsvOptions): boolean {
  const { columns, nulls = [''] } = options
  const names = columns?.map(({ name }) => name.toLowerCase())
  if (names !== undefined && fields.every(({ text }, i) => text.toLowerCase() === names[i])) return true
  const texts = fields.map(({ text }) => text)
  if (columns !== undefined) {
    // Rows of text could be rows: only what no row can be is a header.
    return columns.some(({ type }, i) => isOddFor(texts[i], type, guesses[i], nulls))
  }
  if (texts.length !== guesses.length || texts.every((text) => nulls.includes(text))) return false
  if (guesses.every((guess) => !guess.hasSeen)) return texts.every((text) => looksLikeName(text))
  if (guesses.every((guess) => !guess.hasSeen || guess.type.kind === 'varchar'))
    return texts.every((text) => looksLikeName(text))
  return guesses.some((guess, i) => guess.hasSeen && !nulls.includes(texts[i]!) && !guess.fits(texts[i]!))
}

function isOddFor(
  text: string | undefined,
  type: DataType,
  guess: TypeGuess | undefined,
  nulls: readonly string[],
): boolean {
  if (text === undefined || type.kind === 'varchar' || nulls.includes(text)) return false
  return guess !== undefined && guess.hasSeen && guess.type.kind !== 'varchar' && !guess.fits(text)
}

function looksLikeName(text: string): boolean {
  return !/^\s*-?[\d.]+\s*$/.test(text)
}

function nameColumns(
  header: SplitRow | undefined,
  guesses: readonly TypeGuess[],
  { names: given = [], types, allText }: CsvOptions,
): readonly TextColumn[] {
  if (given.length > guesses.length) {
    throw new SqlError('42601', `${given.length} names were given, but the file has ${guesses.length} columns`)
  }
  const taken = new Set<string>()
  const named = guesses.map((guess, i) => {
    const wanted = given[i] ?? header?.fields[i]?.text.trim() ?? ''
    const base = wanted === '' ? `column${i}` : wanted
    let name = base
    for (let n = 1; taken.has(name.toLowerCase()); n++) name = `${base}_${n}`
    taken.add(name.toLowerCase())
    const listed = Array.isArray(types) ? (types as readonly DataType[])[i] : undefined
    return { name, type: listed ?? (allText === true ? VARCHAR : guess.type) }
  })
  if (types === undefined || Array.isArray(types)) return named
  return retyped(named, types as ReadonlyMap<string, DataType>)
}

/** With the types that are given by name; 42703 for names that no column has. */
function retyped(columns: readonly TextColumn[], types: ReadonlyMap<string, DataType>): readonly TextColumn[] {
  const byName = new Map([...types].map(([name, type]) => [name.toLowerCase(), type]))
  for (const name of types.keys()) {
    if (!columns.some((column) => column.name.toLowerCase() === name.toLowerCase())) {
      throw new SqlError('42703', `column "${name}" does not exist in the file`, {
        hint: `Columns: ${columns.map((column) => column.name).join(', ')}.`,
      })
    }
  }
  return columns.map(({ name, type }) => ({ name, type: byName.get(name.toLowerCase()) ?? type }))
}
