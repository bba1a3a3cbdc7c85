/** Where the first row of a CSV file begins: behind a byte order mark, the lines to skip, and the header. */
import { Buffer } from 'node:buffer'
import type { Arena } from '../../core/arena.ts'
import type { EngineMemory } from '../../core/memory.ts'
import type { Kernels } from '../../kernel/kernels.ts'
import { malformedRow } from '../text/text-error.ts'
import type { TextSource } from '../text/text-source.ts'
import { storeDialect } from './kernel-dialect.ts'
import type { CsvLayout } from './layout.ts'
import { splitRows } from './split-rows.ts'

const HEAD_BYTES = 16 << 10
const PAD = 2
const LAST = 1
const LF = 10
const CR = 13

interface HeaderContext {
  readonly memory: EngineMemory
  readonly kernels: Kernels
  readonly arena: Arena
}

/** 22P04 when the header is longer than rows may be. */
export function firstRowOffset(text: TextSource, layout: CsvLayout, context: HeaderContext): number {
  for (let byteCount = HEAD_BYTES; ; byteCount *= 4) {
    const room = new Uint8Array(byteCount)
    const bytes = room.subarray(0, text.copy(room, 0))
    const isWhole = bytes.length < byteCount
    const start = behindLines(bytes, layout.skip, isWhole)
    const offset =
      start === undefined ? undefined : behindHeader(bytes, { layout, context, url: text.url, start, isWhole })
    if (offset !== undefined) return offset
    if (isWhole) return bytes.length
    if (bytes.length > layout.rowBytesMax) throw malformedRow(text.url, `no row begins in ${bytes.length} bytes`)
  }
}

/** The bytes of a UTF-8 byte order mark at the beginning. */
export function byteOrderMark(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}

/** The offset behind `count` lines; undefined when more bytes are needed. */
export function behindLines(bytes: Uint8Array, count: number, isWhole: boolean): number | undefined {
  let at = byteOrderMark(bytes)
  for (let line = 0; line < count; line++) {
    while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at++
    if (at + 1 >= bytes.length) return isWhole ? bytes.length : undefined
    at += bytes[at] === CR && bytes[at + 1] === LF ? 2 : 1
  }
  return at
}

function behindHeader(
  bytes: Uint8Array,
  {
    layout,
    context: { memory, kernels, arena },
    url,
    start,
    isWhole,
  }: { layout: CsvLayout; context: HeaderContext; url: string; start: number; isWhole: boolean },
): number | undefined {
  if (!layout.hasHeader) return start
  const mark = arena.mark()
  try {
    const base = arena.allocate(bytes.length)
    memory.u8.set(bytes, base)
    const dialect = storeDialect(memory, arena, layout.dialect)
    const columns = layout.columns.length
    const out = arena.allocate((columns + 1) * 8)
    const state = arena.allocate(20)
    const flags = PAD | (isWhole ? LAST : 0)
    const rows = kernels.text.csvRows(base, start, bytes.length, 0x7fff_ffff, dialect, columns, flags, 1, out, state)
    if (rows === 0) return undefined
    const end = memory.i32[state >>> 2]!
    checkNames(bytes.subarray(start, end), layout, url)
    return end
  } finally {
    arena.release(mark)
  }
}

/** Columns go by their place, so files of one table must have the same names in the same order. */
function checkNames(bytes: Uint8Array, { dialect, headerNames }: CsvLayout, url: string): void {
  if (headerNames === undefined) return
  const text = Buffer.from(bytes).toString('utf8')
  for (const { fields } of splitRows(text, dialect, true)) {
    if (fields.length === 1 && fields[0]!.text === '' && headerNames.length > 1) continue
    const names = fields.map((field) => field.text)
    if (names.length === headerNames.length && names.every((name, i) => sameName(name, headerNames[i]!))) return
    throw malformedRow(
      url,
      `the header "${names.join(',')}" is not that of the first file, "${headerNames.join(',')}"`,
      {
        hint: 'union_by_name => true reads each file by its own header.',
      },
    )
  }
}

function sameName(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase()
}
