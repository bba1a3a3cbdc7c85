/**
 * Collects the values of one `read` from the pages it touches: codes as long as all pages are dictionary-coded,
 * converted values otherwise.
 *
 *   pages:   dict  dict            -> codes
 *            dict  dict  plain     -> values: the codes so far are looked up
 *
 * Values are compact (NULLs have none) and followed by zeroes, so that spreading them over rows reads nothing odd.
 */
import type { Arena } from '../../core/arena.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import type { FlatVector } from '../../core/vector.ts'
import type { ParquetKernels } from '../../kernel/generated/parquet.ts'
import type { TextKernels } from '../../kernel/generated/text.ts'
import type { Kernels } from '../../kernel/kernels.ts'
import type { Conversion } from './conversion.ts'
import type { PageValues } from './page-values.ts'

/** Zeroes behind the last value: the widest value there is. */
const TAIL_BYTES = 16

/** A text has bytes that are not UTF-8: an error, as those of the kernels. */
export const NOT_UTF8 = -6

/** Some rows among those of a page. */
export interface Places {
  readonly pointer: Pointer
  readonly count: number
}

export class ValueSink {
  readonly #kernels: ParquetKernels
  readonly #text: TextKernels
  /** Values are views of what must be UTF-8. */
  readonly #isText: boolean
  readonly #memory: EngineMemory
  readonly #conversion: Conversion
  #arena!: Arena
  #scratch!: Arena
  #capacity = 0
  #dictionary: FlatVector | undefined
  /** Where the values or codes begin; 0 before the first. */
  pointer: Pointer = 0
  isCoded = false
  count = 0
  /** The values lie in a page: nothing may be written behind them. */
  #isBorrowed = false

  constructor(kernels: Kernels, memory: EngineMemory, conversion: Conversion) {
    this.#kernels = kernels.parquet
    this.#text = kernels.text
    this.#isText = conversion.type.kind === 'varchar' && conversion.steps.length === 0
    this.#memory = memory
    this.#conversion = conversion
  }

  /** Starts collecting in `arena`, with room for `capacity` values at first. */
  begin(capacity: number, arena: Arena, scratch: Arena): void {
    this.#capacity = capacity
    this.#arena = arena
    this.#scratch = scratch
    this.pointer = 0
    this.isCoded = false
    this.count = 0
    this.#isBorrowed = false
  }

  /** Takes the page's next `n` values, or those of them at `places`; 0 or a negative error. */
  take(values: PageValues, n: number, places: Places | null, dictionary: FlatVector | undefined): number {
    const taken = places === null ? n : places.count
    this.#dictionary = dictionary
    if (places === null && n === this.#capacity && this.#borrow(values, n)) return this.#checkText(this.pointer, n)
    if (this.pointer === 0) this.#allocate(values.isCoded)
    else if (this.isCoded && !values.isCoded) this.#lookUp()
    if (this.count + taken > this.#capacity) this.#grow(this.count + taken)
    const { width, rawWidth, steps, viewsOfFixed } = this.#conversion
    const outWidth = this.isCoded ? 4 : width
    const out = this.pointer + this.count * outWidth
    let result: number
    if (values.isCoded && !this.isCoded) {
      const codes = this.#scratch.allocate(taken * 4)
      result = this.#raw(values, n, places, codes, 4)
      if (result === 0) this.#kernels.gather(dictionary!.data, width, codes, taken, out)
    } else if (this.isCoded || steps.length === 0) {
      result = this.#raw(values, n, places, out, viewsOfFixed ? 8 : rawWidth)
      if (result >= 0 && !this.isCoded) result = this.#checkText(out, taken)
    } else {
      const raw = this.#scratch.allocate(taken * rawWidth)
      result = this.#raw(values, n, places, raw, rawWidth)
      if (result === 0) result = convert(this.#kernels, this.#conversion, raw, taken, out, this.#scratch)
    }
    this.count += taken
    return result
  }

  #checkText(views: Pointer, n: number): number {
    return this.#isText && this.#text.viewsUtf8Error(views, n) >= 0 ? NOT_UTF8 : 0
  }

  /** Ends collecting: puts zeroes behind the last value. */
  end(): void {
    if (this.pointer === 0 || this.#isBorrowed) return
    const end = this.pointer + this.count * (this.isCoded ? 4 : this.#conversion.width)
    this.#memory.bulk.fill(0, end, end + TAIL_BYTES)
  }

  /** A whole read of one page whose values need no conversion is used where it lies. */
  #borrow(values: PageValues, n: number): boolean {
    if (this.pointer !== 0 || values.borrow === undefined || this.#conversion.steps.length > 0) return false
    this.pointer = values.borrow(n)
    this.#isBorrowed = this.pointer !== 0
    this.count = this.#isBorrowed ? n : 0
    return this.#isBorrowed
  }

  #raw(values: PageValues, n: number, places: Places | null, out: Pointer, width: number): number {
    if (places === null) return values.read(n, out)
    return values.select(n, places.pointer, places.count, out, this.#scratch.allocate(n * Math.max(width, 4)))
  }

  #allocate(isCoded: boolean): void {
    this.isCoded = isCoded
    const width = isCoded ? 4 : this.#conversion.width
    this.pointer = this.#arena.allocate(this.#capacity * width + TAIL_BYTES)
  }

  /** Columns with lists have any number of values in a row. */
  #grow(needed: number): void {
    const old = this.pointer
    const width = this.isCoded ? 4 : this.#conversion.width
    this.#capacity = Math.max(needed, this.#capacity * 2)
    this.#allocate(this.isCoded)
    this.#isBorrowed = false
    this.#memory.bulk.copyWithin(this.pointer, old, old + this.count * width)
  }

  #lookUp(): void {
    const codes = this.pointer
    const { count } = this
    this.#allocate(false)
    if (count > 0) this.#kernels.gather(this.#dictionary!.data, this.#conversion.width, codes, count, this.pointer)
  }
}

/** Runs the conversion's steps on `n` values at `from`; 0 or a negative error. */
export function convert(
  kernels: ParquetKernels,
  { steps }: Conversion,
  from: Pointer,
  n: number,
  to: Pointer,
  scratch: Arena,
): number {
  let current = from
  for (const [i, step] of steps.entries()) {
    const target = i === steps.length - 1 ? to : scratch.allocate(n * step.width)
    const result = step.run(kernels, current, n, target)
    if (result < 0) return result
    current = target
  }
  return 0
}
