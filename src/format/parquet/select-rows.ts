/** Some rows of a vector: children of lists stay, their rows being named by number. */
import type { Arena } from '../../core/arena.ts'
import { storageOf, widthOf } from '../../core/types.ts'
import type { Selection, Vector } from '../../core/vector.ts'
import type { ParquetKernels } from '../../kernel/generated/parquet.ts'

/** The rows of `vector` that `selection` names. */
export function selectRows(parquet: ParquetKernels, vector: Vector, selection: Selection, arena: Arena): Vector {
  const { pointer, count } = selection
  if (vector.encoding === 'constant') return { ...vector, length: count }
  let validity = 0
  if (vector.validity !== 0) {
    validity = arena.allocate(count)
    parquet.gather(vector.validity, 1, pointer, count, validity)
  }
  const storage = storageOf(vector.type)
  const width = vector.encoding === 'dictionary' ? 4 : widthOf(storage)
  let data = 0
  if (width > 0) {
    data = arena.allocate(count * width)
    parquet.gather(vector.data, width, pointer, count, data)
  }
  if (vector.encoding === 'dictionary') return { ...vector, length: count, data, validity }
  const children =
    storage === 'struct'
      ? vector.children.map((child) => selectRows(parquet, child, selection, arena))
      : vector.children
  return { ...vector, length: count, data, validity, children }
}
