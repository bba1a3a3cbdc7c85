/** What manifests count of very many files, as columns: what is summed or compared of each is few bytes, where an entry as an object takes a kilobyte. */
import type { AvroFile } from '../../format/avro/container.ts'
import {
  type AvroColumn,
  type ColumnChoice,
  type FieldKey,
  type RecordColumns,
  compileRecordColumns,
  readRecordColumns,
} from '../../format/avro/record-columns.ts'
import type { AvroType } from '../../format/avro/schema.ts'
import { metadataReadContext } from '../metadata-reader.ts'

/** Which columns' counts and bounds are wanted, by field id. */
export interface CountedColumns {
  readonly nullCounts: readonly number[]
  readonly bounds: readonly number[]
  /** Whether entries have row ids of their own is wanted too. */
  readonly withRowIds?: boolean
}

/** The entries of a block; gone when the visitor returns. */
export interface EntryColumns {
  readonly rowCount: number
  /** Views of whole entries as they were written, and of their partition structs. */
  readonly record: AvroColumn
  readonly partition: AvroColumn
  /** 0 existing, 1 added, 2 deleted. */
  readonly status: AvroColumn
  readonly recordCount: AvroColumn
  readonly byteCount: AvroColumn
  readonly nullCounts: ReadonlyMap<number, AvroColumn>
  readonly lowerBounds: ReadonlyMap<number, AvroColumn>
  readonly upperBounds: ReadonlyMap<number, AvroColumn>
  /** Undefined: not asked for, or none has one. */
  readonly firstRowId: AvroColumn | undefined
}

const STATUS: FieldKey = { id: 0, name: 'status' }
const DATA_FILE: FieldKey = { id: 2, name: 'data_file' }
const PARTITION: FieldKey = { id: 102, name: 'partition' }
const RECORD_COUNT: FieldKey = { id: 103, name: 'record_count' }
const BYTE_COUNT: FieldKey = { id: 104, name: 'file_size_in_bytes' }
const NULL_COUNTS: FieldKey = { id: 110, name: 'null_value_counts' }
const LOWER_BOUNDS: FieldKey = { id: 125, name: 'lower_bounds' }
const FIRST_ROW_ID: FieldKey = { id: 142, name: 'first_row_id' }
const UPPER_BOUNDS: FieldKey = { id: 128, name: 'upper_bounds' }

/** Fields that every entry has. */
const WHOLE: readonly ColumnChoice[] = [
  { kind: 'span', path: [] },
  { kind: 'span', path: [DATA_FILE, PARTITION] },
  { kind: 'integer', path: [STATUS] },
  { kind: 'integer', path: [DATA_FILE, RECORD_COUNT] },
  { kind: 'integer', path: [DATA_FILE, BYTE_COUNT] },
]

function choicesOf({ nullCounts, bounds, withRowIds }: CountedColumns): readonly ColumnChoice[] {
  const pairs = (field: FieldKey, keys: readonly number[]): readonly ColumnChoice[] =>
    keys.length === 0 ? [] : [{ kind: 'pairs', path: [DATA_FILE, field], keys }]
  const rowIds: readonly ColumnChoice[] =
    withRowIds === true ? [{ kind: 'integer', path: [DATA_FILE, FIRST_ROW_ID] }] : []
  return [
    ...WHOLE,
    ...rowIds,
    ...pairs(NULL_COUNTS, nullCounts),
    ...pairs(LOWER_BOUNDS, bounds),
    ...pairs(UPPER_BOUNDS, bounds),
  ]
}

type Program = ReturnType<typeof compileRecordColumns>

/** By the manifests' own schema, which those of one table share. */
const programs = new WeakMap<AvroType, Map<string, Program>>()

/** Programs that are kept of one schema. */
const PROGRAMS_MAX = 64

function programOf(schema: AvroType, columns: CountedColumns): Program {
  let known = programs.get(schema)
  if (known === undefined || known.size > PROGRAMS_MAX) programs.set(schema, (known = new Map()))
  const key = `${columns.withRowIds === true}|${columns.nullCounts.join()}|${columns.bounds.join()}`
  if (!known.has(key)) {
    const program = compileRecordColumns(schema, choicesOf(columns))
    const isWhole = WHOLE.every((_, i) => program?.columns[i] !== undefined)
    known.set(key, isWhole ? program : undefined)
  }
  return known.get(key)
}

/** Visits the entries of a manifest, deleted ones included, block by block; undefined when its writer laid them out in another form. */
export function readEntryColumns<T>(
  file: AvroFile,
  columns: CountedColumns,
  visit: (entries: EntryColumns) => T,
): AsyncGenerator<T> | undefined {
  const program = programOf(file.header.schema, columns)
  if (program === undefined) return undefined
  return readRecordColumns(file, program, metadataReadContext(), (block) => visit(entriesOf(block, columns)))
}

function entriesOf(block: RecordColumns, { nullCounts, bounds, withRowIds }: CountedColumns): EntryColumns {
  const [record, partition, status, recordCount, byteCount] = WHOLE.map((_, i) => block.of(i)![0]!)
  let choice = WHOLE.length
  const firstRowId = withRowIds === true ? block.of(choice++)?.[0] : undefined
  const byId = (ids: readonly number[]): ReadonlyMap<number, AvroColumn> => {
    const found = ids.length === 0 ? undefined : block.of(choice++)
    return new Map(found?.map((column, i) => [ids[i]!, column]))
  }
  return {
    rowCount: block.rowCount,
    record: record!,
    partition: partition!,
    status: status!,
    recordCount: recordCount!,
    byteCount: byteCount!,
    firstRowId,
    nullCounts: byId(nullCounts),
    lowerBounds: byId(bounds),
    upperBounds: byId(bounds),
  }
}

/** Reads slots of columns by row. */
export class SlotReader {
  readonly #u8: Uint8Array
  readonly #i32: Int32Array
  readonly #u32: Uint32Array

  constructor() {
    const { u8, i32, u32 } = metadataReadContext().memory
    this.#u8 = u8
    this.#i32 = i32
    this.#u32 = u32
  }

  isNull({ validity }: AvroColumn, row: number): boolean {
    return this.#u8[validity + row] === 0
  }

  /** Of a column without NULLs; beyond 2^53 it is not exact. */
  integer({ data, width }: AvroColumn, row: number): number {
    const at = data >>> 2
    if (width === 4) return this.#i32[at + row]!
    return this.#i32[at + 2 * row + 1]! * 2 ** 32 + this.#u32[at + 2 * row]!
  }

  /** A little-endian integer anywhere. */
  int32At(pointer: number): number {
    const u8 = this.#u8
    return u8[pointer]! | (u8[pointer + 1]! << 8) | (u8[pointer + 2]! << 16) | (u8[pointer + 3]! << 24)
  }

  /** Where the bytes of a view begin, and how many there are. */
  start({ data }: AvroColumn, row: number): number {
    return this.#u32[(data >>> 2) + 2 * row]!
  }

  length({ data }: AvroColumn, row: number): number {
    return this.#u32[(data >>> 2) + 2 * row + 1]!
  }

  /** A copy. */
  bytes(column: AvroColumn, row: number): Uint8Array {
    const start = this.start(column, row)
    return this.#u8.slice(start, start + this.length(column, row))
  }

  /** Whether two views show the same bytes. */
  isSame(column: AvroColumn, row: number, other: Uint8Array): boolean {
    const length = this.length(column, row)
    if (length !== other.length) return false
    const start = this.start(column, row)
    for (let i = 0; i < length; i++) if (this.#u8[start + i] !== other[i]) return false
    return true
  }
}
