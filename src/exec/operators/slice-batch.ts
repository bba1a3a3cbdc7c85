/** Rows [start, end) of a batch, without copying: addresses move. */
import { storageOf, widthOf } from '../../core/types.ts'
import type { Batch, Vector } from '../../core/vector.ts'

export function sliceBatch(batch: Batch, start: number, end: number): Batch {
  if (start === 0 && end === batch.rowCount) return batch
  return { rowCount: end - start, columns: batch.columns.map((vector) => sliceVector(vector, start, end)) }
}

export function sliceVector(vector: Vector, start: number, end: number): Vector {
  const length = end - start
  switch (vector.encoding) {
    case 'constant':
      return { ...vector, length }
    case 'dictionary':
      return {
        ...vector,
        length,
        data: vector.data + 4 * start,
        validity: vector.validity === 0 ? 0 : vector.validity + start,
      }
    case 'flat': {
      const storage = storageOf(vector.type)
      return {
        ...vector,
        length,
        data: vector.data === 0 ? 0 : vector.data + widthOf(storage) * start,
        validity: vector.validity === 0 ? 0 : vector.validity + start,
        // A list's rows say themselves where their elements are.
        children:
          storage === 'struct'
            ? vector.children.map((child) => sliceVector(child, start, end))
            : vector.children,
      }
    }
  }
}
