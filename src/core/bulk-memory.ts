/**
 * Filling and moving bytes of the shared memory with WebAssembly's own instructions.
 *
 * V8 fills and moves shared memory with relaxed atomic stores: `TypedArray.fill` of 1 MiB takes 0.14 ms where `memory.fill` takes 0.017, of 8 KiB
 * 1.1 us where it takes 0.04 (Node 20).
 */
import type { Pointer } from './memory-control.ts'

export interface BulkMemory {
  /** Sets the bytes [start, end) to `value`; none when `end` is not behind `start`. */
  fill(value: number, start: Pointer, end: Pointer): void
  /** Moves the bytes [start, end) to `to`; the ranges may overlap. */
  copyWithin(to: Pointer, start: Pointer, end: Pointer): void
}

// prettier-ignore
const MODULE = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  // One type: (i32, i32, i32) -> ().
  ...[0x01, 0x07, 0x01, 0x60, 0x03, 0x7f, 0x7f, 0x7f, 0x00],
  // Imported: a shared memory "e" "m" of 1 to 65,536 pages.
  ...[0x02, 0x0b, 0x01, 0x01, 0x65, 0x01, 0x6d, 0x02, 0x03, 0x01, 0x80, 0x80, 0x04],
  // Two functions, exported as "fill" and "copy".
  ...[0x03, 0x03, 0x02, 0x00, 0x00],
  ...[0x07, 0x0f, 0x02, 0x04, 0x66, 0x69, 0x6c, 0x6c, 0x00, 0x00, 0x04, 0x63, 0x6f, 0x70, 0x79, 0x00, 0x01],
  // local.get 0, 1, 2 and memory.fill; the same and memory.copy.
  ...[0x0a, 0x1a, 0x02, 0x0b, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfc, 0x0b, 0x00, 0x0b],
  ...[0x0c, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfc, 0x0a, 0x00, 0x00, 0x0b],
])

type Three = (a: number, b: number, c: number) => void

export function bulkMemoryOf(memory: WebAssembly.Memory): BulkMemory {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(MODULE), { e: { m: memory } })
  const { fill, copy } = exports as unknown as { fill: Three; copy: Three }
  return {
    fill: (value, start, end) => {
      if (end > start) fill(start, value, end - start)
    },
    copyWithin: (to, start, end) => {
      if (end > start) copy(to, start, end - start)
    },
  }
}
