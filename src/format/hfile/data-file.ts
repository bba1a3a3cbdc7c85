/**
 * An HFile as a data file: its cells as rows (row, family, qualifier, ts, type, value), in one row group.
 *
 * Cells are decoded as far as slices of rows are asked for, into a window that holds the last slice: their bytes in one buffer, their places in
 * typed arrays. All columns of a slice come from the same window.
 */
import type { Arena } from '../../core/arena.ts'
import { InternalError, unsupported } from '../../core/errors.ts'
import { BIGINT, BYTEA, type DataType, VARCHAR, typeName } from '../../core/types.ts'
import { constantVector } from '../../core/vector-values.ts'
import type { FlatVector, Selection, Vector } from '../../core/vector.ts'
import { gatherVector } from '../../expr/gather.ts'
import type { SyncFile } from '../../storage/storage.ts'
import type {
  BoundFile,
  DataFile,
  FileField,
  FileFormat,
  ReadContext,
  RowGroupInfo,
  RowGroupReader,
  RowRange,
  TargetField,
} from '../format.ts'
import type { CellCursor } from './cell-cursor.ts'
import { HFileReader } from './hfile-reader.ts'

/** The columns of a cell. */
export const CELL_FIELDS: readonly { readonly name: CellColumn; readonly type: DataType }[] = [
  { name: 'row', type: BYTEA },
  { name: 'family', type: VARCHAR },
  { name: 'qualifier', type: VARCHAR },
  { name: 'ts', type: BIGINT },
  { name: 'type', type: VARCHAR },
  { name: 'value', type: BYTEA },
]

type CellColumn = 'row' | 'family' | 'qualifier' | 'ts' | 'type' | 'value'

/** HBase's names of cell types, by number. */
export function cellTypeName(type: number): string {
  return TYPE_NAMES[type] ?? `Type${type}`
}

const TYPE_NAMES: Readonly<Record<number, string | undefined>> = {
  4: 'Put',
  8: 'Delete',
  10: 'DeleteFamilyVersion',
  12: 'DeleteColumn',
  14: 'DeleteFamily',
}

export const hfileFormat: FileFormat = {
  name: 'hfile',
  open: (file, context) => new HFileDataFile(file, context),
}

/** The reader of an opened file. */
export function hfileReaderOf(file: SyncFile): HFileReader {
  return new HFileReader({
    url: file.url,
    byteCount: file.byteCount,
    bytes(start, end) {
      const bytes = new Uint8Array(end - start)
      file.readSync(bytes, start)
      return bytes
    },
  })
}

class HFileDataFile implements DataFile {
  readonly rowCount: number
  readonly rowGroups: readonly RowGroupInfo[]
  readonly fields: readonly FileField[] = CELL_FIELDS.map(({ name, type }) => ({
    name,
    type,
    nullable: false,
    children: [],
  }))
  readonly #reader: HFileReader
  readonly #context: ReadContext

  constructor(file: SyncFile, context: ReadContext) {
    this.#reader = hfileReaderOf(file)
    this.#context = context
    const rowCount = this.#reader.entryCount
    this.rowCount = rowCount
    this.rowGroups = rowCount === 0 ? [] : [{ rowCount, firstRow: 0, byteOffset: 0, byteCount: file.byteCount }]
  }

  bind(targets: readonly TargetField[]): BoundFile {
    const columns = targets.map(({ names, type }): Target => {
      const field = CELL_FIELDS.find(({ name }) => names.includes(name))
      if (field !== undefined && field.type.kind !== type.kind) {
        throw unsupported(`reading column "${field.name}" of an HFile as ${typeName(type)}`)
      }
      return { column: field?.name, type }
    })
    return {
      statistics: () => undefined,
      mightMatch: () => true,
      openRowGroup: () => new CellReader(this.#reader, this.#context, columns),
    }
  }
}

interface Target {
  /** Undefined: the file has no such column. */
  readonly column: CellColumn | undefined
  readonly type: DataType
}

class CellReader implements RowGroupReader {
  readonly rowCount: number
  bytesRead = 0
  readonly #context: ReadContext
  readonly #targets: readonly Target[]
  readonly #blocks: Generator<CellCursor>
  readonly #window = new CellWindow()
  #cursor: CellCursor | undefined
  #position = 0
  #start = 0

  constructor(reader: HFileReader, context: ReadContext, targets: readonly Target[]) {
    this.rowCount = reader.entryCount
    this.#context = context
    this.#targets = targets
    this.#blocks = reader.blocks()
  }

  candidateRanges(): readonly RowRange[] {
    return [{ start: 0, end: this.rowCount }]
  }

  prefetch(): void {
    // Blocks are read one after the other.
  }

  read(column: number, start: number, end: number, selection: Selection | null, arena: Arena): Vector {
    const { memory, kernels } = this.#context
    const target = this.#targets[column]!
    if (target.column === undefined) {
      return constantVector(memory, arena, target.type, null, selection?.count ?? end - start)
    }
    this.#fill(start, end)
    const vector = this.#window.column(target.column, this.#context, arena)
    return selection === null ? vector : gatherVector({ memory, kernels, arena }, vector, selection)
  }

  close(): void {
    this.#blocks.return(undefined)
  }

  /** Makes the window hold rows [start, end). */
  #fill(start: number, end: number): void {
    if (start === this.#start && end === this.#start + this.#window.count) return
    if (start < this.#position) throw new InternalError('rows of an HFile were asked for twice')
    this.#window.clear()
    this.#start = start
    while (this.#position < end) {
      if (this.#cursor === undefined || !this.#cursor.next()) {
        const next = this.#blocks.next()
        // The reader has checked the number of cells.
        if (next.done === true) throw new InternalError('an HFile ended too early')
        this.#cursor = next.value
        this.bytesRead += this.#cursor.bytes.length
        continue
      }
      if (this.#position++ >= start) this.#window.add(this.#cursor)
    }
    // What follows the last cell is checked too.
    if (end === this.rowCount) while (this.#blocks.next().done !== true);
  }
}

/** Places of a cell's parts in the window's buffer: start and length of row, family, qualifier and value. */
const PLACES = 8

class CellWindow {
  count = 0
  #bytes = new Uint8Array(64 << 10)
  #used = 0
  #places = new Int32Array(1024 * PLACES)
  #times = new BigInt64Array(1024)
  #types = new Uint8Array(1024)

  clear(): void {
    this.count = 0
    this.#used = 0
  }

  add(cursor: CellCursor): void {
    if (this.count === this.#types.length) this.#grow()
    const { key, rowLength, familyLength, qualifierStart, qualifierLength, bytes, valueStart, valueLength } = cursor
    const at = this.count * PLACES
    this.#put(at, key, 2, rowLength)
    this.#put(at + 2, key, 3 + rowLength, familyLength)
    this.#put(at + 4, key, qualifierStart, qualifierLength)
    this.#put(at + 6, bytes, valueStart, valueLength)
    this.#times[this.count] = cursor.timestamp
    this.#types[this.count] = cursor.type
    this.count++
  }

  column(name: CellColumn, { memory }: ReadContext, arena: Arena): FlatVector {
    const length = this.count
    const data = arena.allocate(length * 8)
    const base = { encoding: 'flat', length, data, validity: 0, children: [] } as const
    if (name === 'ts') {
      memory.i64.set(this.#times.subarray(0, length), data >>> 3)
      return { ...base, type: BIGINT }
    }
    const u32 = memory.u32.subarray(data >>> 2, (data >>> 2) + length * 2)
    if (name === 'type') {
      const names = new Map<number, readonly [number, number]>()
      for (let i = 0; i < length; i++) {
        const type = this.#types[i]!
        let place = names.get(type)
        if (place === undefined) {
          const text = new TextEncoder().encode(cellTypeName(type))
          place = [arena.allocate(text.length), text.length]
          memory.u8.set(text, place[0])
          names.set(type, place)
        }
        u32.set(place, i * 2)
      }
      return { ...base, type: VARCHAR }
    }
    const part = { row: 0, family: 2, qualifier: 4, value: 6 }[name]
    let total = 0
    for (let i = 0; i < length; i++) total += this.#places[i * PLACES + part + 1]!
    const texts = arena.allocate(total)
    let to = texts
    for (let i = 0; i < length; i++) {
      const start = this.#places[i * PLACES + part]!
      const count = this.#places[i * PLACES + part + 1]!
      memory.u8.set(this.#bytes.subarray(start, start + count), to)
      u32[i * 2] = to
      u32[i * 2 + 1] = count
      to += count
    }
    return { ...base, type: name === 'row' || name === 'value' ? BYTEA : VARCHAR }
  }

  #put(place: number, from: Uint8Array, start: number, length: number): void {
    if (this.#used + length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#used + length, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, this.#used))
      this.#bytes = larger
    }
    this.#bytes.set(from.subarray(start, start + length), this.#used)
    this.#places[place] = this.#used
    this.#places[place + 1] = length
    this.#used += length
  }

  #grow(): void {
    const size = this.#types.length * 2
    const [places, times, types] = [new Int32Array(size * PLACES), new BigInt64Array(size), new Uint8Array(size)]
    places.set(this.#places)
    times.set(this.#times)
    types.set(this.#types)
    this.#places = places
    this.#times = times
    this.#types = types
  }
}
