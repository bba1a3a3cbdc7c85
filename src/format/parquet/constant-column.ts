/** A column that the file lacks: one value in every row. */
import type { Pointer } from '../../core/memory.ts'
import type { DataType } from '../../core/types.ts'
import type { ConstantVector, Selection } from '../../core/vector.ts'
import type { BoundMissing } from './bind.ts'
import type { ColumnReader } from './flat-column.ts'
import { storeLiteral } from './literal-memory.ts'
import type { ReaderContext } from './reader-context.ts'

export class ConstantColumn implements ColumnReader {
  readonly #type: DataType
  readonly #data: Pointer
  readonly #isNull: boolean

  constructor(
    { memory, lasting }: Pick<ReaderContext, 'memory' | 'lasting'>,
    { type, value }: Pick<BoundMissing, 'type' | 'value'>,
  ) {
    this.#type = type
    this.#isNull = value === null
    this.#data = value === null ? 0 : storeLiteral(memory, lasting, type, value)
  }

  read(start: number, end: number, selection: Selection | null): ConstantVector {
    return this.ofLength(selection === null ? end - start : selection.count)
  }

  ofLength(length: number): ConstantVector {
    return {
      encoding: 'constant',
      type: this.#type,
      length,
      data: this.#data,
      isNull: this.#isNull,
      children: [],
    }
  }

  close(): void {
    // Holds nothing of its own.
  }
}
