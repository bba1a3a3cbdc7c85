/**
 * Files of the first version (0.1).
 *
 *   pages | Manifest with the schema | page table: (u64 position, u64 length) of each field and batch | Metadata | u64 where that begins | u16, u16, "LANC"
 *
 * Numbers lie one after the other, lists as i32 offsets, strings as offsets into the file; messages stand behind their length. There is no validity: an empty string
 * is NULL, other types have none.
 *
 * Spec: lance-format protos/file.proto.
 */
import { corrupt, unsupported } from '../../core/errors.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { ProtobufReader } from '../protobuf.ts'
import type { ListPage } from './array-page.ts'
import type { ValueBlock } from './decompress.ts'
import { type LancePage, decode, readRange } from './metadata-bytes.ts'
import type { LeafPart } from './leaf-rows.ts'
import type { PageRows } from './page-reader.ts'
import { type LanceContext, loadRange } from './reader-context.ts'
import { type LanceField, type LanceNode, type RawValues, lanceNodes, readLanceField } from './schema.ts'

const BATCHES_MAX = 1 << 20
const VALUES_MAX = 1 << 28

export interface LegacyMetadata {
  readonly columns: readonly LanceNode[]
  readonly rowCount: number
  /** Pages by field id. */
  readonly pages: ReadonlyMap<number, readonly LancePage[]>
}

export function readLegacyMetadata(file: SyncFile): LegacyMetadata {
  const { url, byteCount } = file
  const trailer = readRange(file, { start: byteCount - 16, end: byteCount })
  const start = Number(new DataView(trailer.buffer).getBigUint64(0, true))
  const offsets: number[] = []
  const found = { manifest: 0, table: 0 }
  const bytes = readMessage(file, start)
  decode(url, start, () => {
    for (const message = new ProtobufReader(bytes); message.next();) {
      if (message.field === 1) found.manifest = message.count()
      else if (message.field === 2) message.counts(offsets)
      else if (message.field === 3) found.table = message.count()
    }
  })
  if (found.manifest === 0) throw unsupported(`reading "${url}": a legacy Lance file without a schema`)
  const manifest = readMessage(file, found.manifest)
  const fields = decode(url, found.manifest, () => readFields(manifest))
  const batches = Math.max(0, offsets.length - 1)
  if (batches > BATCHES_MAX) throw corrupt(url, `${batches} batches`)
  return {
    columns: lanceNodes(fields, url),
    rowCount: offsets.at(-1) ?? 0,
    pages: readPageTable(file, found.table, fields, batches),
  }
}

function readMessage(file: SyncFile, start: number): Uint8Array {
  const head = readRange(file, { start, end: start + 4 })
  const length = new DataView(head.buffer).getUint32(0, true)
  return readRange(file, { start: start + 4, end: start + 4 + length })
}

function readFields(bytes: Uint8Array): LanceField[] {
  const fields: LanceField[] = []
  for (const message = new ProtobufReader(bytes); message.next();) {
    if (message.field === 1) fields.push(readLanceField(message.message()))
  }
  return fields
}

function readPageTable(
  file: SyncFile,
  start: number,
  fields: readonly LanceField[],
  batches: number,
): ReadonlyMap<number, readonly LancePage[]> {
  const ids = fields.map(({ id }) => id)
  const first = ids.reduce((least, id) => Math.min(least, id), Infinity)
  const last = ids.reduce((most, id) => Math.max(most, id), -1)
  if (fields.length === 0) return new Map()
  const bytes = readRange(file, { start, end: start + (last - first + 1) * batches * 16 })
  const view = new DataView(bytes.buffer)
  return new Map(
    fields.map(({ id }) => [
      id,
      Array.from({ length: batches }, (_, batch): LancePage => {
        const at = ((id - first) * batches + batch) * 16
        const position = Number(view.getBigUint64(at, true))
        const length = Number(view.getBigUint64(at + 8, true))
        return { buffers: [{ start: position, end: file.byteCount }], length, encoding: new Uint8Array(0) }
      }),
    ]),
  )
}

/** Values [from, to) of a leaf's page: only what these need is read. */
export function readLegacyPage(
  context: LanceContext,
  page: LancePage,
  { from, to }: PageRows,
  { node, raw }: { readonly node: LanceNode; readonly raw: RawValues },
): LeafPart {
  const { start } = page.buffers[0]!
  const perValue = Math.max(1, raw.dimension)
  if (page.length * perValue > VALUES_MAX) throw corrupt(context.file.url, `a page of ${page.length} values`)
  const n = to - from
  const { dictionary, logicalType } = node.field
  if (logicalType.startsWith('dict:')) {
    if (dictionary === undefined || !/^dict:[a-z_]+:int32:/.test(logicalType)) {
      throw unsupported(`reading column "${node.name}" of "${context.file.url}": type ${logicalType}`)
    }
    return dictionaryPage(context, plain(context, start + from * 4, n, 4), dictionary)
  }
  if (raw.width === 0) return binaryPage(context, start + from * 8, n)
  const items = n * perValue
  const block = raw.isBits
    ? bits(context, start, from * perValue, items)
    : plain(context, start + from * perValue * raw.width, items, raw.width)
  return { values: { ...block, count: n }, repetition: undefined, definition: undefined, places: n }
}

function plain(context: LanceContext, start: number, n: number, width: number): ValueBlock {
  const { pointer } = loadRange(context, { start, end: start + n * width }, context.lasting)
  return { pointer, width, count: n, validity: 0 }
}

/** Bits [from, from + n) of those at `start`. */
function bits(context: LanceContext, start: number, from: number, n: number): ValueBlock {
  const range = { start: start + (from >>> 3), end: start + Math.ceil((from + n) / 8) }
  const { pointer } = loadRange(context, range, context.scratch)
  const out = context.lasting.allocate(n)
  context.kernels.parquet.plainBooleans(pointer, from & 7, n, out)
  return { pointer: out, width: 1, count: n, validity: 0 }
}

/** Strings by n + 1 offsets in the file, the first of them at `start`. */
function binaryPage(context: LanceContext, start: number, n: number): LeafPart {
  const { memory, file, lasting, scratch, kernels } = context
  const offsets = loadRange(context, { start, end: start + (n + 1) * 8 }, scratch)
  const at = offsets.pointer >>> 3
  const [first, last] = [Number(memory.u64[at]!), Number(memory.u64[at + n]!)]
  if (!(first <= last && last <= file.byteCount)) throw corrupt(file.url, 'a page is malformed: offsets of strings')
  const { pointer: bytes } = loadRange(context, { start: first, end: last }, lasting)
  for (let i = 0; i <= n; i++) memory.u64[at + i] = memory.u64[at + i]! - BigInt(first)
  const pointer = lasting.allocate(n * 8)
  if (kernels.lance.lanceViews(offsets.pointer, 64, bytes, last - first, n, pointer) < 0) {
    throw corrupt(file.url, 'a page is malformed: offsets of strings')
  }
  const definition = new Uint8Array(n)
  for (let i = 0; i < n; i++) definition[i] = memory.u32[(pointer >>> 2) + 2 * i + 1] === 0 ? 1 : 0
  return { values: { pointer, width: 0, count: n, validity: 0 }, repetition: undefined, definition, places: n }
}

function dictionaryPage(
  context: LanceContext,
  codes: ValueBlock,
  { offset, length }: { readonly offset: number; readonly length: number },
): LeafPart {
  const { kernels, lasting, file } = context
  const n = codes.count
  const { values } = binaryPage(context, offset, length)
  if (!kernels.parquet.codesBelow(codes.pointer, n, length)) {
    throw corrupt(file.url, 'a page is malformed: a code that is not in the dictionary')
  }
  const pointer = lasting.allocate(n * 8)
  kernels.parquet.gather(values.pointer, 8, codes.pointer, n, pointer)
  return {
    values: { pointer, width: 0, count: n, validity: 0 },
    repetition: undefined,
    definition: undefined,
    places: n,
  }
}

/** Items of a page of lists: its last offset. */
export function legacyItemCount(context: LanceContext, page: LancePage): number {
  const { memory, scratch, file } = context
  if (page.length === 0) return 0
  const start = page.buffers[0]!.start + (page.length - 1) * 4
  const { pointer } = loadRange(context, { start, end: start + 4 }, scratch)
  const count = memory.u32[pointer >>> 2]!
  if (count > VALUES_MAX) throw corrupt(file.url, 'a page is malformed: offsets of lists')
  return count
}

/** Lists [from, to) of a page by their offsets, of which there is one more than lists. */
export function readLegacyLists(context: LanceContext, page: LancePage, { from, to }: PageRows): ListPage {
  const { memory, lasting, file } = context
  const n = to - from
  const start = page.buffers[0]!.start + from * 4
  const { pointer } = loadRange(context, { start, end: start + (n + 1) * 4 }, lasting)
  const offsets = lasting.allocate((n + 1) * 8)
  let last = 0
  for (let i = 0; i <= n; i++) {
    const end = memory.u32[(pointer >>> 2) + i]!
    if (end < last || end > VALUES_MAX) throw corrupt(file.url, 'a page is malformed: offsets of lists')
    memory.u32[(offsets >>> 2) + 2 * i] = end
    memory.u32[(offsets >>> 2) + 2 * i + 1] = 0
    last = end
  }
  const itemCount = to === page.length - 1 ? last : legacyItemCount(context, page)
  if (itemCount < last) throw corrupt(file.url, 'a page is malformed: offsets of lists')
  return { offsets, validity: 0, itemCount }
}
