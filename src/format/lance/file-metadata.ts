/**
 * The end of a Lance file of version 2.0 and later, and a cache of what it says.
 *
 *   pages | metadata of columns | (offset, size) of each | (offset, size) of global buffers | footer of 40 bytes
 *   footer: u64 metadata, u64 column table, u64 buffer table, u32 buffers, u32 columns, u16 major, u16 minor, "LANC"
 *
 * Global buffer 0 is the schema. Spec: lance-format protos/file2.proto.
 */
import { corrupt, unsupported } from '../../core/errors.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { FooterCache } from '../footer-cache.ts'
import type { ByteRange } from '../parquet/file-bytes.ts'
import { ProtobufReader } from '../protobuf.ts'
import { readLegacyMetadata } from './legacy-file.ts'
import { type LancePage, decode, readRange } from './metadata-bytes.ts'
import { type LanceField, type LanceNode, lanceNodes, readLanceField } from './schema.ts'

const FOOTER_BYTES = 40
const COLUMNS_MAX = 1 << 20
/** Row addresses have 32 bits for the row's place in a fragment. */
const ROWS_MAX = 2 ** 32

export type LanceVersion = 'legacy' | '2.0' | '2.1' | '2.2'

export interface LanceMetadata {
  readonly version: LanceVersion
  readonly rowCount: number
  readonly columns: readonly LanceNode[]
  readonly columnCount: number
  /** As Lance 0.13 wrote them: strings are lists of bytes, which are a column of their own. */
  readonly stringsAreLists: boolean
  /** What the writer noted beside the schema. */
  readonly notes: ReadonlyMap<string, string>
  /** Buffers of the file as a whole; the first is the schema. */
  readonly globalBuffers: readonly ByteRange[]
  /** Metadata of each column. */
  readonly columnRanges: readonly ByteRange[]
  /** Pages of columns, read when first asked for. */
  readonly pages: Map<number, readonly LancePage[]>
}

const cache = new FooterCache<LanceMetadata>(64 << 20)

/** The file's metadata, from the cache or read now. Errors: XX001, 0A000 for versions that cannot be read. */
export function readLanceMetadata(file: SyncFile): LanceMetadata {
  return cache.get(file, () => readMetadata(file))
}

/** The pages of a column. */
export function pagesOf(file: SyncFile, metadata: LanceMetadata, column: number): readonly LancePage[] {
  let pages = metadata.pages.get(column)
  if (pages === undefined) {
    const range = metadata.columnRanges[column]
    if (range === undefined) throw corrupt(file.url, `there is no column ${column}`)
    const bytes = readRange(file, range)
    pages = decode(file.url, range.start, () => readPages(bytes, file.byteCount))
    metadata.pages.set(column, pages)
  }
  return pages
}

function readMetadata(file: SyncFile): { value: LanceMetadata; byteCount: number } {
  const { url, byteCount } = file
  if (byteCount < FOOTER_BYTES) throw corrupt(url, `expected a Lance file, found ${byteCount} bytes`)
  const footer = new Uint8Array(FOOTER_BYTES)
  file.readSync(footer, byteCount - FOOTER_BYTES)
  const view = new DataView(footer.buffer)
  if (Buffer.from(footer.subarray(36)).toString('latin1') !== 'LANC') {
    throw corrupt(url, `expected "LANC" at offset ${byteCount - 4}`)
  }
  const version = versionOf(url, view.getUint16(32, true), view.getUint16(34, true))
  if (version === 'legacy') return legacyMetadata(file)
  const [columnTable, bufferTable] = [Number(view.getBigUint64(8, true)), Number(view.getBigUint64(16, true))]
  const [bufferCount, columnCount] = [view.getUint32(24, true), view.getUint32(28, true)]
  if (columnCount > COLUMNS_MAX || bufferCount === 0 || bufferCount > COLUMNS_MAX) {
    throw corrupt(url, `${columnCount} columns and ${bufferCount} global buffers`)
  }
  const columnRanges = readTable(file, columnTable, columnCount)
  const globalBuffers = readTable(file, bufferTable, bufferCount)
  const [schemaRange] = globalBuffers
  const bytes = readRange(file, schemaRange!)
  const { fields, rowCount, notes } = decode(url, schemaRange!.start, () => readDescriptor(bytes))
  if (rowCount > ROWS_MAX) throw corrupt(url, `${rowCount} rows`)
  const columns = lanceNodes(fields, url)
  const { all, strings } = countColumns(columns)
  const stringsAreLists = version === '2.0' && strings > 0 && columnCount === all + strings
  const known = { version, rowCount, columns, columnCount, stringsAreLists, notes, globalBuffers, columnRanges }
  const value = { ...known, pages: new Map() }
  return { value, byteCount: bytes.length + columnRanges.reduce((sum, { start, end }) => sum + end - start, 0) }
}

/** Columns of version 2.0: one a field, and how many of them are strings. */
function countColumns(nodes: readonly LanceNode[]): { all: number; strings: number } {
  let [all, strings] = [0, 0]
  for (const node of nodes) {
    const below = isLeaf(node) ? { all: 0, strings: isString(node) ? 1 : 0 } : countColumns(node.children)
    all += 1 + below.all
    strings += below.strings
  }
  return { all, strings }
}

function isLeaf({ raw, refusal, field }: LanceNode): boolean {
  return raw !== undefined || refusal !== undefined || field.isPacked
}

/** Whether values are strings or bytes of any length. */
export function isString({ raw }: LanceNode): boolean {
  return raw !== undefined && raw.width === 0 && raw.dimension === 0
}

/** The pages of a leaf's column, strings with their bytes. Errors: 0A000 where these are cut otherwise than the strings. */
export function leafPagesOf(
  file: SyncFile,
  metadata: LanceMetadata,
  node: LanceNode,
  column: number,
): readonly LancePage[] {
  const pages = pagesOf(file, metadata, column)
  if (!metadata.stringsAreLists || !isString(node)) return pages
  const items = pagesOf(file, metadata, column + 1)
  if (items.length !== pages.length) throw unsupported(`reading "${file.url}": strings and their bytes in other pages`)
  return pages.map((page, i) => ({ ...page, items: items[i]! }))
}

/** Each field of a legacy file has a column: its pages are known at once. */
function legacyMetadata(file: SyncFile): { value: LanceMetadata; byteCount: number } {
  const { columns, rowCount, pages: byField } = readLegacyMetadata(file)
  const pages = new Map<number, readonly LancePage[]>()
  const add = (node: LanceNode): void => {
    const own = byField.get(node.id) ?? []
    pages.set(pages.size, own)
    if (node.raw === undefined && node.refusal === undefined) node.children.forEach(add)
  }
  columns.forEach(add)
  const value = {
    version: 'legacy' as const,
    rowCount,
    columns,
    columnCount: pages.size,
    stringsAreLists: false,
    notes: new Map<string, string>(),
    globalBuffers: [],
    columnRanges: [],
    pages,
  }
  return { value, byteCount: 1024 + pages.size * 128 }
}

function versionOf(url: string, major: number, minor: number): LanceVersion {
  if (major === 0 && minor === 3) return '2.0'
  if (major === 2 && minor <= 2) return `2.${minor as 0 | 1 | 2}`
  if (major === 0 && minor < 3) return 'legacy'
  throw unsupported(`reading "${url}": Lance file format ${major}.${minor}`)
}

function readTable(file: SyncFile, start: number, count: number): ByteRange[] {
  const bytes = readRange(file, { start, end: start + count * 16 })
  const view = new DataView(bytes.buffer)
  return Array.from({ length: count }, (_, i) => {
    const from = Number(view.getBigUint64(i * 16, true))
    return { start: from, end: from + Number(view.getBigUint64(i * 16 + 8, true)) }
  })
}

function readDescriptor(bytes: Uint8Array): { fields: LanceField[]; rowCount: number; notes: Map<string, string> } {
  const fields: LanceField[] = []
  const notes = new Map<string, string>()
  let rowCount = 0
  for (const message = new ProtobufReader(bytes); message.next();) {
    if (message.field === 2) rowCount = message.count()
    else if (message.field === 1) {
      for (const schema = message.message(); schema.next();) {
        if (schema.field === 1) fields.push(readLanceField(schema.message()))
        else if (schema.field === 5) readNote(schema.message(), notes)
      }
    }
  }
  return { fields, rowCount, notes }
}

function readNote(message: ProtobufReader, notes: Map<string, string>): void {
  let [key, value] = ['', '']
  while (message.next()) {
    if (message.field === 1) key = message.text()
    else if (message.field === 2) value = message.text()
  }
  notes.set(key, value)
}

function readPages(bytes: Uint8Array, fileBytes: number): LancePage[] {
  const pages: LancePage[] = []
  for (const message = new ProtobufReader(bytes); message.next();) {
    if (message.field !== 2) continue
    const [offsets, sizes]: number[][] = [[], []]
    let length = 0
    let encoding: Uint8Array | undefined
    const page = message.message()
    while (page.next()) {
      if (page.field === 1) page.counts(offsets!)
      else if (page.field === 2) page.counts(sizes!)
      else if (page.field === 3) length = page.count()
      else if (page.field === 4) encoding = readEncoding(page.message())
    }
    if (encoding === undefined || offsets!.length !== sizes!.length) throw page.error('a page without an encoding')
    const buffers = offsets!.map((start, i) => ({ start, end: start + sizes![i]! }))
    if (buffers.some(({ end }) => end > fileBytes)) throw page.error('a page lies behind the end of the file')
    pages.push({ buffers, length, encoding })
  }
  return pages
}

/** The message within `direct`, which says its type by a URL. */
function readEncoding(message: ProtobufReader): Uint8Array {
  while (message.next()) {
    if (message.field === 1) throw unsupported('a Lance page whose encoding lies elsewhere')
    if (message.field !== 2) continue
    for (const direct = message.message(); direct.next();) {
      if (direct.field !== 1) continue
      for (const any = direct.message(); any.next();) if (any.field === 2) return any.byteArray()
    }
  }
  return new Uint8Array(0)
}
