/** Statistics of a data file as the columns of a checkpoint have them. */
import type { DataType } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { FileField } from '../../format/format.ts'
import { numberOf } from './actions.ts'
import { type FileStatistics, columnBound } from './file-statistics.ts'

export class ColumnStatistics implements FileStatistics {
  readonly rowCount: number | undefined
  readonly isTight: boolean
  readonly #field: FileField
  readonly #values: readonly LiteralValue[]

  /** `field` is `stats_parsed` in the file's schema, `values` one a field of it. */
  constructor(field: FileField, values: readonly LiteralValue[]) {
    this.#field = field
    this.#values = values
    this.rowCount = numberOf(this.#at(['numRecords'])?.value)
    this.isTight = this.#at(['tightBounds'])?.value !== false
  }

  bound(end: 'min' | 'max', path: readonly string[], type: DataType): ReturnType<FileStatistics['bound']> {
    const found = this.#at([`${end}Values`, ...path])
    return found && columnBound(end, found.value, found.type, type)
  }

  nullCount(path: readonly string[]): number | undefined {
    return numberOf(this.#at(['nullCount', ...path])?.value)
  }

  #at(path: readonly string[]): { value: LiteralValue; type: DataType } | undefined {
    let field = this.#field
    let value: LiteralValue = this.#values
    for (const name of path) {
      const index = field.children.findIndex((child) => child.name === name)
      if (index < 0 || value === null || field.type.kind !== 'struct') return undefined
      field = field.children[index]!
      value = (value as readonly LiteralValue[])[index]!
    }
    return { value, type: field.type }
  }
}
