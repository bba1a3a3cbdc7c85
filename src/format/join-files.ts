/**
 * Files that hold different columns of the same rows, as one. Their row groups must be the same stretches of rows.
 */
import { defined } from '../core/assert.ts'
import { corrupt } from '../core/errors.ts'
import type { Selection, Vector } from '../core/vector.ts'
import type { Arena } from '../core/arena.ts'
import type { Expr } from '../expr/expr.ts'
import { mightMatch } from '../expr/prune.ts'
import type { BoundFile, ColumnRange, DataFile, RowGroupReader, RowRange, TargetField } from './format.ts'

/** A target and the file that has it. */
export interface JoinedTarget {
  readonly field: TargetField
  /** Index into the files. */
  readonly file: number
}

/** Binds each target to its file. Errors: XX001 naming `url` when the files' rows are not the same. */
export function bindJoined(files: readonly DataFile[], targets: readonly JoinedTarget[], url: string): BoundFile {
  const [first] = files
  const isAligned = files.every(
    ({ rowGroups }) =>
      rowGroups.length === first?.rowGroups.length &&
      rowGroups.every(({ rowCount }, i) => rowCount === first.rowGroups[i]!.rowCount),
  )
  if (!isAligned) throw corrupt(url, 'files of the same rows have different numbers of them')
  const parts = files.map((file, i) =>
    file.bind(targets.filter((target) => target.file === i).map(({ field }) => field)),
  )
  const places = targets.map(({ file }, i) => ({
    file,
    column: targets.slice(0, i).filter((before) => before.file === file).length,
  }))
  return new JoinedBound(parts, places, first?.rowGroups.map(({ rowCount }) => rowCount) ?? [])
}

interface Place {
  readonly file: number
  readonly column: number
}

class JoinedBound implements BoundFile {
  readonly #parts: readonly BoundFile[]
  readonly #places: readonly Place[]
  readonly #rowCounts: readonly number[]

  constructor(parts: readonly BoundFile[], places: readonly Place[], rowCounts: readonly number[]) {
    this.#parts = parts
    this.#places = places
    this.#rowCounts = rowCounts
  }

  statistics(rowGroup: number, column: number): ColumnRange | undefined {
    const place = this.#places[column]
    return place === undefined ? undefined : this.#parts[place.file]!.statistics(rowGroup, place.column)
  }

  mightMatch(rowGroup: number, predicate: Expr): boolean {
    return mightMatch(predicate, (input) => this.statistics(rowGroup, input))
  }

  openRowGroup(rowGroup: number): RowGroupReader {
    return new JoinedReader(this.#places, this.#rowCounts[rowGroup]!, (file) =>
      this.#parts[file]!.openRowGroup(rowGroup),
    )
  }

  get openRows(): BoundFile['openRows'] {
    const parts = this.#parts
    if (parts.some(({ openRows }) => openRows === undefined)) return undefined
    return (rows) => new JoinedReader(this.#places, rows.length, (file) => parts[file]!.openRows!(rows))
  }
}

class JoinedReader implements RowGroupReader {
  readonly rowCount: number
  readonly #places: readonly Place[]
  readonly #open: (file: number) => RowGroupReader
  readonly #readers: (RowGroupReader | undefined)[] = []

  constructor(places: readonly Place[], rowCount: number, open: (file: number) => RowGroupReader) {
    this.#places = places
    this.rowCount = rowCount
    this.#open = open
  }

  candidateRanges(): readonly RowRange[] {
    return this.rowCount === 0 ? [] : [{ start: 0, end: this.rowCount }]
  }

  prefetch(columns: readonly number[], ranges: readonly RowRange[]): void {
    const places = columns.map((column) => this.#places[column]!)
    for (const file of new Set(places.map((place) => place.file))) {
      const own = places.filter((place) => place.file === file)
      this.#reader(file).prefetch(
        own.map(({ column }) => column),
        ranges,
      )
    }
  }

  read(column: number, start: number, end: number, selection: Selection | null, arena: Arena): Vector {
    const place = defined(this.#places[column], 'a bound column')
    return this.#reader(place.file).read(place.column, start, end, selection, arena)
  }

  get bytesRead(): number {
    return this.#readers.reduce((sum, reader) => sum + (reader?.bytesRead ?? 0), 0)
  }

  close(): void {
    for (const reader of this.#readers.splice(0)) reader?.close()
  }

  #reader(file: number): RowGroupReader {
    return (this.#readers[file] ??= this.#open(file))
  }
}
