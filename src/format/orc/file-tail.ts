/**
 * The end of an ORC file, and a cache of what it says.
 *
 *   "ORC" | stripes | metadata: stripe statistics | footer | postscript | u8 length of the postscript
 *
 * Metadata and footer are compressed in chunks, the postscript is not. Spec: ORC v1, "File Tail".
 */
import { corrupt, unsupported } from '../../core/errors.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { FooterCache } from '../footer-cache.ts'
import { ProtobufError } from '../protobuf.ts'
import { decompressChunks } from './chunks.ts'
import { type OrcFooter, type PostScript, readOrcFooter, readPostScript, readStripeStatistics } from './metadata.ts'
import { type OrcNode, orcNodes } from './schema.ts'

/** Most tails fit, so that one read is enough. */
const TAIL_BYTES = 32 << 10
const FOOTER_BYTES_MAX = 256 << 20
const BLOCK_BYTES_MAX = 64 << 20

const cache = new FooterCache<OrcTail>(64 << 20)

export interface OrcTail {
  readonly postScript: PostScript
  readonly footer: OrcFooter
  readonly columns: readonly OrcNode[]
  /** Read when first asked for. */
  stripeStatistics: readonly (readonly Uint8Array[])[] | undefined
}

/** The file's tail, from the cache or read now. Errors: XX001; 0A000 for codecs that cannot be read. */
export function readOrcTail(file: SyncFile): OrcTail {
  return cache.get(file, () => readTail(file))
}

/** Statistics of stripes, by stripe and column; empty where the writer's are not to be believed. */
export function stripeStatisticsOf(file: SyncFile, tail: OrcTail): readonly (readonly Uint8Array[])[] {
  if (tail.stripeStatistics !== undefined) return tail.stripeStatistics
  const { postScript } = tail
  const end = file.byteCount - tailByteCount(file, postScript)
  // HIVE-8732: the oldest writers recorded wrong maxima.
  const isUsable = postScript.writerVersion > 0 && postScript.metadataByteCount > 0
  const start = end - postScript.metadataByteCount
  tail.stripeStatistics = !isUsable
    ? []
    : decodeMessage(file.url, start, () =>
        readStripeStatistics(readSection(file, postScript, start, postScript.metadataByteCount)),
      )
  return tail.stripeStatistics
}

/** Runs a decoder of messages; its errors become XX001. */
export function decodeMessage<T>(url: string, start: number, decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error
    throw corrupt(url, `metadata at offset ${start}, byte ${error.offset}: ${error.message}`, { cause: error })
  }
}

/** A compressed section of the file, decompressed. */
export function readSection(file: SyncFile, postScript: PostScript, start: number, byteCount: number): Uint8Array {
  if (start < 0 || byteCount > FOOTER_BYTES_MAX || start + byteCount > file.byteCount) {
    throw corrupt(file.url, `metadata at bytes [${start}, ${start + byteCount}) of a file of ${file.byteCount} bytes`)
  }
  const bytes = new Uint8Array(byteCount)
  file.readSync(bytes, start)
  return decompressChunks(bytes, postScript, `${file.url}, metadata at offset ${start}`)
}

function readTail(file: SyncFile): { value: OrcTail; byteCount: number } {
  const { url, byteCount } = file
  if (byteCount < 4) throw corrupt(url, `expected an ORC file, found ${byteCount} bytes`)
  const tail = new Uint8Array(Math.min(TAIL_BYTES, byteCount))
  file.readSync(tail, byteCount - tail.length)
  const length = tail.at(-1)!
  if (!endsWithMagic(tail) && !beginsWithMagic(file)) throw corrupt(url, 'not an ORC file')
  if (length + 1 > tail.length) throw corrupt(url, `a postscript of ${length} bytes does not fit the file`)
  const start = byteCount - 1 - length
  const postScript = decodeMessage(url, start, () =>
    readPostScript(tail.subarray(tail.length - 1 - length, tail.length - 1)),
  )
  checkPostScript(file, postScript, tail, length)
  const footerStart = start - postScript.footerByteCount
  if (footerStart < 0) throw corrupt(url, `a footer of ${postScript.footerByteCount} bytes does not fit the file`)
  const held = byteCount - tail.length
  const bytes =
    footerStart >= held
      ? decompressChunks(tail.slice(footerStart - held, start - held), postScript, `${url}, footer`)
      : readSection(file, postScript, footerStart, postScript.footerByteCount)
  const footer = decodeMessage(url, footerStart, () => readOrcFooter(bytes))
  checkStripes(url, footer, footerStart)
  const columns = orcNodes(footer, { url, isUnstable: isUnstable(postScript) })
  return { value: { postScript, footer, columns, stripeStatistics: undefined }, byteCount: bytes.length }
}

const MAGIC = Buffer.from('ORC')

/** The magic is the postscript's last field; its length is the file's last byte. */
function endsWithMagic(tail: Uint8Array): boolean {
  return MAGIC.equals(tail.subarray(-1 - MAGIC.length, -1))
}

function beginsWithMagic(file: SyncFile): boolean {
  const bytes = new Uint8Array(MAGIC.length)
  file.readSync(bytes, 0)
  return MAGIC.equals(bytes)
}

function checkPostScript({ url, byteCount }: SyncFile, postScript: PostScript, tail: Uint8Array, length: number): void {
  const { magic, compression, blockByteCount } = postScript
  if (magic !== 'ORC') {
    // Before Hive 0.11 the postscript had no magic: the file begins with it.
    const isOld = magic === undefined && length > 0 && byteCount === tail.length && tail[0] === 0x4f && tail[1] === 0x52
    if (!isOld) throw corrupt(url, `expected the postscript of an ORC file at offset ${byteCount - 1 - length}`)
  }
  if (compression.startsWith('kind ')) throw unsupported(`reading "${url}": ORC compression ${compression}`)
  if (blockByteCount > BLOCK_BYTES_MAX) throw unsupported(`reading "${url}": ORC chunks of ${blockByteCount} bytes`)
}

function checkStripes(url: string, { stripes, rowCount, types }: OrcFooter, end: number): void {
  // What is no footer at all often reads as an empty one.
  if (types.length === 0) throw corrupt(url, `the footer at offset ${end} has no types`)
  let rows = 0
  for (const [i, stripe] of stripes.entries()) {
    const stripeEnd = stripe.offset + stripe.indexByteCount + stripe.dataByteCount + stripe.footerByteCount
    if (!(stripeEnd <= end)) throw corrupt(url, `stripe ${i} ends at offset ${stripeEnd}, behind the file's data`)
    rows += stripe.rowCount
  }
  if (rows !== rowCount) throw corrupt(url, `expected ${rowCount} rows, found stripes of ${rows}`)
}

/** What writers of the unfinished second version declare; other versions differ in nothing that a reader must know. */
function isUnstable({ version }: PostScript): boolean {
  return version[0] === 1 && version[1] === 9999
}

/** Bytes from the end of the metadata to the end of the file. */
function tailByteCount(file: SyncFile, { footerByteCount }: PostScript): number {
  const last = new Uint8Array(1)
  file.readSync(last, file.byteCount - 1)
  return footerByteCount + last[0]! + 1
}
