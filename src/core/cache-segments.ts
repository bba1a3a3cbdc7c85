/**
 * Segments: the runs of pages that the block cache keeps its blocks in. Memory that anybody may take back when nobody reads it.
 *
 * Segments lie at the end of the memory, away from what queries allocate. A block belongs to a segment and a generation of it: when
 * the segment is freed, its generation goes up, and with that all its blocks are gone. A holder (a thread) that reads blocks pins their
 * segments; the pins of a thread that died are dropped by the pool.
 *
 * Table (u32 words from SEGMENTS_START of the control block), under the lock:
 *   SEGMENTS_MAX times   [0] first page, 0 = free slot  [1] generation  [2] tick of its last use
 *   HOLDERS_MAX times    owner + 1 of the holder, 0 = free
 *   HOLDERS_MAX times    SEGMENTS_MAX pin counts
 */
import {
  CACHED,
  CACHE_CLOCK,
  CACHE_LIMIT,
  IN_USE,
  LIMIT,
  PAGE_BYTES,
  type Pointer,
  SEGMENTS_START,
  findLastRun,
  freeRun,
  takeRun,
} from './memory-control.ts'

const SEGMENTS_MAX = 2048
const SEGMENT_WORDS = 3
/** One for each worker, the calling thread, and threads that replace others before those are forgotten. */
const HOLDERS_MAX = 80

const FIRST = 0
const GENERATION = 1
const USED = 2

const HOLDERS_START = SEGMENTS_START + SEGMENTS_MAX * SEGMENT_WORDS
const PINS_START = HOLDERS_START + HOLDERS_MAX

export interface Segment {
  readonly id: number
  readonly generation: number
  readonly pointer: Pointer
}

/** A holder's number for the thread that owns pages as `owner`; -1 when there are too many. */
export function takeHolder(control: Uint32Array, owner: number): number {
  let free = -1
  for (let i = 0; i < HOLDERS_MAX; i++) {
    const word = control[HOLDERS_START + i]!
    if (word === owner + 1) return i
    if (word === 0 && free < 0) free = i
  }
  if (free >= 0) control[HOLDERS_START + free] = owner + 1
  return free
}

/** Forgets a holder and its pins. */
export function dropHolder(control: Uint32Array, owner: number): void {
  for (let i = 0; i < HOLDERS_MAX; i++) {
    if (control[HOLDERS_START + i] !== owner + 1) continue
    control.fill(0, PINS_START + i * SEGMENTS_MAX, PINS_START + (i + 1) * SEGMENTS_MAX)
    control[HOLDERS_START + i] = 0
  }
}

export function pinSegment(control: Uint32Array, holder: number, id: number): void {
  const word = PINS_START + holder * SEGMENTS_MAX + id
  control[word] = control[word]! + 1
  control[CACHE_CLOCK] = control[CACHE_CLOCK]! + 1
  control[SEGMENTS_START + id * SEGMENT_WORDS + USED] = control[CACHE_CLOCK]!
}

export function unpinSegment(control: Uint32Array, holder: number, id: number): void {
  const word = PINS_START + holder * SEGMENTS_MAX + id
  control[word] = control[word]! - 1
}

/** Whether the segment is still that of the generation. */
export function isCurrent(control: Uint32Array, id: number, generation: number): boolean {
  const word = SEGMENTS_START + id * SEGMENT_WORDS
  return control[word + FIRST] !== 0 && control[word + GENERATION] === generation
}

/** Whether another segment of so many bytes would have to take the place of others. */
export function isCacheFull(control: Uint32Array, byteCount: number): boolean {
  const pages = Math.ceil(byteCount / PAGE_BYTES)
  const inCache = control[CACHED]! + pages
  return inCache > control[CACHE_LIMIT]! || control[IN_USE]! + pages > control[LIMIT]!
}

/** A new segment, others making place for it; undefined when those in use leave none. */
export function takeSegment(control: Uint32Array, byteCount: number): Segment | undefined {
  const pages = Math.ceil(byteCount / PAGE_BYTES)
  if (pages > control[CACHE_LIMIT]!) return undefined
  let first = 0
  let id = -1
  do {
    if (isCacheFull(control, byteCount)) continue
    first = findLastRun(control, pages)
    id = first === 0 ? -1 : freeSlot(control)
  } while (id < 0 && reclaimSegment(control))
  if (id < 0) return undefined
  takeRun(control, first, pages, 0)
  control[CACHED] = control[CACHED]! + pages
  const word = SEGMENTS_START + id * SEGMENT_WORDS
  control[word + FIRST] = first
  control[CACHE_CLOCK] = control[CACHE_CLOCK]! + 1
  control[word + USED] = control[CACHE_CLOCK]!
  return { id, generation: control[word + GENERATION]!, pointer: first * PAGE_BYTES }
}

/** Frees the segment that was used the longest time ago of those that nobody reads; false when there is none. */
export function reclaimSegment(control: Uint32Array): boolean {
  let oldest = -1
  for (let id = 0; id < SEGMENTS_MAX; id++) {
    const word = SEGMENTS_START + id * SEGMENT_WORDS
    if (control[word + FIRST] === 0 || isPinned(control, id)) continue
    if (oldest < 0 || control[word + USED]! < control[SEGMENTS_START + oldest * SEGMENT_WORDS + USED]!) oldest = id
  }
  if (oldest < 0) return false
  const word = SEGMENTS_START + oldest * SEGMENT_WORDS
  const pages = freeRun(control, control[word + FIRST]!)
  control[CACHED] = control[CACHED]! - pages
  control[word + FIRST] = 0
  control[word + GENERATION] = control[word + GENERATION]! + 1
  return true
}

function freeSlot(control: Uint32Array): number {
  for (let id = 0; id < SEGMENTS_MAX; id++) if (control[SEGMENTS_START + id * SEGMENT_WORDS + FIRST] === 0) return id
  return -1
}

function isPinned(control: Uint32Array, id: number): boolean {
  for (let holder = 0; holder < HOLDERS_MAX; holder++) {
    if (control[PINS_START + holder * SEGMENTS_MAX + id] !== 0) return true
  }
  return false
}
