/**
 * How the text files of a table are to be read: found out from the beginning of the first ones, or of all where each has columns of its own.
 */
import { Buffer } from 'node:buffer'
import { gunzipSync, constants } from 'node:zlib'
import { DataError, unsupported } from '../../core/errors.ts'
import type { Field } from '../../core/types.ts'
import { behindLines } from '../../format/csv/header.ts'
import type { CsvLayout, TextCompression } from '../../format/csv/layout.ts'
import type { CsvOptions } from '../../format/csv/options.ts'
import { type SniffedCsv, sniffCsv } from '../../format/csv/sniff.ts'
import { commonTextType, settledType } from '../../format/text/common-type.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import type { ListedFile } from './data-files.ts'

/** Of a file, unless more rows are asked for. */
const SAMPLE_BYTES = 512 << 10
const SAMPLE_BYTES_MAX = 256 << 20
/** Of a row, for samples of more rows. */
const ROW_BYTES = 256
/** Files that types are guessed from. */
const FILES_SNIFFED = 10
/** Files looked at in a moment. */
const FILES_AT_ONCE = 8

export interface CsvFiles {
  readonly fields: readonly Field[]
  /** One a file. */
  readonly layouts: readonly CsvLayout[]
  readonly rowBytes: number
}

export interface CsvFilesOptions {
  readonly csv: CsvOptions
  /** Each file has columns of its own, which are put together by name. */
  readonly unionByName: boolean
}

/** Looks at the files' beginnings. Errors: 58P01; 22P04 for text that is no CSV; 42601 and 42703 for options that do not fit. */
export async function describeCsvFiles(
  access: StorageAccess,
  files: readonly ListedFile[],
  { csv, unionByName }: CsvFilesOptions,
): Promise<CsvFiles> {
  const count = unionByName ? files.length : Math.min(files.length, FILES_SNIFFED)
  const sniffed: SniffedCsv[] = []
  for (let start = 0; start < count; start += FILES_AT_ONCE) {
    const some = files.slice(start, Math.min(count, start + FILES_AT_ONCE))
    sniffed.push(...(await Promise.all(some.map(async (file) => sniffFile(access, file, csv)))))
  }
  const rowBytes = sniffed.reduce((sum, sniff) => sum + sniff.rowBytes, 0) / Math.max(1, sniffed.length)
  const settled = unionByName ? byName(sniffed) : byPlace(sniffed)
  const [first] = settled.layouts
  const layouts = files.map((file, i) => {
    const layout = unionByName ? settled.layouts[i]! : first!
    return { ...layout, compression: csv.compression ?? compressionOf(file.url) }
  })
  return { fields: settled.fields, layouts, rowBytes }
}

/** By the end of a file's name. */
export function compressionOf(url: string): TextCompression {
  if (/\.gz(?:ip)?$/i.test(url)) return 'gzip'
  return /\.zst$/i.test(url) ? 'zstd' : 'none'
}

async function sniffFile(access: StorageAccess, file: ListedFile, csv: CsvOptions): Promise<SniffedCsv> {
  const { bytes, isWhole } = await readSample(
    access,
    file,
    csv.compression ?? compressionOf(file.url),
    sampleBytes(csv),
  )
  const start = behindLines(bytes, csv.skip ?? 0, isWhole) ?? bytes.length
  const end = isWhole ? bytes.length : wholeCharacters(bytes)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.max(0, end - start)).toString('utf8')
  return sniffCsv({ text, isWhole }, csv)
}

function sampleBytes({ sampleRows }: CsvOptions): number {
  if (sampleRows === undefined) return SAMPLE_BYTES
  return Math.min(SAMPLE_BYTES_MAX, Math.max(SAMPLE_BYTES, sampleRows * ROW_BYTES))
}

/** The beginning of a text file, decompressed. */
export async function readSample(
  access: StorageAccess,
  { url, byteCount }: Pick<ListedFile, 'url' | 'byteCount'>,
  compression: TextCompression,
  sampleBytesMax: number,
): Promise<{ readonly bytes: Uint8Array; readonly isWhole: boolean }> {
  const length = Math.min(byteCount, sampleBytesMax)
  const bytes = await access.storageFor(url).read(url, 0, length)
  if (compression === 'none') return { bytes, isWhole: length === byteCount }
  if (compression === 'zstd') throw unsupported(`reading "${url}": text compressed with zstd`)
  try {
    // What is cut off is no error here.
    const text = gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 64 << 20 })
    return { bytes: text, isWhole: length === byteCount }
  } catch (cause) {
    throw new DataError('XX001', `${url}: the compressed data are malformed`, { cause })
  }
}

/** Bytes without the beginning of a character that is cut off. */
function wholeCharacters(bytes: Uint8Array): number {
  let end = bytes.length
  while (end > 0 && bytes.length - end < 4 && (bytes[end - 1]! & 0xc0) === 0x80) end--
  return end > 0 && bytes[end - 1]! >= 0xc0 ? end - 1 : bytes.length
}

interface Settled {
  readonly fields: readonly Field[]
  readonly layouts: readonly CsvLayout[]
}

/** One layout for all files: that of the first, with types that hold what is in the others. */
function byPlace(sniffed: readonly SniffedCsv[]): Settled {
  const [first, ...others] = sniffed.map(({ layout }) => layout)
  const columns = first!.columns.map(({ name, type }, i) => {
    const types = others.map((layout) => layout.columns[i]?.type ?? type)
    return { name, type: settledType(types.reduce((all, other) => commonTextType(all, other), type)) }
  })
  return { fields: columns.map((column) => ({ ...column, nullable: true })), layouts: [{ ...first!, columns }] }
}

/** The columns of all files by name, in the order in which they first occur. */
function byName(sniffed: readonly SniffedCsv[]): Settled {
  const merged = new Map<string, Field>()
  for (const { layout } of sniffed) {
    for (const { name, type } of layout.columns) {
      const key = name.toLowerCase()
      const known = merged.get(key)
      merged.set(
        key,
        known === undefined ? { name, type, nullable: true } : { ...known, type: commonTextType(known.type, type) },
      )
    }
  }
  const fields = [...merged.values()].map((field) => ({ ...field, type: settledType(field.type) }))
  const types = new Map(fields.map(({ name, type }) => [name.toLowerCase(), type]))
  const layouts = sniffed.map(({ layout }) => ({
    ...layout,
    columns: layout.columns.map(({ name }) => ({ name, type: types.get(name.toLowerCase())! })),
  }))
  return { fields, layouts }
}
