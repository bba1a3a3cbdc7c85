/**
 * Refuses infinite dates and timestamps in what is written to files: their extremes would be years like 294247 to other readers
 * (core/infinity.ts). Slots of NULLs hold zeros, so they need no look.
 */
import { type RecordBatch, loadArrow } from '../../../core/arrow.ts'
import { unsupported } from '../../../core/errors.ts'

/** What is looked at of Arrow's data. */
interface Data {
  readonly type: { readonly typeId: number }
  readonly length: number
  readonly values: unknown
  readonly children: readonly Data[]
}
type Arrow = Awaited<ReturnType<typeof loadArrow>>

/** 0A000 with the name of the column. */
export function assertFiniteTimes(arrow: Arrow, { data, schema }: RecordBatch): void {
  schema.fields.forEach(({ name }, i) => {
    const column = data.children[i]
    if (column !== undefined) assertFinite(arrow, column, name)
  })
}

function assertFinite(arrow: Arrow, data: Data, name: string): void {
  for (const child of data.children) assertFinite(arrow, child, name)
  const { type, values, length } = data
  if (type.typeId === arrow.Type.Date) {
    if (hasExtreme32(values as Int32Array, length)) throw infinite('date', name)
  } else if (type.typeId === arrow.Type.Timestamp) {
    if (hasExtreme64(values as BigInt64Array, length)) throw infinite('timestamp', name)
  }
}

function hasExtreme32(values: Int32Array, count: number): boolean {
  for (let i = 0; i < count; i++) if (values[i] === 0x7fff_ffff || values[i] === -0x8000_0000) return true
  return false
}

/** By halves: a bigint a value would be made and thrown away. */
function hasExtreme64(values: BigInt64Array, count: number): boolean {
  const halves = new Int32Array(values.buffer, values.byteOffset, count * 2)
  for (let i = 1; i < halves.length; i += 2) {
    const high = halves[i]!
    if (high === 0x7fff_ffff && halves[i - 1] === -1) return true
    if (high === -0x8000_0000 && halves[i - 1] === 0) return true
  }
  return false
}

function infinite(type: string, name: string): Error {
  return unsupported(`writing an infinite ${type} of column "${name}" to a file`, {
    hint: 'Other engines would read a year far away. Temporary tables and those with the property "sluice.infinite-times" = \'extremes\' take it.',
  })
}
