/** From values as pages have them to the layout of their SQL type. Spec: Arrow columnar format; lance-format protos/file.proto, logical types. */
import { type DataType, storageOf, widthOf } from '../../core/types.ts'
import {
  type ConversionStep,
  HALF_TO_F32,
  WIDEN_I32,
  WIDEN_U32,
  WIDEN_U64,
  divideI64,
  scaleI64,
} from '../parquet/conversion.ts'
import type { RawValues } from './schema.ts'

const NARROW_I128: ConversionStep = { width: 8, run: (k, from, n, to) => k.narrowI128(from, n, to) }
const SMALL: Readonly<Record<string, readonly [1 | 2, 0 | 1] | undefined>> = {
  int8: [1, 1],
  uint8: [1, 0],
  int16: [2, 1],
  uint16: [2, 0],
}

/** The steps from the layout in pages to that of `type`, the leaf's own type. */
export function rawSteps({ logical, width }: RawValues, type: DataType): readonly ConversionStep[] {
  const small = SMALL[logical]
  if (small !== undefined) {
    return [{ width: 4, run: (k, from, n, to) => k.widenSmall(from, n, small[0], small[1], to) }]
  }
  const [kind, unit = ''] = logical.split(':')
  switch (kind) {
    case 'uint32':
      return [WIDEN_U32]
    case 'uint64':
      return [WIDEN_U64]
    case 'halffloat':
      return [HALF_TO_F32]
    case 'date64':
      return [scaleI64(1000n)]
    case 'timestamp':
      return unit === 's' ? [scaleI64(1_000_000n)] : unit === 'ms' ? [scaleI64(1000n)] : []
    case 'time':
    case 'time32':
    case 'time64':
      if (unit === 's') return [WIDEN_I32, scaleI64(1_000_000n)]
      if (unit === 'ms') return [WIDEN_I32, scaleI64(1000n)]
      return unit === 'ns' ? [divideI64(1000n)] : []
    case 'decimal':
      return storageOf(type) === 'i64' ? [NARROW_I128] : []
    case 'fixed_size_binary':
      return [fixedViews(width)]
    default:
      return []
  }
}

function fixedViews(width: number): ConversionStep {
  return {
    width: widthOf('bytes'),
    run: (kernels, from, n, to) => {
      kernels.fixedViews(from, width, n, to)
      return 0
    },
  }
}
