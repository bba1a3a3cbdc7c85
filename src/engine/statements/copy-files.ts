/** Writes the rows of a query to a file: csv, JSON lines, parquet. */
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { emptyRecordBatch, loadArrow } from '../../core/arrow.ts'
import { DataError } from '../../core/errors.ts'
import type { DataType } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { createParquetWriter } from '../../format/parquet/write/parquet-writer.ts'
import { plainLocation } from '../../storage/file-location.ts'
import { formatText, jsonText, toJson } from '../format-value.ts'
import type { StatementResult } from '../result.ts'
import type { CopyOptions } from './copy-options.ts'

/** Writes all rows to the file at `path`, which appears, or is replaced, when it is whole. Returns their number. */
export async function writeCopy(result: StatementResult, path: string, options: CopyOptions): Promise<number> {
  const file = plainLocation(path)
  const unfinished = `${file}.${randomUUID()}.unfinished`
  let handle: FileHandle | undefined
  try {
    handle = await open(unfinished, 'wx')
    const { write, flush } = bufferedWriter(handle)
    if (options.format === 'parquet') await writeParquet(result, options, write)
    else if (options.format === 'csv') await writeCsv(result, options, write)
    else await writeJson(result, write)
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

async function writeCsv(result: StatementResult, options: CopyOptions, write: Write): Promise<void> {
  const { delimiter, quote, escape, nullText } = options
  const special = new Set([delimiter, quote, escape, '\n', '\r'])
  const field = (text: string): string => {
    // What reads as NULL, or would end the field, is quoted; so is what PostgreSQL takes for the end of data.
    const isPlain = text !== nullText && text !== '\\.' && ![...special].some((one) => text.includes(one))
    if (isPlain) return text
    const escaped = escape === quote ? text : text.replaceAll(escape, escape + escape)
    return `${quote}${escaped.replaceAll(quote, escape + quote)}${quote}`
  }
  const formats = result.fields.map(({ type }) => textOf(type))
  if (options.header !== false) await write(`${result.fields.map(({ name }) => field(name)).join(delimiter)}\n`)
  for await (const { rowCount, columns } of result.columnChunks()) {
    const texts = columns.map((values, i) =>
      values.map((value) => (value === null ? nullText : field(formats[i]!(value)))),
    )
    let chunk = ''
    for (let row = 0; row < rowCount; row++) chunk += `${texts.map((column) => column[row]!).join(delimiter)}\n`
    await write(chunk)
  }
}

function textOf(type: DataType): (value: LiteralValue) => string {
  return type.kind === 'varchar' ? (value) => value as string : (value) => formatText(value, type)
}

async function writeJson(result: StatementResult, write: Write): Promise<void> {
  const names = result.fields.map(({ name }) => JSON.stringify(name))
  const types = result.fields.map(({ type }) => type)
  for await (const { rowCount, columns } of result.columnChunks()) {
    let chunk = ''
    for (let row = 0; row < rowCount; row++) {
      const members = columns.map((values, i) => `${names[i]!}:${jsonText(toJson(values[row]!, types[i]!))}`)
      chunk += `{${members.join(',')}}\n`
    }
    await write(chunk)
  }
}
