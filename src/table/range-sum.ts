/** Ranges of a column in parts of a table, joined to the range in the whole. */
import type { DataType } from '../core/types.ts'
import { compareValues } from '../expr/values/compare.ts'
import type { ColumnRange } from '../format/format.ts'

/** The range of a column over files or row groups; one that does not say leaves it unknown. */
export class RangeSum {
  readonly #type: DataType
  #min: ColumnRange['min']
  #max: ColumnRange['max']
  #hasBounds = true
  #exact = true
  #nullCount: number | undefined = 0
  #nanCount: number | undefined = 0
  #valueCount = 0

  constructor(type: DataType) {
    this.#type = type
  }

  add(range: ColumnRange | undefined, rowCount: number): void {
    this.#valueCount += rowCount
    this.#nullCount = plus(this.#nullCount, range?.nullCount)
    this.#nanCount = plus(this.#nanCount, range?.nanCount)
    if (rowCount === 0 || range?.nullCount === rowCount) return
    this.#exact &&= range?.exact === true
    if (range?.min === undefined || range.max === undefined) {
      this.#hasBounds = false
      return
    }
    if (this.#min === undefined || compareValues(range.min, this.#min, this.#type) < 0) this.#min = range.min
    if (this.#max === undefined || compareValues(range.max, this.#max, this.#type) > 0) this.#max = range.max
  }

  range(): ColumnRange {
    return {
      ...(this.#hasBounds && this.#min !== undefined && this.#max !== undefined
        ? { min: this.#min, max: this.#max }
        : {}),
      ...(this.#nullCount === undefined ? {} : { nullCount: this.#nullCount }),
      ...(this.#nanCount === undefined ? {} : { nanCount: this.#nanCount }),
      valueCount: this.#valueCount,
      exact: this.#exact && this.#hasBounds,
    }
  }
}

function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b
}
