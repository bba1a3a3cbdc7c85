/**
 * Decompressed pages as blocks of the cache: what their header says, then the body.
 *
 *   16 words: fields of the header, bytes of the header, where the body begins     body, levels first
 */
import { ARENA_SLACK_BYTES } from '../../core/arena.ts'
import type { Block, BlockReader } from '../../core/block-cache.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import type { PageHeader, PageKind } from './page-header.ts'

const HEADER_BYTES = 64
const ALIGNMENT = 16

const KINDS: readonly PageKind[] = ['data', 'data-v2', 'dictionary', 'other']
const IS_COMPRESSED = 10
const HEADER_LENGTH = 11
const BODY = 12

/** Bytes of a block for a page whose body has `byteCount`. */
export function pageBlockBytes(byteCount: number): number {
  return HEADER_BYTES + byteCount + ALIGNMENT + ARENA_SLACK_BYTES
}

/** Address for the body of a page whose first `offset` bytes stand before what is to be aligned. */
export function bodyPlace(block: Pointer, offset: number): Pointer {
  return block + HEADER_BYTES + ((ALIGNMENT - (offset % ALIGNMENT)) % ALIGNMENT)
}

/** `headerLength`: bytes that the header has in the file. */
export function writePageBlock(
  { u32 }: EngineMemory,
  block: Pointer,
  { header, headerLength, body }: { header: PageHeader; headerLength: number; body: Pointer },
): void {
  u32.set(
    [
      KINDS.indexOf(header.kind),
      header.byteCount,
      header.compressedByteCount,
      header.valueCount,
      header.rowCount,
      header.encoding,
      header.definitionEncoding,
      header.repetitionEncoding,
      header.definitionByteCount,
      header.repetitionByteCount,
      header.isCompressed ? 1 : 0,
      headerLength,
      body,
    ],
    block >>> 2,
  )
}

/** The page of a block: its header, the header's bytes in the file, and the address of its body. */
export function readPageBlock(
  { u32 }: EngineMemory,
  { pointer }: Block,
): { readonly header: PageHeader; readonly headerLength: number; readonly body: Pointer } {
  const at = pointer >>> 2
  return {
    header: {
      kind: KINDS[u32[at]!]!,
      byteCount: u32[at + 1]!,
      compressedByteCount: u32[at + 2]!,
      // It was compared, or not, when the page was read.
      checksum: -1,
      valueCount: u32[at + 3]!,
      rowCount: u32[at + 4]!,
      encoding: u32[at + 5]!,
      definitionEncoding: u32[at + 6]!,
      repetitionEncoding: u32[at + 7]!,
      definitionByteCount: u32[at + 8]!,
      repetitionByteCount: u32[at + 9]!,
      isCompressed: u32[at + IS_COMPRESSED] === 1,
    },
    headerLength: u32[at + HEADER_LENGTH]!,
    body: u32[at + BODY]!,
  }
}

/** How far the pages from `start` on are cached: the offset of the first that is not, or `end`. */
export function cachedUntil(
  { u32 }: EngineMemory,
  blocks: BlockReader,
  { start, end }: { readonly start: number; readonly end: number },
): number {
  let offset = start
  while (offset < end) {
    const block = blocks.find(offset)
    if (block === undefined) return offset
    const at = block.pointer >>> 2
    offset += u32[at + HEADER_LENGTH]! + u32[at + 2]!
  }
  return end
}
