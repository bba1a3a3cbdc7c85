/** An ORC file, and its columns bound to those that a table asks for. */
import type { DataType } from '../../core/types.ts'
import type { Expr } from '../../expr/expr.ts'
import { mightMatch } from '../../expr/prune.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { type BoundTree, bindTree, rangeOfMissing } from '../bind-tree.ts'
import type { BoundFile, ColumnRange, DataFile, FileField } from '../format.ts'
import type { ReadContext, RowGroupInfo, RowGroupReader, TargetField } from '../format.ts'
import { VIEWS_TO_UUID, type ConversionStep } from '../parquet/conversion.ts'
import type { ByteRange } from '../parquet/file-bytes.ts'
import { type OrcTail, decodeMessage, readSection, stripeStatisticsOf } from './file-tail.ts'
import { type RowIndexEntry, readRowIndex, readStripeFooter } from './metadata.ts'
import { type OrcNode, orcField } from './schema.ts'
import { orcRange } from './statistics.ts'
import { OrcStripeReader } from './stripe-reader.ts'
import { ROW_INDEX, StripeStreams } from './stripe-streams.ts'

export class OrcDataFile implements DataFile {
  readonly file: SyncFile
  readonly context: ReadContext
  readonly tail: OrcTail
  readonly rowCount: number
  readonly rowGroups: readonly RowGroupInfo[]
  readonly #streams = new Map<number, StripeStreams>()
  readonly #indexes = new Map<string, readonly RowIndexEntry[] | undefined>()

  constructor(file: SyncFile, context: ReadContext, tail: OrcTail) {
    this.file = file
    this.context = context
    this.tail = tail
    let firstRow = 0
    this.rowGroups = tail.footer.stripes.map((stripe) => {
      const { rowCount, offset, indexByteCount, dataByteCount, footerByteCount } = stripe
      const byteCount = indexByteCount + dataByteCount + footerByteCount
      const info = { rowCount, firstRow, byteOffset: offset, byteCount }
      firstRow += rowCount
      return info
    })
    this.rowCount = firstRow
  }

  get fields(): readonly FileField[] {
    return this.tail.columns.map(orcField)
  }

  bind(targets: readonly TargetField[]): BoundFile {
    // Iceberg, Paimon and their like hand days and micros to Java's writer, which then says that they are what it takes them for.
    const isHybridCalendar = this.tail.footer.isHybridCalendar && targets.every(({ id }) => id === undefined)
    return new OrcBoundFile(this, bindTree(targets, this.tail.columns, orcSteps), isHybridCalendar)
  }

  /** Where the streams of a stripe lie, read when first asked for. */
  streams(stripe: number): StripeStreams {
    let streams = this.#streams.get(stripe)
    if (streams === undefined) {
      const info = this.tail.footer.stripes[stripe]!
      const start = info.offset + info.indexByteCount + info.dataByteCount
      const footer = decodeMessage(this.file.url, start, () =>
        readStripeFooter(readSection(this.file, this.tail.postScript, start, info.footerByteCount)),
      )
      streams = new StripeStreams(this.file.url, info, footer)
      this.#streams.set(stripe, streams)
    }
    return streams
  }

  /** The row index of a column in a stripe, read when first asked for. */
  rowIndex(stripe: number, column: number, onRead: (byteCount: number) => void): readonly RowIndexEntry[] | undefined {
    const key = `${stripe}:${column}`
    if (this.#indexes.has(key)) return this.#indexes.get(key)
    const range = this.streams(stripe).range(column, ROW_INDEX)
    let entries: readonly RowIndexEntry[] | undefined
    if (range !== undefined) {
      entries = decodeMessage(this.file.url, range.start, () => readRowIndex(this.section(range)))
      onRead(range.end - range.start)
    }
    this.#indexes.set(key, entries)
    return entries
  }

  section({ start, end }: ByteRange): Uint8Array {
    return readSection(this.file, this.tail.postScript, start, end - start)
  }
}

/** UUIDs are binaries in the file. */
function orcSteps({ type }: OrcNode, to: DataType): readonly ConversionStep[] | undefined {
  if (type.kind !== 'uuid' && type.kind !== 'bytea') return undefined
  if (to.kind === 'uuid') return [VIEWS_TO_UUID]
  return to.kind === 'bytea' ? [] : undefined
}

class OrcBoundFile implements BoundFile {
  readonly #file: OrcDataFile
  readonly #columns: readonly BoundTree<OrcNode>[]
  readonly #isHybridCalendar: boolean

  constructor(file: OrcDataFile, columns: readonly BoundTree<OrcNode>[], isHybridCalendar: boolean) {
    this.#file = file
    this.#columns = columns
    this.#isHybridCalendar = isHybridCalendar
  }

  statistics(rowGroup: number, column: number): ColumnRange | undefined {
    const bound = this.#columns[column]
    const { file, tail, rowGroups } = this.#file
    const { rowCount } = rowGroups[rowGroup]!
    if (bound === undefined) return undefined
    if (bound.kind === 'missing') return rangeOfMissing(bound, rowCount)
    if (bound.node.children.length > 0) return undefined
    const statistics = stripeStatisticsOf(file, tail)[rowGroup]?.[bound.node.column]
    return orcRange(statistics, bound.node, bound.type, { rowCount, isHybridCalendar: this.#isHybridCalendar })
  }

  mightMatch(rowGroup: number, predicate: Expr): boolean {
    return mightMatch(predicate, (input) => this.statistics(rowGroup, input))
  }

  openRowGroup(rowGroup: number): RowGroupReader {
    const file = this.#file
    const streams = file.streams(rowGroup)
    return new OrcStripeReader(
      {
        file: file.file,
        tail: file.tail,
        streams,
        columns: this.#columns,
        isHybridCalendar: this.#isHybridCalendar,
        rowIndex: (column, onRead) => file.rowIndex(rowGroup, column, onRead),
        section: (range) => file.section(range),
        statistics: (column) => this.statistics(rowGroup, column),
      },
      file.context,
    )
  }
}
