/**
 * Where the threads of a query wait for each other, without the coordinator in between: each brings a value, and gets what all of them brought.
 *
 *   control page (query-control.ts):  how many have come  |  meetings held so far  |  by worker, two of: address and length of what it brings
 *   a worker's pages:                 the value, serialised (v8)
 *
 * A worker may come to the next meeting while others still read what this one was about, so values lie in two places in turn: nobody can be two
 * meetings ahead. Only threads that may block come here, and all of them in the same order: a request that has meetings is sent to all threads of
 * the query at once, so that two queries cannot wait for each other.
 */
import { deserialize, serialize } from 'node:v8'
import { type EngineMemory, type Pointer, allocatePages, freePages } from '../core/memory.ts'
import type { QueryControl } from './query-control.ts'

export class MeetingPoint {
  readonly #memory: EngineMemory
  readonly #control: QueryControl
  readonly #worker: number
  readonly #workerCount: number
  readonly #places: [Place, Place] = [NO_PLACE, NO_PLACE]
  #meetings = 0

  constructor(memory: EngineMemory, control: QueryControl, worker: number, workerCount: number) {
    this.#memory = memory
    this.#control = control
    this.#worker = worker
    this.#workerCount = workerCount
  }

  /**
   * What each worker brought, in their order: plain data, a copy. `prepare` is done by one of them when all have come and none has left.
   * Throws CancelledError when the query stops while others are awaited.
   */
  gather(value: unknown, prepare: () => void): readonly unknown[] {
    const side = this.#meetings++ % 2
    this.#bring(side, value)
    this.#control.meet(this.#workerCount, prepare)
    return Array.from({ length: this.#workerCount }, (_, worker) => this.#read(worker, side))
  }

  /** Waits for the others; see `gather`. */
  meet(prepare: () => void): void {
    this.#control.meet(this.#workerCount, prepare)
  }

  #bring(side: number, value: unknown): void {
    const bytes = value === undefined ? NOTHING : serialize(value)
    let place = this.#places[side]!
    if (place.bytes < bytes.byteLength) {
      if (place.bytes > 0) freePages(this.#memory, place.pointer)
      const pointer = allocatePages(this.#memory, bytes.byteLength, 'what threads tell each other')
      place = { pointer, bytes: bytes.byteLength }
      this.#places[side] = place
    }
    this.#memory.u8.set(bytes, place.pointer)
    this.#control.setBrought(this.#worker, side, place.pointer, bytes.byteLength)
  }

  #read(worker: number, side: number): unknown {
    const { pointer, length } = this.#control.brought(worker, side)
    // A copy: what is shared may be written again.
    return length === 0 ? undefined : deserialize(this.#memory.u8.slice(pointer, pointer + length))
  }
}

interface Place {
  readonly pointer: Pointer
  readonly bytes: number
}

const NO_PLACE: Place = { pointer: 0, bytes: 0 }
const NOTHING = new Uint8Array()
