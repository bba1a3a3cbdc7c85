/**
 * Finds out how a JSON file is written, from its beginning: a value a line, one array, or values one after another; and which columns with which types.
 */
import { SqlError, SluiceError } from '../../core/errors.ts'
import { JSON_TEXT, NULL_TYPE } from '../../core/types.ts'
import { type Json, parseJson } from '../../expr/values/json.ts'
import type { TextValues } from '../csv/layout.ts'
import { ROW_BYTES_MAX, SAMPLE_ROWS } from '../csv/options.ts'
import type { JsonLayout } from './layout.ts'
import type { JsonOptions } from './options.ts'
import { JsonShape } from './shape.ts'

/** Without a limit of the user's, as deep as is read. */
const DEPTH_MAX = 100
/** The column of values that are no objects. */
const PLAIN_COLUMN = 'json'

export interface JsonSample {
  readonly text: string
  readonly isWhole: boolean
}

export interface SniffedJson {
  readonly layout: JsonLayout
  /** Bytes of a value, about. */
  readonly rowBytes: number
}

/** 22P02 when the beginning is no JSON. Columns of which nothing is known have the type null. */
export function sniffJson(sample: JsonSample, options: JsonOptions): SniffedJson {
  const { form, texts } = options.form === undefined ? guessForm(sample) : { form: options.form, texts: undefined }
  const some = (texts ?? cutValues(sample, form)).slice(0, options.sampleRows ?? SAMPLE_ROWS)
  const values: TextValues = {
    timeZone: options.timeZone ?? 'UTC',
    ...(options.dateFormat === undefined ? {} : { dateFormat: options.dateFormat }),
    ...(options.timestampFormat === undefined ? {} : { timestampFormat: options.timestampFormat }),
  }
  const layout = {
    kind: 'json' as const,
    form,
    ...columnsOf(some, values, options),
    dropsRows: options.dropsRows ?? false,
    rowBytesMax: options.rowBytesMax ?? ROW_BYTES_MAX,
    values,
    compression: options.compression ?? 'none',
  }
  if (layout.dropsRows && form !== 'lines') {
    throw new SqlError('0A000', 'ignore_errors is supported only for files with a value a line')
  }
  const bytes = some.reduce((sum, text) => sum + text.length + 1, 0)
  return { layout, rowBytes: some.length === 0 ? 1 : bytes / some.length }
}

function columnsOf(
  texts: readonly string[],
  values: TextValues,
  { columns, isRecords, asText, depthMax = DEPTH_MAX, dropsRows }: JsonOptions,
): Pick<JsonLayout, 'columns' | 'isPlain'> {
  if (asText === true) return { columns: [{ name: PLAIN_COLUMN, type: JSON_TEXT }], isPlain: true }
  if (columns !== undefined) return { columns, isPlain: isRecords === false }
  const shape = new JsonShape(values, depthMax)
  for (const text of texts) {
    const json = valueOf(text, dropsRows === true)
    if (json !== undefined) shape.add(json)
  }
  const isPlain = isRecords === undefined ? !shape.isObject || shape.members.size === 0 : !isRecords
  if (isPlain) {
    const type = shape.isEmpty ? NULL_TYPE : shape.type
    return { columns: [{ name: PLAIN_COLUMN, type }], isPlain }
  }
  return { columns: [...shape.members].map(([name, member]) => ({ name, type: member.type })), isPlain }
}

/** Undefined for what is no JSON, if that does not matter. */
function valueOf(text: string, isLenient: boolean): Json | undefined {
  try {
    return parseJson(text)
  } catch (error) {
    // The reader tells where it is.
    if (error instanceof SluiceError && (isLenient || error.sqlstate === '22P02')) return undefined
    throw error
  }
}

function guessForm(sample: JsonSample): { form: JsonLayout['form']; texts?: readonly string[] } {
  const isArray = /^\s*\[/.test(sample.text)
  const lines = cutValues(sample, 'lines')
  const first = lines[0]
  const isWholeLine = first !== undefined && valueOf(first, true) !== undefined
  if (isWholeLine && !(isArray && lines.length === 1)) return { form: 'lines', texts: lines }
  if (isArray) return { form: 'array' }
  // The first line is malformed, or goes on in the next one (or behind the sample): only the latter has values.
  const texts = cutValues(sample, 'stream')
  const isStream =
    (first === undefined && !sample.isWhole) || (texts.length > 0 && valueOf(texts[0]!, true) !== undefined)
  return isStream ? { form: 'stream', texts } : { form: 'lines', texts: lines }
}

/** The texts of the first values, as far as they are whole. */
function cutValues({ text, isWhole }: JsonSample, form: JsonLayout['form']): readonly string[] {
  if (form === 'lines') {
    const lines = text.split('\n')
    if (!isWhole) lines.pop()
    return lines.filter((line) => line.trim() !== '')
  }
  const values: string[] = []
  let at = form === 'array' ? text.indexOf('[') + 1 : 0
  for (;;) {
    while (at < text.length && /[\s,]/.test(text[at]!)) at++
    const end = valueEnd(text, at)
    if (end === undefined || end === at || (end === text.length && !isWhole)) return values
    values.push(text.slice(at, end))
    at = end
  }
}

/** Behind the value that begins at `start`; undefined when it is not whole. */
function valueEnd(text: string, start: number): number | undefined {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const char = text[at]!
    if (char === '"') {
      const end = stringEnd(text, at)
      if (end === undefined) return undefined
      if (depth === 0) return end
      at = end - 1
    } else if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') {
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    } else if (depth === 0 && /[\s,]/.test(char)) return at
  }
  return depth === 0 ? text.length : undefined
}

function stringEnd(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
  return undefined
}
