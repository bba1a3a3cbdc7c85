/**
 * Where the rows of each chunk of a file begin: the first row that begins in the chunk's bytes.
 *
 * A line end within quotes ends no row, and whether a byte is within quotes hangs on all bytes before it. So what lies before a chunk is looked
 * through for quotes (a kernel does some GB/s), from the last place that is known: where a row begins, or how the last look ended. What is found is
 * exact, never guessed from the chunk itself. Without quotes and comments any line end will do, and nothing is looked through.
 */
import { Arena } from '../../core/arena.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import type { Kernels } from '../../kernel/kernels.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { storeDialect } from './kernel-dialect.ts'
import type { CsvDialect } from './layout.ts'

const PIECE_BYTES = 256 << 10
const SPACE = 0x20

export class ChunkStarts {
  readonly #file: SyncFile
  readonly #memory: EngineMemory
  readonly #kernels: Kernels
  readonly #dialect: CsvDialect
  readonly #firstRow: number
  /** What is known, by target. */
  readonly #found = new Map<number, number>()
  #lastTarget = 0
  /** A place up to which all is known, and whether it is within quotes. */
  #position: number
  #isInside = false
  /** Bytes before the position that tell whether a quote there begins a field. */
  #before = new Uint8Array(0)
  bytesRead = 0

  /** `firstRow`: where the first row of the file begins. */
  constructor(
    file: SyncFile,
    { memory, kernels }: { readonly memory: EngineMemory; readonly kernels: Kernels },
    dialect: CsvDialect,
    firstRow: number,
  ) {
    this.#file = file
    this.#memory = memory
    this.#kernels = kernels
    this.#dialect = dialect
    this.#firstRow = firstRow
    this.#position = firstRow
  }

  /** Tells that `offset` is the first row from `target` on. */
  learn(target: number, offset: number): void {
    this.#found.set(target, offset)
    this.#lastTarget = Math.max(this.#lastTarget, target)
    if (offset > this.#position) this.#goTo(offset)
  }

  /** Where the first row begins that begins at `target` or behind; the file's end when there is none. Cheap when targets ascend from call to call. */
  firstFrom(target: number): number {
    let offset = this.#found.get(target)
    if (offset !== undefined) return offset
    if (target < this.#lastTarget) this.#goTo(this.#firstRow)
    offset = this.#find(target)
    this.learn(target, offset)
    return offset
  }

  #find(target: number): number {
    const isRowStart = !this.#isInside && this.#before.length === 0
    if (target <= this.#position && isRowStart) return this.#position
    const { quote, comment } = this.#dialect
    if (quote === '' && comment === '' && target - 1 > this.#position) this.#goTo(target - 1)
    const arena = new Arena(this.#memory, 'CSV text', PIECE_BYTES + 65_536)
    try {
      const dialect = storeDialect(this.#memory, arena, this.#dialect)
      const state = arena.allocate(16)
      const mark = arena.mark()
      while (this.#position < this.#file.byteCount) {
        arena.release(mark)
        const found = this.#skipPiece(arena, dialect, state, target)
        if (found !== undefined) return found
      }
      return this.#file.byteCount
    } finally {
      arena.free()
    }
  }

  /** Where a row begins, or may be taken to. */
  #goTo(offset: number): void {
    this.#position = offset
    this.#isInside = false
    this.#before = new Uint8Array(0)
  }

  /** Looks through the next bytes; the row's offset, once it is found. */
  #skipPiece(arena: Arena, dialect: Pointer, state: Pointer, target: number): number | undefined {
    const { u8, i32 } = this.#memory
    const before = this.#before.length
    let byteCount = Math.min(PIECE_BYTES, this.#file.byteCount - this.#position)
    for (;;) {
      const base = arena.allocate(before + byteCount)
      const start = this.#position - before
      const end = before + byteCount
      u8.set(this.#before, base)
      this.#file.readSync(u8.subarray(base + before, base + end), this.#position)
      this.bytesRead += byteCount
      const isLast = this.#position + byteCount === this.#file.byteCount
      const wanted = Math.max(0, Math.min(target - start, 0x7fff_0000))
      this.#kernels.text.csvSkip(base, before, end, wanted, dialect, this.#isInside ? 1 : 0, isLast ? 1 : 0, state)
      const [at, isFound, isInside] = [i32[state >>> 2]!, i32[(state >>> 2) + 1], i32[(state >>> 2) + 2] === 1]
      if (isFound === 1) {
        this.#goTo(start + at)
        return start + at
      }
      if (isLast) {
        this.#goTo(this.#file.byteCount)
        return undefined
      }
      if (at > before) {
        this.#keep(base, at, start, isInside)
        return undefined
      }
      // Not a byte could be decided (a comment as long as the piece): look at more at once.
      byteCount = Math.min(byteCount * 4, this.#file.byteCount - this.#position)
    }
  }

  /** Goes on at `at`, remembering the spaces before it and one byte more. */
  #keep(base: Pointer, at: number, start: number, isInside: boolean): void {
    const { u8 } = this.#memory
    let from = at
    while (from > 0 && u8[base + from - 1] === SPACE) from--
    from = Math.max(0, from - 1)
    this.#before = u8.slice(base + from, base + at)
    this.#position = start + at
    this.#isInside = isInside
  }
}
