/**
 * What a variant holds, as a type: `OBJECT<a: BIGINT, b: ARRAY<STRING>>`. Elements of an array that differ have the type that holds both, else
 * VARIANT.
 *
 * As Spark's schema_of_variant.
 */
import { corrupt } from '../../../core/errors.ts'
import { VARIANT_DEPTH_MAX, Variant, type VariantNode } from './variant.ts'

type Shape =
  | { readonly kind: 'scalar'; readonly name: string }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'array'; readonly element: Shape }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, Shape> }

/** The text of the type. */
export function variantSchema(bytes: Uint8Array): string {
  const variant = new Variant(bytes)
  return print(shapeOf(variant, variant.root, 0))
}

const VOID: Shape = { kind: 'scalar', name: 'VOID' }
const VARIANT: Shape = { kind: 'scalar', name: 'VARIANT' }

const NAMES: Readonly<Record<Exclude<VariantNode['kind'], 'decimal' | 'array' | 'object' | 'timestamp'>, string>> = {
  null: 'VOID',
  boolean: 'BOOLEAN',
  integer: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  date: 'DATE',
  time: 'TIME(6)',
  string: 'STRING',
  binary: 'BINARY',
  uuid: 'STRING',
}

function shapeOf(variant: Variant, at: number, depth: number): Shape {
  if (depth > VARIANT_DEPTH_MAX) throw corrupt('a variant value', `more than ${VARIANT_DEPTH_MAX} values within values`)
  const node = variant.node(at)
  switch (node.kind) {
    case 'object':
      return {
        kind: 'object',
        fields: new Map(node.fields.map((field) => [field.name, shapeOf(variant, field.at, depth + 1)])),
      }
    case 'array':
      return {
        kind: 'array',
        element: node.items.map((item) => shapeOf(variant, item, depth + 1)).reduce(merged, VOID),
      }
    case 'decimal':
      return decimalShape(node.unscaled, node.scale)
    case 'timestamp':
      return { kind: 'scalar', name: node.zone ? 'TIMESTAMP' : 'TIMESTAMP_NTZ' }
    default:
      return { kind: 'scalar', name: NAMES[node.kind] }
  }
}

/** By the digits that there are: zeros at the end do not count. */
function decimalShape(unscaled: bigint, scale: number): Shape {
  let [digits, places] = [unscaled < 0n ? -unscaled : unscaled, scale]
  while (places > 0 && digits % 10n === 0n) {
    digits /= 10n
    places--
  }
  return { kind: 'decimal', precision: Math.max(String(digits).length, places), scale: places }
}

const BIGINT_DIGITS = 20
const DECIMAL_DIGITS_MAX = 38

function merged(a: Shape, b: Shape): Shape {
  if (a === VOID || isNamed(a, 'VOID')) return b
  if (isNamed(b, 'VOID')) return a
  if (a.kind === 'scalar' && b.kind === 'scalar' && a.name === b.name) return a
  if (a.kind === 'array' && b.kind === 'array') return { kind: 'array', element: merged(a.element, b.element) }
  if (a.kind === 'object' && b.kind === 'object') {
    const fields = new Map(a.fields)
    for (const [name, shape] of b.fields) {
      const known = fields.get(name)
      fields.set(name, known === undefined ? shape : merged(known, shape))
    }
    return { kind: 'object', fields: new Map([...fields].toSorted(([x], [y]) => (x < y ? -1 : 1))) }
  }
  const [x, y] = [asDecimal(a), asDecimal(b)]
  if (x === undefined || y === undefined) return mergedFloats(a, b)
  const scale = Math.max(x.scale, y.scale)
  const whole = Math.max(x.precision - x.scale, y.precision - y.scale)
  return whole + scale > DECIMAL_DIGITS_MAX ? VARIANT : { kind: 'decimal', precision: whole + scale, scale }
}

function mergedFloats(a: Shape, b: Shape): Shape {
  const isFloat = (shape: Shape): boolean => isNamed(shape, 'FLOAT') || isNamed(shape, 'DOUBLE')
  const isNumber = (shape: Shape): boolean => isFloat(shape) || asDecimal(shape) !== undefined
  return isNumber(a) && isNumber(b) ? { kind: 'scalar', name: 'DOUBLE' } : VARIANT
}

function asDecimal(shape: Shape): { readonly precision: number; readonly scale: number } | undefined {
  if (shape.kind === 'decimal') return shape
  return isNamed(shape, 'BIGINT') ? { precision: BIGINT_DIGITS, scale: 0 } : undefined
}

function isNamed(shape: Shape, name: string): boolean {
  return shape.kind === 'scalar' && shape.name === name
}

function print(shape: Shape): string {
  switch (shape.kind) {
    case 'scalar':
      return shape.name
    case 'decimal':
      return `DECIMAL(${shape.precision},${shape.scale})`
    case 'array':
      return `ARRAY<${print(shape.element)}>`
    case 'object':
      return `OBJECT<${[...shape.fields].map(([name, field]) => `${name}: ${print(field)}`).join(', ')}>`
  }
}
