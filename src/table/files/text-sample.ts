/** The beginning of text files, decompressed. */
import { Buffer } from 'node:buffer'
import { constants, gunzipSync } from 'node:zlib'
import { DataError } from '../../core/errors.ts'
import { behindLines } from '../../format/csv/header.ts'
import type { TextCompression } from '../../format/csv/layout.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { openText } from '../../format/text/text-source.ts'
import { metadataReadContext } from '../metadata-reader.ts'
import type { ListedFile } from './data-files.ts'

/** Unless more rows are asked for. */
const SAMPLE_BYTES = 512 << 10
const SAMPLE_BYTES_MAX = 256 << 20
/** Of a row, for samples of more rows. */
const ROW_BYTES = 256
/** Of a sample, decompressed. */
const TEXT_BYTES_MAX = 512 << 20
/** Files looked at in a moment. */
const FILES_AT_ONCE = 8

export interface TextSample {
  /** Without a byte order mark, and without the lines to skip. */
  readonly text: string
  /** That is the whole file. */
  readonly isWhole: boolean
}

/** By the end of a file's name. */
export function compressionOf(url: string): TextCompression {
  if (/\.gz(?:ip)?$/i.test(url)) return 'gzip'
  return /\.zst$/i.test(url) ? 'zstd' : 'none'
}

/** What `look` finds in the beginnings of files. Errors: 58P01; XX001 for damaged compression. */
export async function sampleFiles<T>(
  access: StorageAccess,
  files: readonly ListedFile[],
  options: {
    readonly compression?: TextCompression | undefined
    readonly skip?: number | undefined
    readonly sampleRows?: number | undefined
  },
  look: (sample: TextSample) => T,
): Promise<T[]> {
  const found: T[] = []
  for (let start = 0; start < files.length; start += FILES_AT_ONCE) {
    const some = files.slice(start, start + FILES_AT_ONCE)
    const samples = some.map(async (file) => {
      const { bytes, isWhole } = await readSample(access, file, options)
      return look(textOf(bytes, isWhole, options.skip ?? 0))
    })
    found.push(...(await Promise.all(samples)))
  }
  return found
}

async function readSample(
  access: StorageAccess,
  { url, byteCount }: ListedFile,
  {
    compression = compressionOf(url),
    sampleRows = 0,
  }: { compression?: TextCompression | undefined; sampleRows?: number | undefined },
): Promise<{ readonly bytes: Uint8Array; readonly isWhole: boolean }> {
  const wanted = Math.min(SAMPLE_BYTES_MAX, Math.max(SAMPLE_BYTES, sampleRows * ROW_BYTES))
  const length = Math.min(byteCount, wanted)
  const isWhole = length === byteCount
  if (compression === 'zstd') return zstdSample(access, url, wanted)
  const bytes = await access.storageFor(url).read(url, 0, length)
  if (compression === 'none') return { bytes, isWhole }
  try {
    // That the sample ends within the stream is no error here.
    const text = gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: TEXT_BYTES_MAX })
    return { bytes: text, isWhole }
  } catch (cause) {
    throw new DataError('XX001', `${url}: the compressed data are malformed`, { cause })
  }
}

/** As many bytes of text as others have of the file. */
function zstdSample(
  access: StorageAccess,
  url: string,
  byteCount: number,
): { readonly bytes: Uint8Array; readonly isWhole: boolean } {
  const file = access.storageFor(url).openSync(url)
  try {
    const text = openText(file, 'zstd', metadataReadContext())
    try {
      const bytes = new Uint8Array(byteCount)
      const count = text.copy(bytes, 0)
      return { bytes: bytes.subarray(0, count), isWhole: count < byteCount }
    } finally {
      text.close()
    }
  } finally {
    file.close()
  }
}

function textOf(bytes: Uint8Array, isWhole: boolean, skip: number): TextSample {
  const start = behindLines(bytes, skip, isWhole) ?? bytes.length
  const end = isWhole ? bytes.length : wholeCharacters(bytes)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.max(0, end - start)).toString('utf8')
  return { text, isWhole }
}

/** Bytes without the beginning of a character that is cut off. */
function wholeCharacters(bytes: Uint8Array): number {
  let end = bytes.length
  while (end > 0 && bytes.length - end < 4 && (bytes[end - 1]! & 0xc0) === 0x80) end--
  return end > 0 && bytes[end - 1]! >= 0xc0 ? end - 1 : bytes.length
}
