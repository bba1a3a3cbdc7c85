/** Writes the rows of a query to a file: text, csv, JSON lines, parquet. */
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { emptyRecordBatch, loadArrow } from '../../core/arrow.ts'
import { DataError, unsupported } from '../../core/errors.ts'
import type { DataType } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { createParquetWriter } from '../../format/parquet/write/parquet-writer.ts'
import { plainLocation } from '../../storage/file-location.ts'
import { formatText, jsonText, toJson } from '../format-value.ts'
import type { StatementResult } from '../result.ts'
import type { CopyOptions } from './copy-options.ts'
import { textField } from './copy-text.ts'

/** Writes all rows to the file at `path`, which appears, or is replaced, when it is whole. Returns their number. */
export async function writeCopy(result: StatementResult, path: string, options: CopyOptions): Promise<number> {
  const file = plainLocation(path)
  const unfinished = `${file}.${randomUUID()}.unfinished`
  let handle: FileHandle | undefined
  try {
    handle = await open(unfinished, 'wx')
    const { write, flush } = bufferedWriter(handle)
    if (options.format === 'parquet') await writeParquet(result, options, write)
    else for await (const text of textOfRows(result, options)) await write(text)
    await flush()
    await handle.sync()
    await handle.close()
    handle = undefined
    await rename(unfinished, file)
    return result.rowCount
  } catch (error) {
    await handle?.close().catch(() => undefined)
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw fileError(error, file)
  }
}

function fileError(error: unknown, file: string): unknown {
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string' || !code.startsWith('E')) return error
  return new DataError('58030', `could not write file "${file}": ${(error as Error).message}`, { cause: error })
}

type Write = (bytes: Uint8Array | string) => Promise<void>

const BUFFER_BYTES = 1 << 20

function bufferedWriter(handle: FileHandle): { readonly write: Write; readonly flush: () => Promise<void> } {
  let parts: Uint8Array[] = []
  let byteCount = 0
  const flush = async (): Promise<void> => {
    if (byteCount === 0) return
    const bytes = Buffer.concat(parts, byteCount)
    parts = []
    byteCount = 0
    await handle.writeFile(bytes)
  }
  return {
    flush,
    async write(bytes) {
      const part = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
      parts.push(part)
      byteCount += part.byteLength
      if (byteCount >= BUFFER_BYTES) await flush()
    },
  }
}

async function writeParquet(result: StatementResult, { codec }: CopyOptions, write: Write): Promise<void> {
  const writer = await createParquetWriter({ codec, write })
  try {
    let isEmpty = true
    for await (const batch of result.recordBatches()) {
      isEmpty = false
      await writer.write(batch)
    }
    if (isEmpty) await writer.write(emptyRecordBatch(await loadArrow(), { fields: result.fields }))
    await writer.finish()
  } catch (error) {
    await writer.abort().catch(() => undefined)
    throw error
  }
}

/** The rows as text, piece by piece: csv, JSON lines, PostgreSQL's text format. 0A000 for parquet. */
export function textOfRows(result: StatementResult, options: CopyOptions): AsyncGenerator<string> {
  switch (options.format) {
    case 'csv':
      return csvOf(result, options)
    case 'text':
      return linesOf(result, options)
    case 'json':
      return jsonOf(result)
    case 'parquet':
      throw unsupported('COPY TO STDOUT with format "parquet"')
  }
}

async function* linesOf(result: StatementResult, { delimiter, nullText, header }: CopyOptions): AsyncGenerator<string> {
  if (header === true) yield `${result.fields.map(({ name }) => textField(name, delimiter)).join(delimiter)}\n`
  yield* rowsOf(result, delimiter, nullText, (text) => textField(text, delimiter))
}

async function* csvOf(result: StatementResult, options: CopyOptions): AsyncGenerator<string> {
  const { delimiter, quote, escape, nullText } = options
  const special = new Set([delimiter, quote, escape, '\n', '\r'])
  const field = (text: string): string => {
    // What reads as NULL, or would end the field, is quoted; so is what PostgreSQL takes for the end of data.
    const isPlain = text !== nullText && text !== '\\.' && ![...special].some((one) => text.includes(one))
    if (isPlain) return text
    const escaped = escape === quote ? text : text.replaceAll(escape, escape + escape)
    return `${quote}${escaped.replaceAll(quote, escape + quote)}${quote}`
  }
  if (options.header !== false) yield `${result.fields.map(({ name }) => field(name)).join(delimiter)}\n`
  yield* rowsOf(result, delimiter, nullText, field)
}

async function* rowsOf(
  result: StatementResult,
  delimiter: string,
  nullText: string,
  field: (text: string) => string,
): AsyncGenerator<string> {
  const formats = result.fields.map(({ type }) => textOf(type))
  for await (const { rowCount, columns } of result.columnChunks()) {
    const texts = columns.map((values, i) =>
      values.map((value) => (value === null ? nullText : field(formats[i]!(value)))),
    )
    let chunk = ''
    for (let row = 0; row < rowCount; row++) chunk += `${texts.map((column) => column[row]!).join(delimiter)}\n`
    yield chunk
  }
}

function textOf(type: DataType): (value: LiteralValue) => string {
  return type.kind === 'varchar' ? (value) => value as string : (value) => formatText(value, type)
}

async function* jsonOf(result: StatementResult): AsyncGenerator<string> {
  const names = result.fields.map(({ name }) => JSON.stringify(name))
  const types = result.fields.map(({ type }) => type)
  for await (const { rowCount, columns } of result.columnChunks()) {
    let chunk = ''
    for (let row = 0; row < rowCount; row++) {
      const members = columns.map((values, i) => `${names[i]!}:${jsonText(toJson(values[row]!, types[i]!))}`)
      chunk += `{${members.join(',')}}\n`
    }
    yield chunk
  }
}
