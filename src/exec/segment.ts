/**
 * Segments: runs of pages with stored batches, in memory or in a spill file. Plain data; exec/batch-store.ts makes them.
 *
 * Nothing in a segment points outside it, so reading one back to another place is adding the distance to every address: those
 * in the vectors, and those in the string views.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { DataError, ResourceError } from '../core/errors.ts'
import { type EngineMemory, type Pointer, allocatePages, freePages } from '../core/memory.ts'
import { storageOf } from '../core/types.ts'
import type { Batch, FlatVector, Vector } from '../core/vector.ts'
import type { Kernels } from '../kernel/kernels.ts'

/** A run of pages with stored batches. */
export interface Segment {
  /** Where its pages are; when it is spilled, where they were. */
  readonly pointer: Pointer
  /** Bytes used from `pointer` on. */
  readonly byteCount: number
  readonly rowCount: number
  readonly batches: readonly Batch[]
  /** Where the bytes lie when they are not in memory. */
  readonly file: { readonly path: string; readonly offset: number } | null
}

/** A segment that is in memory for sure. */
export interface LoadedSegment {
  readonly batches: readonly Batch[]
  /** Frees the copy that was read from a file; a segment that was in memory stays. */
  release(): void
}

/** Gives back a segment's pages; nothing for a spilled one. */
export function freeSegment(memory: EngineMemory, segment: Segment): void {
  if (segment.file === null) freePages(memory, segment.pointer)
}

/** Creates a file to spill to; its descriptor. Fails when it exists. */
export function createSpillFile(path: string): number {
  try {
    return openSync(path, 'wx', 0o600)
  } catch (error) {
    throw spillError('create', path, error)
  }
}

/** Writes a segment's bytes at `offset` of an open file. */
export function writeSegment(
  file: number,
  memory: EngineMemory,
  segment: Pick<Segment, 'pointer' | 'byteCount'>,
  offset: number,
): void {
  let done = 0
  try {
    while (done < segment.byteCount) {
      const from = segment.pointer + done
      done += writeSync(file, memory.u8, from, segment.byteCount - done, offset + done)
    }
  } catch (error) {
    throw spillError('write', undefined, error)
  }
}

/** The batches of a segment, read from its file where it is spilled. */
export function loadSegment(
  { memory, kernels }: { readonly memory: EngineMemory; readonly kernels: Kernels },
  segment: Segment,
): LoadedSegment {
  if (segment.file === null) return { batches: segment.batches, release: () => undefined }
  // 64 bytes more: kernels read and write whole vectors past the end.
  const pointer = allocatePages(memory, segment.byteCount + 64, 'reading spilled rows')
  try {
    readBytes(memory, segment, pointer)
    const mover = new SegmentMover(kernels, pointer - segment.pointer)
    const batches = segment.batches.map(({ rowCount, columns }) => ({
      rowCount,
      columns: columns.map((vector) => mover.move(vector)),
    }))
    return { batches, release: () => freePages(memory, pointer) }
  } catch (error) {
    freePages(memory, pointer)
    throw error
  }
}

/** Reads the bytes of a spilled segment to `pointer`. */
export function readBytes(
  memory: EngineMemory,
  { file, byteCount }: Pick<Segment, 'file' | 'byteCount'>,
  pointer: Pointer,
): void {
  const { path, offset } = file!
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, 'r')
    let done = 0
    while (done < byteCount) {
      const count = readSync(descriptor, memory.u8, pointer + done, byteCount - done, offset + done)
      if (count === 0) throw new DataError('58030', `spill file "${path}" is shorter than what was written to it`)
      done += count
    }
  } catch (error) {
    throw error instanceof DataError ? error : spillError('read', path, error)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** Adds one distance to all addresses of the vectors of a segment. */
class SegmentMover {
  readonly #kernels: Kernels
  readonly #delta: number
  /** Dictionaries are shared by batches: moved once. */
  readonly #dictionaries = new Map<FlatVector, FlatVector>()

  constructor(kernels: Kernels, delta: number) {
    this.#kernels = kernels
    this.#delta = delta
  }

  move(vector: Vector): Vector {
    switch (vector.encoding) {
      case 'flat':
        return this.#flat(vector)
      case 'dictionary': {
        let dictionary = this.#dictionaries.get(vector.dictionary)
        if (dictionary === undefined) {
          dictionary = this.#flat(vector.dictionary)
          this.#dictionaries.set(vector.dictionary, dictionary)
        }
        const { data, validity } = vector
        return {
          ...vector,
          data: this.#address(data),
          validity: this.#address(validity),
          dictionary,
        }
      }
      case 'constant': {
        if (vector.isNull) return vector
        const data = this.#address(vector.data)
        this.#views(vector, data, 1)
        return { ...vector, data, children: vector.children.map((child) => this.move(child)) }
      }
    }
  }

  #flat(vector: FlatVector): FlatVector {
    const data = this.#address(vector.data)
    this.#views(vector, data, vector.length)
    return {
      ...vector,
      data,
      validity: this.#address(vector.validity),
      children: vector.children.map((child) => this.move(child)),
    }
  }

  #views({ type }: Vector, data: Pointer, length: number): void {
    if (storageOf(type) === 'bytes') {
      this.#kernels.store.moveViews(data, length, this.#delta)
    }
  }

  #address(pointer: Pointer): Pointer {
    return pointer === 0 ? 0 : pointer + this.#delta
  }
}

function spillError(action: string, path: string | undefined, error: unknown): ResourceError {
  const { code, message } = error as NodeJS.ErrnoException
  const target = path === undefined ? 'spill file' : `spill file "${path}"`
  return new ResourceError(code === 'ENOSPC' ? '53100' : '58030', `could not ${action} ${target}: ${message}`, {
    hint: 'The setting temp_directory says where rows that exceed memory_limit go.',
    cause: error,
  })
}
