/**
 * Writes columns into rows (kernel/wasm/table/scatter.ts).
 *
 * A dictionary's strings are copied to the heap once each, when first met: `copies` keeps, for the dictionary last seen by a column,
 * where its strings went.
 */
import { unsupported } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { typeName } from '../../core/types.ts'
import type { DictionaryVector, FlatVector, Vector } from '../../core/vector.ts'
import { encodeNested, isNested } from './nested-blobs.ts'
import type { RowColumn, RowLayout } from './row-layout.ts'
import type { RowStore } from './row-store.ts'
import { type VectorContext, flatten } from './vectors.ts'

/** Which input rows go where. */
export interface RowTarget {
  /** Address of the first row; the others follow at `rowBytes`. */
  readonly rows: Pointer
  readonly rowBytes: number
  /** u32 row numbers of the input; 0: `first`, `first` + 1, ... */
  readonly selection: Pointer
  readonly count: number
}

/** Sets header and validity words of new rows. */
export function initRows(context: VectorContext, layout: RowLayout, target: RowTarget, flags: number): void {
  const header = layout.header | (BigInt(flags) << 32n)
  context.kernels.table.initRows(target.count, target.rows, target.rowBytes, header, layout.validityWords)
}

/** Writes a column whose strings, if any, stay where they are: rows that do not outlive the batch. */
export function writeColumn(context: VectorContext, column: RowColumn, vector: Vector, target: RowTarget): void {
  const flat = isNested(vector.type) ? encodeNested(context, vector, { asKeys: column.key }) : flatten(context, vector)
  scatterFixed(context, column, flat, target)
}

function scatterFixed({ kernels }: VectorContext, column: RowColumn, flat: FlatVector, target: RowTarget): void {
  const { table } = kernels
  const { rows, rowBytes, selection, count } = target
  const { offset, bitOffset, bit } = column
  const scatter = scatterKernel(table, column)
  scatter(count, selection, flat.data, flat.validity, rows, rowBytes, offset, bitOffset, bit)
}

type ScatterKernel = (
  n: number,
  selection: Pointer,
  data: Pointer,
  validity: Pointer,
  rows: Pointer,
  stride: number,
  offset: number,
  bitOffset: number,
  bit: number,
) => void

function scatterKernel(table: VectorContext['kernels']['table'], column: RowColumn): ScatterKernel {
  const { storage, wide, key } = column
  switch (storage) {
    case 'i8':
      return wide ? table.scatterI8Wide : table.scatterI8
    case 'i32':
      return wide ? table.scatterI32Wide : table.scatterI32
    case 'i64':
      return table.scatterI64
    case 'f32':
      return key ? table.scatterF32Key : table.scatterI32
    case 'f64':
      return key ? table.scatterF64Key : table.scatterI64
    case 'i128':
    case 'b128':
    case 'interval':
      return table.scatterB128
    case 'bytes':
      return table.scatterViews
    case 'list':
    case 'struct':
      throw unsupported(`a row with ${typeName(column.type)}`)
  }
}

/** Writes columns into a store's rows, copying strings. One a store. */
export class RowWriter {
  readonly #store: RowStore
  /** By column: the dictionary that `copies` belongs to. */
  readonly #dictionaries = new Map<RowColumn, { dictionary: FlatVector; copies: Pointer; capacity: number }>()

  constructor(store: RowStore) {
    this.#store = store
  }

  write(context: VectorContext, column: RowColumn, vector: Vector, target: RowTarget): void {
    if (column.storage !== 'bytes') {
      writeColumn(context, column, vector, target)
    } else if (isNested(vector.type)) {
      this.#writeStrings(context, column, encodeNested(context, vector, { asKeys: column.key }), target)
    } else if (vector.encoding === 'dictionary' && vector.dictionary.length > 0) {
      this.#writeCodes(context, column, vector, target)
    } else {
      this.#writeStrings(context, column, flatten(context, vector), target)
    }
  }

  #writeStrings(context: VectorContext, column: RowColumn, flat: FlatVector, target: RowTarget): void {
    const { rows, rowBytes, selection, count } = target
    const { offset, bitOffset, bit } = column
    const { heap } = this.#store
    const { table } = context.kernels
    const { data, validity } = flat
    let done = 0
    for (;;) {
      done = table.scatterStrings(done, count, selection, data, validity, rows, rowBytes, offset, bitOffset, bit, heap)
      if (done >= count) return
      const row = selection === 0 ? done : context.memory.u32[(selection >>> 2) + done]!
      this.#store.growHeap(context.memory.u32[(data >>> 2) + row * 2 + 1]!)
    }
  }

  #writeCodes(context: VectorContext, column: RowColumn, vector: DictionaryVector, target: RowTarget): void {
    const { rows, rowBytes, selection, count } = target
    const { offset, bitOffset, bit } = column
    const { heap } = this.#store
    const { dictionary, data, validity } = vector
    const { u32 } = context.memory
    const copies = this.#copiesOf(context, column, dictionary)
    const views = dictionary.data
    let done = 0
    for (;;) {
      done = context.kernels.table.scatterCodes(
        ...([done, count, selection, data, views, copies, validity, rows] as const),
        ...([rowBytes, offset, bitOffset, bit, heap] as const),
      )
      if (done >= count) return
      const row = selection === 0 ? done : u32[(selection >>> 2) + done]!
      const code = u32[(data >>> 2) + row]!
      this.#store.growHeap(u32[(views >>> 2) + code * 2 + 1]!)
    }
  }

  #copiesOf({ memory }: VectorContext, column: RowColumn, dictionary: FlatVector): Pointer {
    const known = this.#dictionaries.get(column)
    if (known?.dictionary === dictionary) return known.copies
    const byteCount = dictionary.length * 8
    const reuse = known !== undefined && known.capacity >= byteCount
    const capacity = reuse ? known.capacity : Math.max(8192, byteCount * 2)
    const copies = reuse ? known.copies : this.#store.allocate(capacity)
    memory.bulk.fill(0, copies, copies + byteCount)
    this.#dictionaries.set(column, { dictionary, copies, capacity })
    return copies
  }
}
