/** Values in the physical form of a file, as Bloom filters hash them: PLAIN, byte arrays without their length. */
import { storageOf } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import type { BoundLeaf } from './bind.ts'
import { unitOf } from './leaf-type.ts'

/**
 * The forms that a value of the leaf's target type can have in the file: none when the file's type cannot hold it, two for zeroes of
 * floats; 'unknown' when the value cannot be looked up.
 */
export function physicalBytes(leaf: BoundLeaf, value: LiteralValue): readonly Uint8Array[] | 'unknown' {
  const { element } = leaf.node.schema
  switch (element.physical) {
    case 'INT32':
    case 'INT64': {
      const integer = integerForm(leaf, value)
      if (typeof integer !== 'bigint') return integer
      return integerBytes(integer, element.physical === 'INT32' ? 4 : 8)
    }
    case 'FLOAT':
    case 'DOUBLE':
      return typeof value === 'number' ? floatForms(value, element.physical === 'FLOAT' ? 4 : 8) : 'unknown'
    case 'BYTE_ARRAY':
      if (typeof value === 'string') return [new Uint8Array(Buffer.from(value, 'utf8'))]
      return value instanceof Uint8Array ? [value] : 'unknown'
    case 'FIXED_LEN_BYTE_ARRAY':
      if (leaf.node.type.kind === 'decimal') return 'unknown'
      return value instanceof Uint8Array ? [value] : 'unknown'
    default:
      return 'unknown'
  }
}

/** The integer that the file has for a value; [] when it cannot have one. */
function integerForm({ node, type }: BoundLeaf, value: LiteralValue): bigint | readonly [] | 'unknown' {
  if (typeof value !== 'number' && typeof value !== 'bigint') return 'unknown'
  if (typeof value === 'number' && !Number.isInteger(value)) return 'unknown'
  const from = node.type
  if (from.kind === 'date' && type.kind !== 'date') return 'unknown'
  let integer = BigInt(value)
  let divisor = 1n
  if (type.kind === 'decimal') divisor = 10n ** BigInt(type.scale - (from.kind === 'decimal' ? from.scale : 0))
  else if (type.kind === 'timestamp' || type.kind === 'time') {
    const unit = unitOf(node.schema.element)
    const asked = type.kind === 'timestamp' && type.unit === 'ns' ? 1_000_000_000n : 1_000_000n
    const stored = unit === 'ms' ? 1000n : unit === 'us' ? 1_000_000n : 1_000_000_000n
    if (stored > asked) integer *= stored / asked
    else divisor = asked / stored
  } else if (storageOf(type) === 'f64') return 'unknown'
  return integer % divisor === 0n ? integer / divisor : []
}

function integerBytes(value: bigint, width: 4 | 8): readonly Uint8Array[] {
  const bits = width * 8
  // Unsigned types use the whole range: both readings of the bits are the same bytes.
  if (value >= 1n << BigInt(bits) || value < -(1n << BigInt(bits - 1))) return []
  const bytes = new Uint8Array(width)
  const view = new DataView(bytes.buffer)
  if (width === 4) view.setInt32(0, Number(BigInt.asIntN(32, value)), true)
  else view.setBigInt64(0, value, true)
  return [bytes]
}

function floatForms(value: number, width: 4 | 8): readonly Uint8Array[] | 'unknown' {
  // NaN has many forms.
  if (Number.isNaN(value)) return 'unknown'
  if (width === 4 && Math.fround(value) !== value) return []
  return (value === 0 ? [0, -0] : [value]).map((form) => {
    const view = new DataView(new ArrayBuffer(width))
    if (width === 4) view.setFloat32(0, form, true)
    else view.setFloat64(0, form, true)
    return new Uint8Array(view.buffer)
  })
}
