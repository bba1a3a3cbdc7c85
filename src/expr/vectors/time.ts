/** Fields of dates and timestamps (without zone, or in UTC) over vectors. */
import { INTEGER } from '../../core/types.ts'
import type { ScalarFunction } from '../functions/function.ts'
import { isUtc } from '../values/calendar.ts'
import { MICROS_PER_DAY } from '../values/interval.ts'

/** Fields as the kernel numbers them. */
const FIELDS: Record<string, number | undefined> = { year: 0, month: 1, day: 2, quarter: 3, dow: 5 }

/** `evaluate` of year, month, ...; undefined for fields without a kernel. */
export function extractVectors(field: string): NonNullable<ScalarFunction['evaluate']> | undefined {
  const number = FIELDS[field]
  if (number === undefined) return undefined
  return ({ arena, kernels, session }, [value], rowCount, types, validity) => {
    const [type] = types.args
    let days = value!.data
    if (type?.kind === 'timestamp' && (!type.zone || isUtc(session.timeZone))) {
      days = arena.allocate(rowCount * 4)
      const perDay = type.unit === 'ns' ? MICROS_PER_DAY * 1000n : MICROS_PER_DAY
      if (kernels.vector.floorToI32(value!.data, rowCount, validity, perDay, days) >= 0) return null
    } else if (type?.kind !== 'date') {
      return null
    }
    const data = arena.allocate(rowCount * 4)
    kernels.vector.dateField(number, days, rowCount, data)
    return { encoding: 'flat', type: INTEGER, length: rowCount, data, validity, children: [] }
  }
}
