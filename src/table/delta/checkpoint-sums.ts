/**
 * Sums over the files of a Parquet checkpoint: rows, bytes, NULLs and bounds of integers, taken from the texts of their statistics without making values
 * of them.
 *
 *   add.stats   {"numRecords":10,"minValues":{"id":1},...}  ->  views of the members  ->  numbers, added up        a batch of files at a time
 *
 * Files that are described otherwise (a deletion vector, wide bounds, escapes, other numbers, a file that the log names since) are given whole, for the
 * caller to ask them one by one.
 */
import type { Arena } from '../../core/arena.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import type { DataType } from '../../core/types.ts'
import { isNullAt, valueAt } from '../../core/vector-values.ts'
import type { Vector } from '../../core/vector.ts'
import type { ColumnRange } from '../../format/format.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { metadataReadContext } from '../metadata-reader.ts'
import { type DeltaFile, decodePath } from './actions.ts'
import { checkpointBatches } from './checkpoint-file.ts'

export interface AskedColumn {
  /** Of a column of the table itself, not of a struct. */
  readonly physicalName: string
  readonly type: DataType
  readonly wants: 'bounds' | 'nulls'
}

export interface CheckpointSum {
  readonly rowCount: number
  readonly byteCount: number
  readonly fileCount: number
  /** One for each column asked for, as if those files were one. */
  readonly ranges: readonly ColumnRange[]
  /** Files that are not in the sums. */
  readonly others: readonly DeltaFile[]
}

export interface CheckpointSumOptions {
  readonly columns: readonly AskedColumn[]
  /** Paths that the log names since. */
  readonly seenPaths: ReadonlySet<string>
}

const FIELDS: ReadonlySet<string> = new Set(['path', 'size', 'deletionVector', 'stats'])

/** Kinds of a JSON value, as the kernel gives them. */
const [ABSENT, SCALAR, NULL] = [0, 2, 3]

const LEADING = new TextEncoder().encode('{"numRecords":')
const [COMMA, CLOSING] = [0x2c, 0x7d]

const INTEGERS: ReadonlySet<DataType['kind']> = new Set(['tinyint', 'smallint', 'integer', 'bigint'])

/** Whether sums of the column can be made from texts. */
export function canSum({ type, wants }: Omit<AskedColumn, 'physicalName'>): boolean {
  return wants === 'nulls' || INTEGERS.has(type.kind)
}

/** The sums of one batch after the other. */
export function* sumCheckpoint(
  access: StorageAccess,
  url: string,
  options: CheckpointSumOptions,
): Generator<CheckpointSum> {
  for (const { add, fileAt, arena } of checkpointBatches(access, url, FIELDS)) {
    const sum = new BatchSum(add, options, arena)
    const others: DeltaFile[] = []
    for (let row = 0; row < add.length; row++) {
      if (isNullAt(sum.memory, add, row)) continue
      if (!sum.add(row)) others.push(fileAt(row))
    }
    yield { ...sum.finish(), others }
  }
}

/** Views and kinds of a member, a row each. */
interface Members {
  readonly views: Pointer
  readonly kinds: Pointer
}

interface Texts {
  readonly views: Pointer
  readonly validity: Pointer
}

interface ColumnSum {
  readonly asked: AskedColumn
  readonly nulls: Members | undefined
  readonly lows: Members | undefined
  readonly highs: Members | undefined
  nullCount: number | undefined
  min: number
  max: number
  hasBounds: boolean
}

class BatchSum {
  readonly memory: EngineMemory = metadataReadContext().memory
  readonly #arena: Arena
  readonly #seenPaths: ReadonlySet<string>
  readonly #length: number
  readonly #paths: Vector | undefined
  readonly #sizes: Vector | undefined
  readonly #vectors: Vector | undefined
  readonly #stats: Texts | undefined
  readonly #rows: Members | undefined
  readonly #tight: Members | undefined
  readonly #columns: readonly ColumnSum[]
  #rowCount = 0
  #byteCount = 0
  #fileCount = 0

  /** `add` is a struct of the fields above, as far as the file has them. */
  constructor(add: Vector, { columns, seenPaths }: CheckpointSumOptions, arena: Arena) {
    this.#arena = arena
    this.#seenPaths = seenPaths
    this.#length = add.length
    const names = add.type.kind === 'struct' ? add.type.fields.map(({ name }) => name) : []
    const child = (name: string): Vector | undefined =>
      add.encoding === 'flat' && names.includes(name) ? add.children[names.indexOf(name)] : undefined
    this.#paths = child('path')
    this.#sizes = child('size')
    this.#vectors = child('deletionVector')
    const stats = child('stats')
    this.#stats =
      stats?.type.kind === 'varchar' && this.#sizes?.type.kind === 'bigint' ? this.#textsOf(stats) : undefined
    const wantsBounds = columns.some(({ wants }) => wants === 'bounds')
    const members = ['numRecords', 'tightBounds', 'nullCount', ...(wantsBounds ? ['minValues', 'maxValues'] : [])]
    const texts = this.#stats
    // Of texts as most writers begin them, the count of rows is read without the rest.
    const outer = texts !== undefined && columns.length > 0 ? this.#members(texts.views, texts.validity, members) : []
    ;[this.#rows, this.#tight] = outer
    const [nulls, lows, highs] = outer.slice(2).map((of) =>
      this.#members(
        of.views,
        0,
        columns.map((c) => c.physicalName),
      ),
    )
    this.#columns = columns.map((asked, i) => ({
      ...{ asked, nulls: nulls?.[i], lows: lows?.[i], highs: highs?.[i] },
      ...{ nullCount: 0, min: Infinity, max: -Infinity, hasBounds: true },
    }))
  }

  /** Undefined for one text that all rows have. */
  #textsOf(vector: Vector): Texts | undefined {
    if (vector.encoding === 'constant') return undefined
    if (vector.encoding === 'flat') return { views: vector.data, validity: vector.validity }
    const { i32, u32 } = this.memory
    const views = this.#arena.allocate(vector.length * 8)
    const [codes, to, from] = [vector.data >>> 2, views >>> 2, vector.dictionary.data >>> 2]
    for (let row = 0; row < vector.length; row++) {
      // The code under a NULL means nothing.
      const isSet = vector.validity === 0 || this.memory.u8[vector.validity + row] !== 0
      const code = i32[codes + row]!
      u32[to + 2 * row] = isSet ? u32[from + 2 * code]! : 0
      u32[to + 2 * row + 1] = isSet ? u32[from + 2 * code + 1]! : 0
    }
    return { views, validity: vector.validity }
  }

  #members(views: Pointer, validity: Pointer, names: readonly string[]): Members[] {
    const { u8, u32 } = this.memory
    const keys = this.#arena.allocate(names.length * 8)
    for (const [i, name] of names.entries()) {
      const bytes = new TextEncoder().encode(name)
      const at = this.#arena.allocate(bytes.length)
      u8.set(bytes, at)
      u32[(keys >>> 2) + 2 * i] = at
      u32[(keys >>> 2) + 2 * i + 1] = bytes.length
    }
    const out = this.#arena.allocate(this.#length * names.length * 8)
    const kinds = this.#arena.allocate(this.#length * names.length)
    metadataReadContext().kernels.string.jsonSpans(views, validity, this.#length, keys, names.length, out, kinds)
    return names.map((_, i) => ({ views: out + i * this.#length * 8, kinds: kinds + i * this.#length }))
  }

  /** False, and nothing added, when the file must be asked itself. */
  add(row: number): boolean {
    const rowCount = this.#columns.length === 0 ? this.#leadingCount(row) : this.#rows && this.#integer(this.#rows, row)
    if (rowCount === undefined || rowCount === null || rowCount < 0 || !this.#isPlain(row)) return false
    const found: (number | null)[] = []
    for (const { asked, nulls, lows, highs } of this.#columns) {
      const isBounded = asked.wants === 'bounds'
      const read = [nulls!, ...(isBounded ? [lows!, highs!] : [])].map((members) => this.#integer(members, row))
      if (read.includes(undefined)) return false
      found.push(read[0]!, read[1] ?? null, read[2] ?? null)
    }
    this.#columns.forEach((column, i) => {
      const [nullCount, low, high] = [found[3 * i]!, found[3 * i + 1]!, found[3 * i + 2]!]
      const isCount = nullCount !== null && nullCount >= 0
      column.nullCount = isCount && column.nullCount !== undefined ? column.nullCount + nullCount : undefined
      if (rowCount === 0 || (isCount && nullCount === rowCount)) return
      if (low === null || high === null) column.hasBounds = false
      else {
        if (low < column.min) column.min = low
        if (high > column.max) column.max = high
      }
    })
    this.#rowCount += rowCount
    this.#byteCount += this.#sizeAt(this.#sizes!, row)
    this.#fileCount++
    return true
  }

  /** `numRecords`, where it comes first. */
  #leadingCount(row: number): number | undefined {
    const { u8, u32 } = this.memory
    const stats = this.#stats
    if (stats === undefined || (stats.validity !== 0 && u8[stats.validity + row] === 0)) return undefined
    const start = u32[(stats.views >>> 2) + 2 * row]!
    const end = start + u32[(stats.views >>> 2) + 2 * row + 1]!
    if (end - start <= LEADING.length || u8[end - 1] !== CLOSING) return undefined
    for (let i = 0; i < LEADING.length; i++) if (u8[start + i] !== LEADING[i]) return undefined
    let at = start + LEADING.length
    let value = 0
    for (; u8[at]! >= 0x30 && u8[at]! <= 0x39; at++) value = value * 10 + u8[at]! - 0x30
    const digits = at - start - LEADING.length
    return digits > 0 && digits <= 15 && (u8[at] === COMMA || u8[at] === CLOSING) ? value : undefined
  }

  #sizeAt(sizes: Vector, row: number): number {
    const { i32, i64 } = this.memory
    if (sizes.encoding === 'flat') return Number(i64[(sizes.data >>> 3) + row]!)
    if (sizes.encoding === 'constant') return Number(i64[sizes.data >>> 3]!)
    return Number(i64[(sizes.dictionary.data >>> 3) + i32[(sizes.data >>> 2) + row]!]!)
  }

  /** Whether nothing else than statistics is to be known of the file. */
  #isPlain(row: number): boolean {
    const { memory } = this
    if (this.#vectors !== undefined && !isNullAt(memory, this.#vectors, row)) return false
    if (this.#paths === undefined || isNullAt(memory, this.#paths, row)) return false
    if (isNullAt(memory, this.#sizes!, row)) return false
    if (this.#tight !== undefined && memory.u8[this.#tight.kinds + row] !== ABSENT) {
      const at = (this.#tight.views >>> 2) + 2 * row
      // `true`: no other value is of four letters, but null, which nobody writes.
      if (memory.u32[at + 1] !== 4 || memory.u8[memory.u32[at]!] !== 0x74) return false
    }
    if (this.#seenPaths.size === 0) return true
    return !this.#seenPaths.has(decodePath(valueAt(memory, this.#paths, row) as string))
  }

  /** An integer of at most 15 digits, null where there is none or null; undefined for anything else. */
  #integer({ views, kinds }: Members, row: number): number | null | undefined {
    const { u8, u32 } = this.memory
    const kind = u8[kinds + row]
    if (kind === ABSENT || kind === NULL) return null
    if (kind !== SCALAR) return undefined
    const start = u32[(views >>> 2) + 2 * row]!
    const end = start + u32[(views >>> 2) + 2 * row + 1]!
    const isNegative = u8[start] === 0x2d
    const first = isNegative ? start + 1 : start
    if (end - first > 15 || end === first) return undefined
    let value = 0
    for (let at = first; at < end; at++) {
      const digit = u8[at]! - 48
      if (digit < 0 || digit > 9) return undefined
      value = value * 10 + digit
    }
    return isNegative ? -value : value
  }

  finish(): Omit<CheckpointSum, 'others'> {
    const ranges = this.#columns.map(({ asked, nullCount, min, max, hasBounds }): ColumnRange => {
      const isFound = asked.wants === 'bounds' && hasBounds && min !== Infinity
      const valueOf = (value: number): number | bigint => (asked.type.kind === 'bigint' ? BigInt(value) : value)
      return {
        ...{ valueCount: this.#rowCount, nanCount: 0, exact: isFound },
        ...(nullCount === undefined ? {} : { nullCount }),
        ...(isFound ? { min: valueOf(min), max: valueOf(max) } : {}),
      }
    })
    return { rowCount: this.#rowCount, byteCount: this.#byteCount, fileCount: this.#fileCount, ranges }
  }
}
