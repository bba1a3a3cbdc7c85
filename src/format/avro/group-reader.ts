/**
 * Reads the rows of some consecutive blocks: all columns asked for are decoded at once, when the first is read, because records lie one after
 * another.
 */
import { Arena } from '../../core/arena.ts'
import { defined } from '../../core/assert.ts'
import { crc32OfBytes } from '../../core/crc32.ts'
import { DataError, type SluiceError, corrupt, unsupported } from '../../core/errors.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import { VARCHAR } from '../../core/types.ts'
import { sliceVector, vectorFromLiterals } from '../../core/vector-values.ts'
import type { FlatVector, Selection, Vector } from '../../core/vector.ts'
import type { Kernels } from '../../kernel/kernels.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { type Span, canBecome, decompressInto } from '../codec.ts'
import type { ReadContext, RowGroupReader, RowRange } from '../format.ts'
import { ConstantColumn } from '../parquet/constant-column.ts'
import { assertUtf8 } from '../utf8-check.ts'
import { selectRows } from '../parquet/select-rows.ts'
import { PLAIN_VARIANT, variantVector } from '../parquet/variant-column.ts'
import type { AvroBlock, AvroGroup } from './block-index.ts'
import { decompressBlock } from './codec.ts'
import type { AvroProgram, OutputColumn } from './program.ts'
import { COLUMN_BYTES, DECODE_ERRORS } from './program-words.ts'

/** Decompressed blocks at most. */
const BLOCK_BYTES_MAX = 256 << 20

const INEXACT = -5

export class AvroGroupReader implements RowGroupReader {
  readonly rowCount: number
  readonly #file: SyncFile
  readonly #codec: string
  readonly #group: AvroGroup
  readonly #program: AvroProgram
  readonly #memory: EngineMemory
  readonly #kernels: Kernels
  readonly #lasting: Arena
  readonly #vectors: (Vector | undefined)[] = []
  /** The kernel's columns; 0 before the blocks are decoded. */
  #columns: Pointer = 0
  bytesRead = 0

  constructor(
    file: SyncFile,
    { memory, kernels }: ReadContext,
    { codec, group, program }: { codec: string; group: AvroGroup; program: AvroProgram },
  ) {
    this.#file = file
    this.#codec = codec
    this.#group = group
    this.#program = program
    this.#memory = memory
    this.#kernels = kernels
    this.#lasting = new Arena(memory, 'blocks of an Avro file', 256 << 10)
    this.rowCount = group.rowCount
  }

  candidateRanges(): readonly RowRange[] {
    return this.rowCount === 0 ? [] : [{ start: 0, end: this.rowCount }]
  }

  prefetch(): void {
    // Blocks are read whole.
  }

  read(column: number, start: number, end: number, selection: Selection | null, arena: Arena): Vector {
    const output = defined(this.#program.outputs[column], 'a bound column')
    if (this.#columns === 0) this.#decode()
    const whole = (this.#vectors[column] ??= this.#vector(output, this.rowCount))
    const vector = sliceVector(whole, start, end - start)
    return selection === null ? vector : selectRows(this.#kernels.parquet, vector, selection, arena)
  }

  close(): void {
    this.#lasting.free()
  }

  #decode(): void {
    const { columnCount, words, root, hasLists } = this.#program
    const { i32, u32 } = this.#memory
    const code = this.#lasting.allocate(words.byteLength)
    i32.set(words, code >>> 2)
    const columns = this.#lasting.allocateZeroed(columnCount * COLUMN_BYTES)
    const blocks = this.#group.blocks.map((block) => ({ block, span: this.#load(block) }))
    const run = (isDry: 0 | 1): void => {
      for (const { block, span } of blocks) {
        const { pointer, byteCount } = span
        const stop = pointer + byteCount
        const { avro } = this.#kernels
        const result = avro.avroRecords(code, root, columns, pointer, stop, block.rowCount, isDry)
        if (result < 0) throw this.#error(block, result)
      }
    }
    if (hasLists) run(1)
    const slots = (column: number): number =>
      hasLists ? u32[((columns + column * COLUMN_BYTES) >>> 2) + 2]! : this.rowCount
    const allocate = (output: OutputColumn): void => {
      const { column, width, children } = output
      const at = (columns + column * COLUMN_BYTES) >>> 2
      const count = slots(column)
      u32[at] = this.#lasting.allocate(count * width)
      u32[at + 1] = this.#lasting.allocate(count)
      u32[at + 2] = 0
      u32[at + 3] = 0
      for (const child of children) if ('column' in child) allocate(child)
    }
    for (const output of new Set(this.#program.outputs)) if ('column' in output) allocate(output)
    run(0)
    this.#columns = columns
  }

  /** The records of a block, decompressed. */
  #load({ start, byteCount }: AvroBlock): Span {
    const { u8 } = this.#memory
    this.bytesRead += byteCount
    if (this.#codec === 'null') {
      const pointer = this.#lasting.allocate(byteCount)
      this.#file.readSync(u8.subarray(pointer, pointer + byteCount), start)
      return { pointer, byteCount }
    }
    if (this.#codec === 'snappy') return this.#loadSnappy(start, byteCount)
    const bytes = new Uint8Array(byteCount)
    this.#file.readSync(bytes, start)
    const records = decompressBlock(this.#codec, bytes, this.#file.url)
    const pointer = this.#lasting.allocate(records.length)
    u8.set(records, pointer)
    return { pointer, byteCount: records.length }
  }

  /** The compressed bytes and the checksum of what they become. */
  #loadSnappy(start: number, byteCount: number): Span {
    const { u8 } = this.#memory
    const { url } = this.#file
    if (byteCount < 5) throw corrupt(url, `the snappy block at offset ${start} ends early`)
    const mark = this.#lasting.mark()
    const packed = { pointer: this.#lasting.allocate(byteCount), byteCount: byteCount - 4 }
    this.#file.readSync(u8.subarray(packed.pointer, packed.pointer + byteCount), start)
    const length = this.#kernels.codec.snappyLength(packed.pointer, packed.byteCount)
    const context = { memory: this.#memory, kernels: this.#kernels, scratch: this.#lasting }
    if (length < 0 || length > BLOCK_BYTES_MAX || !canBecome('snappy', packed, length, context)) {
      this.#lasting.release(mark)
      throw corrupt(url, `the snappy block at offset ${start} is damaged`)
    }
    const to = { pointer: this.#lasting.allocate(length), byteCount: length }
    try {
      decompressInto('snappy', packed, to, context)
    } catch (cause) {
      if (!(cause instanceof DataError)) throw cause
      throw corrupt(url, `block at offset ${start}: ${cause.message}`, { cause })
    }
    const at = packed.pointer + packed.byteCount
    const checksum = ((u8[at]! << 24) | (u8[at + 1]! << 16) | (u8[at + 2]! << 8) | u8[at + 3]!) >>> 0
    if (crc32OfBytes(u8.subarray(to.pointer, to.pointer + length)) !== checksum) {
      throw corrupt(url, `the snappy block at offset ${start}: its checksum is wrong`)
    }
    return to
  }

  #vector(output: AvroProgram['outputs'][number], length: number): Vector {
    const memory = this.#memory
    const lasting = this.#lasting
    if (!('column' in output)) return new ConstantColumn({ memory, lasting }, output).ofLength(length)
    const { bound, children, symbols } = output
    const { type } = bound
    const at = (this.#columns + output.column * COLUMN_BYTES) >>> 2
    const validity = memory.u32[at + 3] === 0 ? 0 : memory.u32[at + 1]!
    const common = { type, length, data: memory.u32[at]!, validity }
    if (type.kind === 'struct') {
      const parts = children.map((child) => this.#vector(child, length))
      return { encoding: 'flat', ...common, data: 0, children: parts }
    }
    if (type.kind === 'variant') {
      const parts = children.map((child) => this.#vector(child, length))
      const group: FlatVector = { encoding: 'flat', ...common, data: 0, children: parts }
      return variantVector(memory, lasting, group, PLAIN_VARIANT, this.#file.url)
    }
    if (children.length > 0) {
      const parts = children.map((child) => this.#vector(child, this.#slotsOf(child)))
      return { encoding: 'flat', ...common, children: parts }
    }
    if (symbols !== undefined && length > 0) {
      return { encoding: 'dictionary', ...common, dictionary: this.#dictionary(symbols, output) }
    }
    const data = this.#converted(output, common.data, length)
    if (output.steps.length === 0)
      assertUtf8(this.#kernels, { views: data, n: length, type }, { url: this.#file.url, column: bound.node.name })
    return { encoding: 'flat', ...common, data, children: [] }
  }

  #slotsOf(output: AvroProgram['outputs'][number]): number {
    if (!('column' in output)) return 0
    return this.#memory.u32[((this.#columns + output.column * COLUMN_BYTES) >>> 2) + 2]!
  }

  #dictionary(symbols: readonly string[], { bound }: OutputColumn): FlatVector {
    const vector = vectorFromLiterals(this.#memory, this.#lasting, VARCHAR, symbols)
    return { ...vector, type: bound.type }
  }

  /** NULLs are zeroes, which every step leaves as they are. */
  #converted({ steps, bound }: OutputColumn, from: Pointer, length: number): Pointer {
    let values = from
    for (const step of steps) {
      const out = this.#lasting.allocate(length * step.width)
      const result = step.run(this.#kernels.parquet, values, length, out)
      if (result === INEXACT) {
        const what = `column "${bound.node.name}" of "${this.#file.url}"`
        throw unsupported(`reading ${what}: values with more digits than the type asked for`)
      }
      if (result < 0) throw corrupt(this.#file.url, `column "${bound.node.name}": ${DECODE_ERRORS[result] ?? result}`)
      values = out
    }
    return values
  }

  #error({ start }: AvroBlock, code: number): SluiceError {
    return corrupt(this.#file.url, `block at offset ${start}: ${DECODE_ERRORS[code] ?? `error ${code}`}`)
  }
}
