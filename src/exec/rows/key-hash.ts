/** Hashes of key columns (kernel/wasm/table/hash.ts): one u64 a row. */
import { unsupported } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { storageOf, typeName } from '../../core/types.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import { type VectorContext, flatten } from './vectors.ts'

/** Equal keys (NULL = NULL, -0 = 0, NaN = NaN) have equal hashes; integers of all widths hash alike. */
export function hashKeys(context: VectorContext, keys: readonly Vector[], rowCount: number): Pointer {
  const out = context.arena.allocate(rowCount * 8)
  keys.forEach((key, i) => {
    if (key.encoding === 'dictionary' && key.dictionary.length > 0 && key.dictionary.length <= rowCount >> 1) {
      const words = context.arena.allocate(key.dictionary.length * 8)
      hashFlat(context, key.dictionary, 1, words)
      context.kernels.table.hashCodes(rowCount, key.data, key.validity, words, i === 0 ? 1 : 0, out)
    } else {
      hashFlat(context, flatten(context, key), i === 0 ? 1 : 0, out)
    }
  })
  return out
}

function hashFlat({ kernels }: VectorContext, key: FlatVector, first: number, out: Pointer): void {
  const { table } = kernels
  const { data, validity, length } = key
  switch (storageOf(key.type)) {
    case 'i8':
      return table.hashI8(length, data, validity, first, out)
    case 'i32':
      return table.hashI32(length, data, validity, first, out)
    case 'i64':
      return table.hashI64(length, data, validity, first, out)
    case 'f32':
      return table.hashF32(length, data, validity, first, out)
    case 'f64':
      return table.hashF64(length, data, validity, first, out)
    case 'i128':
    case 'b128':
      return table.hashB128(length, data, validity, first, out)
    case 'bytes':
      return table.hashViews(length, data, validity, first, out)
    case 'interval':
    case 'list':
    case 'struct':
      throw unsupported(`a key of type ${typeName(key.type)}`)
  }
}
