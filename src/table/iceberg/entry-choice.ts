/**
 * Entries of a manifest that a scan may need: chosen by columns of their partitions and bounds, so that of the others nothing is made.
 *
 *   record  partition  bounds of 3          wanted: partition might match, and bounds meet the range that the predicate asks for
 *   view    view       views
 *
 * Files of a partition stand together as a rule: the partition is decoded and asked about where its bytes are others than those of the entry before.
 */
import type { AvroColumn } from '../../format/avro/record-columns.ts'
import type { AvroFile } from '../../format/avro/container.ts'
import { AvroCursor } from '../../format/avro/cursor.ts'
import { type AvroObject, type Decode, compileDecoder } from '../../format/avro/decoder.ts'
import type { AvroType } from '../../format/avro/schema.ts'
import type { IntegerRange } from './integer-ranges.ts'
import type { PartitionStruct } from './manifest.ts'
import { type CountedColumns, type EntryColumns, SlotReader, readEntryColumns } from './manifest-columns.ts'

/** Which entries are wanted. */
export interface EntryChoice {
  /** False only when no row of the partition can match. */
  isWanted(partition: PartitionStruct): boolean
  /** Outside of which no value of a column can match, by field id. */
  readonly ranges: ReadonlyMap<number, IntegerRange>
  /** Told of each live entry that is left out. */
  skipped(by: 'partition' | 'bounds'): void
}

/** What is known of an entry that is left out. */
export interface SkippedEntry {
  readonly status: number
  readonly rowCount: number
  readonly hasRowId: boolean
}

export interface EntryVisitor<T> {
  readonly partition: AvroType
  partitionOf(struct: AvroObject): PartitionStruct
  /** What is read of the entries that are wanted. */
  readonly reader: AvroType
  wanted(entry: AvroObject): T
  /** In the entries' order, as `wanted` is. */
  skipped(entry: SkippedEntry): void
}

const DELETED = 2

/** What the visitor makes of the entries that are wanted, block by block; undefined when the manifest's writer laid them out in another form. */
export function readChosenEntries<T>(
  file: AvroFile,
  choice: EntryChoice,
  visitor: EntryVisitor<T>,
): AsyncGenerator<readonly T[]> | undefined {
  const bounds = [...choice.ranges.keys()]
  const columns: CountedColumns = { nullCounts: [], bounds, withRowIds: true }
  const chooser = new Chooser(file, choice, visitor)
  return readEntryColumns(file, columns, (entries) => chooser.choose(entries))
}

const partitionDecoders = new WeakMap<AvroType, Decode>()

/** A partition struct in its writer's own type. */
function partitionDecoder(type: AvroType): Decode {
  let decode = partitionDecoders.get(type)
  if (decode === undefined) partitionDecoders.set(type, (decode = compileDecoder(type)))
  return decode
}

class Chooser<T> {
  readonly #file: AvroFile
  readonly #choice: EntryChoice
  readonly #visitor: EntryVisitor<T>
  readonly #decode: Decode
  readonly #slots = new SlotReader()
  /** The partition that was asked about last. */
  #last: { readonly bytes: Uint8Array; readonly isWanted: boolean } | undefined

  constructor(file: AvroFile, choice: EntryChoice, visitor: EntryVisitor<T>) {
    this.#file = file
    this.#choice = choice
    this.#visitor = visitor
    this.#decode = file.decoder(visitor.reader, { matchBy: 'field-id' })
  }

  choose(entries: EntryColumns): T[] {
    const slots = this.#slots
    const found: T[] = []
    for (let row = 0; row < entries.rowCount; row++) {
      const by = this.#ruledOutBy(entries, row)
      if (by === undefined) {
        const cursor = new AvroCursor(slots.bytes(entries.record, row), this.#file.url)
        found.push(this.#visitor.wanted(this.#decode(cursor) as AvroObject))
        continue
      }
      const status = slots.integer(entries.status, row)
      const { firstRowId } = entries
      this.#visitor.skipped({
        status,
        rowCount: slots.integer(entries.recordCount, row),
        hasRowId: firstRowId !== undefined && !slots.isNull(firstRowId, row),
      })
      if (status !== DELETED) this.#choice.skipped(by)
    }
    return found
  }

  #ruledOutBy({ partition, lowerBounds, upperBounds }: EntryColumns, row: number): 'partition' | 'bounds' | undefined {
    const slots = this.#slots
    if (this.#last === undefined || !slots.isSame(partition, row, this.#last.bytes)) {
      const bytes = slots.bytes(partition, row)
      const struct = partitionDecoder(this.#visitor.partition)(new AvroCursor(bytes, this.#file.url))
      this.#last = { bytes, isWanted: this.#choice.isWanted(this.#visitor.partitionOf(struct as AvroObject)) }
    }
    if (!this.#last.isWanted) return 'partition'
    for (const [id, range] of this.#choice.ranges) {
      const upper = this.#order(upperBounds.get(id), row, range, 'low')
      const lower = this.#order(lowerBounds.get(id), row, range, 'high')
      if (upper < 0 || lower > 0) return 'bounds'
    }
    return undefined
  }

  /** How a bound compares to an end of the range; NaN when there is no such bound, or one that was written when the column was narrower. */
  #order(bounds: AvroColumn | undefined, row: number, range: IntegerRange, end: 'low' | 'high'): number {
    const slots = this.#slots
    if (bounds === undefined || slots.isNull(bounds, row)) return Number.NaN
    if (slots.length(bounds, row) !== range.byteCount) return Number.NaN
    const start = slots.start(bounds, row)
    const { high, low } = range[end]
    const order = slots.int32At(start + range.byteCount - 4) - high
    return order !== 0 || range.byteCount === 4 ? order : (slots.int32At(start) >>> 0) - low
  }
}
