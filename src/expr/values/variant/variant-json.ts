/**
 * Variants as JSON text, as Spark's to_json writes them: no spaces, times and binary (base64) as texts, doubles as Java prints them.
 *
 * Field order is that of the object: by name.
 */
import { corrupt } from '../../../core/errors.ts'
import { formatDecimal } from '../decimal.ts'
import { formatTimeParts } from '../interval.ts'
import { formatUuid } from '../number-text.ts'
import { formatDate, formatTimestamp } from '../time-text.ts'
import { VARIANT_DEPTH_MAX, Variant, type VariantNode } from './variant.ts'

/** The JSON text of a variant's bytes. */
export function variantJson(bytes: Uint8Array): string {
  const variant = new Variant(bytes)
  return jsonOf(variant, variant.root, 0)
}

function jsonOf(variant: Variant, at: number, depth: number): string {
  if (depth > VARIANT_DEPTH_MAX) throw corrupt('a variant value', `more than ${VARIANT_DEPTH_MAX} values within values`)
  const node = variant.node(at)
  switch (node.kind) {
    case 'object':
      return `{${node.fields.map((field) => `${JSON.stringify(field.name)}:${jsonOf(variant, field.at, depth + 1)}`).join(',')}}`
    case 'array':
      return `[${node.items.map((item) => jsonOf(variant, item, depth + 1)).join(',')}]`
    case 'null':
      return 'null'
    case 'boolean':
    case 'integer':
    case 'decimal':
      return scalarText(node)
    case 'float':
    case 'double':
      return Number.isFinite(node.value) ? scalarText(node) : `"${scalarText(node)}"`
    default:
      return JSON.stringify(scalarText(node))
  }
}

/** A scalar that is not NULL as text without quotes. */
export function scalarText(node: Exclude<VariantNode, { kind: 'null' | 'object' | 'array' }>): string {
  switch (node.kind) {
    case 'boolean':
      return node.value ? 'true' : 'false'
    case 'integer':
      return String(node.value)
    case 'decimal':
      return plainDecimal(node.unscaled, node.scale)
    case 'float':
    case 'double':
      return javaFloat(node.value, node.kind)
    case 'date':
      return formatDate(node.value)
    case 'time':
      return formatTimeParts(node.value)
    case 'timestamp':
      return timestampText(node)
    case 'string':
      return node.value
    case 'binary':
      return Buffer.from(node.value).toString('base64')
    case 'uuid':
      return formatUuid(node.value)
  }
}

/** Without trailing zeros behind the point. */
function plainDecimal(unscaled: bigint, scale: number): string {
  const text = formatDecimal(unscaled, scale)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

function timestampText({ value, unit, zone }: VariantNode & { kind: 'timestamp' }): string {
  const text = formatTimestamp(value, { kind: 'timestamp', unit, zone: false }, 'UTC')
  return zone ? `${text}+00:00` : text
}

/** Java's Double.toString and Float.toString: `1.0`, `1.0E7`, `1.0E-4`. */
function javaFloat(value: number, kind: 'float' | 'double'): string {
  if (!Number.isFinite(value) || value === 0) return Object.is(value, -0) ? '-0.0' : value === 0 ? '0.0' : String(value)
  const digits = kind === 'double' ? value.toExponential() : shortestFloat(value).toExponential()
  const [mantissa, exponent] = digits.split('e') as [string, string]
  const power = Number(exponent)
  if (power >= -3 && power < 7) {
    const plain = Number(digits).toString()
    return plain.includes('.') ? plain : `${plain}.0`
  }
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${power}`
}

/** The double with the fewest digits that rounds to the float32. */
function shortestFloat(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}
