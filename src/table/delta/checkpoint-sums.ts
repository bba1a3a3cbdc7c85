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
import type { EngineMemory } from '../../core/memory.ts'
import type { DataType } from '../../core/types.ts'
import { isNullAt, valueAt } from '../../core/vector-values.ts'
import type { Vector } from '../../core/vector.ts'
import type { ColumnRange } from '../../format/format.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { metadataReadContext } from '../metadata-reader.ts'
import { type DeltaFile, decodePath } from './actions.ts'
import { takeCheckpointFiles } from './checkpoint-file.ts'
import { ABSENT, type Members, type Texts, childNamed, integerAt, membersOf, textsOf } from './statistics-texts.ts'

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

const FIELDS: readonly string[] = ['size', 'deletionVector', 'stats']

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
  // Paths are half of what there is to read, and only of use where some of them were named again.
  const fields = new Set(options.seenPaths.size > 0 ? [...FIELDS, 'path'] : FIELDS)
  let sum: Omit<CheckpointSum, 'others'> | undefined
  const take = (add: Vector, arena: Arena): readonly number[] => {
    const batch = new BatchSum(add, options, arena)
    const others: number[] = []
    for (let row = 0; row < add.length; row++) {
      if (!isNullAt(batch.memory, add, row) && !batch.add(row)) others.push(row)
    }
    sum = batch.finish()
    return others
  }
  for (const others of takeCheckpointFiles(access, url, { fields, take })) yield { ...sum!, others }
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

/** What is asked of the files themselves: rows, and whether bounds are those of live rows. */
const OF_FILES: readonly (readonly string[])[] = [['numRecords'], ['tightBounds']]

function pathsOf({ physicalName, wants }: AskedColumn): readonly (readonly string[])[] {
  const members = wants === 'bounds' ? ['nullCount', 'minValues', 'maxValues'] : ['nullCount']
  return members.map((member) => [member, physicalName])
}

function addTo(
  column: ColumnSum,
  rowCount: number,
  nullCount: number | null,
  low: number | null,
  high: number | null,
): void {
  const isCount = nullCount !== null && nullCount >= 0
  column.nullCount = isCount && column.nullCount !== undefined ? column.nullCount + nullCount : undefined
  if (rowCount === 0 || (isCount && nullCount === rowCount)) return
  if (low === null || high === null) {
    column.hasBounds = false
    return
  }
  if (low < column.min) column.min = low
  if (high > column.max) column.max = high
}

class BatchSum {
  readonly memory: EngineMemory = metadataReadContext().memory
  readonly #seenPaths: ReadonlySet<string>
  readonly #paths: Vector | undefined
  readonly #sizes: Vector | undefined
  readonly #vectors: Vector | undefined
  readonly #stats: Texts | undefined
  readonly #rows: Members | undefined
  readonly #tight: Members | undefined
  readonly #columns: readonly ColumnSum[]
  /** NULLs, lowest and highest value of each column in the row that is added. */
  readonly #found: (number | null)[] = []
  #rowCount = 0
  #byteCount = 0
  #fileCount = 0

  /** `add` is a struct of the fields above, as far as the file has them. */
  constructor(add: Vector, { columns, seenPaths }: CheckpointSumOptions, arena: Arena) {
    this.#seenPaths = seenPaths
    this.#paths = childNamed(add, 'path')
    this.#sizes = childNamed(add, 'size')
    this.#vectors = childNamed(add, 'deletionVector')
    const stats = childNamed(add, 'stats')
    this.#stats = stats && this.#sizes?.type.kind === 'bigint' ? textsOf(stats, arena) : undefined
    // Of texts as most writers begin them, the count of rows is read without the rest.
    const texts = columns.length > 0 ? this.#stats : undefined
    const members = texts && membersOf(texts, [...columns.flatMap(pathsOf), ...OF_FILES], arena)
    ;[this.#rows, this.#tight] = members?.slice(-OF_FILES.length) ?? []
    let next = 0
    this.#columns = columns.map((asked) => {
      const of = members?.slice(next, (next += pathsOf(asked).length))
      return {
        ...{ asked, nulls: of?.[0], lows: of?.[1], highs: of?.[2] },
        ...{ nullCount: 0, min: Infinity, max: -Infinity, hasBounds: true },
      }
    })
  }

  /** False, and nothing added, when the file must be asked itself. */
  add(row: number): boolean {
    const columns = this.#columns
    const rowCount = columns.length === 0 ? this.#leadingCount(row) : this.#rows && this.#integer(this.#rows, row)
    if (rowCount === undefined || rowCount === null || rowCount < 0 || !this.#isPlain(row)) return false
    const found = this.#found
    for (let i = 0; i < columns.length; i++) {
      const { asked, nulls, lows, highs } = columns[i]!
      const isBounded = asked.wants === 'bounds'
      const nullCount = this.#integer(nulls!, row)
      const low = isBounded ? this.#integer(lows!, row) : null
      const high = isBounded ? this.#integer(highs!, row) : null
      if (nullCount === undefined || low === undefined || high === undefined) return false
      found[3 * i] = nullCount
      found[3 * i + 1] = low
      found[3 * i + 2] = high
    }
    for (let i = 0; i < columns.length; i++)
      addTo(columns[i]!, rowCount, found[3 * i]!, found[3 * i + 1]!, found[3 * i + 2]!)
    this.#rowCount += rowCount
    this.#byteCount += this.#sizeAt(this.#sizes!, row)
    this.#fileCount++
    return true
  }

  #integer(members: Members, row: number): number | null | undefined {
    return integerAt(this.memory, members, row)
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
    if (isNullAt(memory, this.#sizes!, row)) return false
    if (this.#tight !== undefined && memory.u8[this.#tight.kinds + row] !== ABSENT) {
      const at = (this.#tight.views >>> 2) + 2 * row
      // `true`: no other value is of four letters, but null, which nobody writes.
      if (memory.u32[at + 1] !== 4 || memory.u8[memory.u32[at]!] !== 0x74) return false
    }
    if (this.#seenPaths.size === 0) return true
    if (this.#paths === undefined || isNullAt(memory, this.#paths, row)) return false
    return !this.#seenPaths.has(decodePath(valueAt(memory, this.#paths, row) as string))
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
