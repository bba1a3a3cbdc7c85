/**
 * PostgreSQL's text format of COPY (PostgreSQL 17, COPY, "Text Format"): a row a line, fields between tabs, `\N` for NULL, and
 *
 *     \b \f \n \r \t \v    those characters        \101  \x41    a byte, octal or hexadecimal
 *     \ before a line end  the line end is data    \ and any other character: that character
 *
 * `\.` alone on a line ends the data. To be read, lines are made CSV in which every value is in quotes and NULL is `\N` without: then nothing is
 * guessed, and one reader reads all.
 */
import { DataError, SqlError } from '../../core/errors.ts'

export interface TextDialect {
  readonly delimiter: string
  readonly nullText: string
  /** The first line names the columns. */
  readonly header: boolean
}

/** What NULL is in the CSV that `csvOfText` makes. */
export const CSV_NULL = '\\N'

/** Characters of one line. */
const LINE_MAX = 16 << 20

const ESCAPED: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** Lines of CSV, one a row; 22P04 for rows that have not the columns, 22021 for bytes that are no UTF-8. */
export async function* csvOfText(
  input: AsyncIterable<string | Uint8Array>,
  { delimiter, nullText, header }: TextDialect,
  { table, columns }: { readonly table: string; readonly columns: readonly string[] },
): AsyncGenerator<string> {
  let number = 0
  for await (const line of linesOf(input)) {
    number++
    if (line === '\\.') return
    if (header && number === 1) continue
    const fields = split(line, delimiter)
    if (fields.length !== columns.length)
      throw wrongCount(fields.length, columns, `COPY ${table}, line ${number}: "${line.slice(0, 200)}"`)
    const values = fields.map((field) =>
      field === nullText ? CSV_NULL : `"${unescaped(field).replaceAll('"', '""')}"`,
    )
    yield `${values.join(',')}\n`
  }
}

function wrongCount(count: number, columns: readonly string[], detail: string): SqlError {
  const what =
    count < columns.length ? `missing data for column "${columns[count]!}"` : 'extra data after last expected column'
  return new SqlError('22P04', what, { detail })
}

/** Lines without their ends; a backslash before a line end keeps it. */
async function* linesOf(input: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of textOf(input)) {
    const text = rest + chunk
    let from = 0
    for (let at = lineEnd(text, from); at >= 0; at = lineEnd(text, from)) {
      yield plainLine(text.slice(from, at))
      from = at + 1
    }
    rest = text.slice(from)
    if (rest.length > LINE_MAX) throw new SqlError('54000', `a line is longer than ${LINE_MAX} characters`)
  }
  if (rest !== '') yield plainLine(rest)
}

/** The next line feed that no backslash keeps; -1 when there is none yet. */
function lineEnd(text: string, from: number): number {
  let at = text.indexOf('\n', from)
  while (at >= 0) {
    let first = at
    while (first > from && text[first - 1] === '\\') first--
    if ((at - first) % 2 === 0) return at
    at = text.indexOf('\n', at + 1)
  }
  return -1
}

function plainLine(line: string): string {
  return /(?:^|[^\\])(?:\\\\)*\r$/.test(line) ? line.slice(0, -1) : line
}

/** Chunks as text: a character may be cut by the end of a chunk. */
export async function* textOf(input: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
    } catch (error) {
      throw new DataError('22021', 'invalid byte sequence for encoding "UTF8"', { cause: error })
    }
  }
  for await (const chunk of input) yield typeof chunk === 'string' ? chunk : decode(chunk)
  yield decode()
}

function split(line: string, delimiter: string): readonly string[] {
  if (!line.includes('\\')) return line.split(delimiter)
  const fields: string[] = []
  let from = 0
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '\\') at++
    else if (line[at] === delimiter) {
      fields.push(line.slice(from, at))
      from = at + 1
    }
  }
  fields.push(line.slice(from))
  return fields
}

function unescaped(field: string): string {
  if (!field.includes('\\')) return field
  const hasBytes = /\\(?:[0-7]|x[0-9a-f])/i.test(field)
  const text = field.replaceAll(
    /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|([^]))/g,
    (_, octal?: string, hex?: string, one?: string) => {
      if (octal !== undefined) return String.fromCharCode(0xe000 + (Number.parseInt(octal, 8) & 0xff))
      if (hex !== undefined) return String.fromCharCode(0xe000 + Number.parseInt(hex, 16))
      return Object.hasOwn(ESCAPED, one!) ? ESCAPED[one!]! : one!
    },
  )
  return hasBytes ? withBytes(field, text) : text
}

/** Bytes that were written by number stand for themselves: several may make one character. */
function withBytes(field: string, text: string): string {
  // Private characters stand for bytes above; those of the field itself are none.
  const parts = /[\uE000-\uE0FF]/.test(field) ? bytesOneByOne(field) : [...text].map(byteOrText)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
  } catch (error) {
    throw new DataError('22021', 'invalid byte sequence for encoding "UTF8"', { cause: error })
  }
}

function byteOrText(character: string): Buffer {
  const code = character.codePointAt(0)!
  return code >= 0xe000 && code <= 0xe0ff ? Buffer.from([code - 0xe000]) : Buffer.from(character)
}

function bytesOneByOne(field: string): Buffer[] {
  return [...field.matchAll(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|([^]))|[^\\]+/g)].map(([all, octal, hex, one]) => {
    if (octal !== undefined) return Buffer.from([Number.parseInt(octal, 8) & 0xff])
    if (hex !== undefined) return Buffer.from([Number.parseInt(hex, 16)])
    return Buffer.from(one === undefined ? all : (ESCAPED[one] ?? one))
  })
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
}

/** A value as a field. */
export function textField(text: string, delimiter: string): string {
  // oxlint-disable-next-line no-control-regex
  if (!/[\u0008\f\n\r\t\v\\]/.test(text) && !text.includes(delimiter)) return text
  // oxlint-disable-next-line no-control-regex
  const escaped = text.replaceAll(/[\u0008\f\n\r\t\v\\]/g, (character) => ESCAPES[character]!)
  return delimiter === '\t' ? escaped : escaped.replaceAll(delimiter, `\\${delimiter}`)
}
