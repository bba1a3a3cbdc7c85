/** CAST of a variant: what it holds, as a value of another type. A variant NULL is NULL; texts are parsed as SQL parses them. */
import { SqlError, unsupported } from '../../../core/errors.ts'
import { BIGINT, BOOLEAN, BYTEA, DATE, DOUBLE, type DataType, REAL, TIME } from '../../../core/types.ts'
import { UUID, VARCHAR, decimal, typeName } from '../../../core/types.ts'
import type { LiteralValue } from '../../expr.ts'
import { scalarText, variantJson } from './variant-json.ts'
import { Variant, type VariantNode } from './variant.ts'

/** Casts a value that is not a variant. */
export type CastPlain = (value: LiteralValue, from: DataType, to: DataType) => LiteralValue

/** The value of a variant's bytes as type `to`; 22023 when what it holds cannot be that. */
export function castVariant(bytes: Uint8Array, to: DataType, cast: CastPlain): LiteralValue {
  const variant = new Variant(bytes)
  return castNode(variant, variant.root, to, cast)
}

function castNode(variant: Variant, at: number, to: DataType, cast: CastPlain): LiteralValue {
  const node = variant.node(at)
  if (node.kind === 'null') return null
  switch (to.kind) {
    case 'variant':
      return join(variant.metadata, variant.valueBytes(at))
    case 'varchar':
      if (node.kind !== 'object' && node.kind !== 'array') return scalarText(node)
      return variantJson(join(variant.metadata, variant.valueBytes(at)))
    case 'list':
      if (node.kind !== 'array') throw cannotCast(node, to)
      return node.items.map((item) => castNode(variant, item, to.element.type, cast))
    case 'struct': {
      if (node.kind !== 'object') throw cannotCast(node, to)
      const places = new Map(node.fields.map((field) => [field.name, field.at]))
      return to.fields.map(({ name, type }) => {
        const place = places.get(name)
        return place === undefined ? null : castNode(variant, place, type, cast)
      })
    }
    case 'map': {
      if (node.kind !== 'object' || to.key.type.kind !== 'varchar') throw cannotCast(node, to)
      return node.fields.map((field) => [field.name, castNode(variant, field.at, to.value.type, cast)])
    }
    default:
      return castScalar(node, to, cast)
  }
}

function castScalar(node: VariantNode, to: DataType, cast: CastPlain): LiteralValue {
  switch (node.kind) {
    case 'boolean':
      if (to.kind === 'decimal' || to.kind === 'real' || to.kind === 'double')
        return cast(node.value ? '1' : '0', VARCHAR, to)
      return checked(node, node.value, BOOLEAN, to, cast)
    case 'integer':
      return checked(node, node.value, BIGINT, to, cast)
    case 'float':
      return checked(node, node.value, REAL, to, cast)
    case 'double':
      return checked(node, node.value, DOUBLE, to, cast)
    case 'decimal':
      return checked(node, node.unscaled, decimal(38, node.scale), to, cast)
    case 'date':
      return checked(node, node.value, DATE, to, cast)
    case 'time':
      return checked(node, node.value, TIME, to, cast)
    case 'timestamp':
      return checked(node, node.value, { kind: 'timestamp', unit: node.unit, zone: node.zone }, to, cast)
    case 'string':
      return cast(node.value, VARCHAR, to)
    case 'binary':
      return checked(node, node.value, BYTEA, to, cast)
    case 'uuid':
      return checked(node, node.value, UUID, to, cast)
    default:
      throw cannotCast(node, to)
  }
}

/** Kinds of types that values of a kind may become. */
const TARGETS: Readonly<Record<string, readonly DataType['kind'][]>> = {
  number: ['tinyint', 'smallint', 'integer', 'bigint', 'real', 'double', 'decimal', 'boolean'],
  boolean: ['boolean', 'tinyint', 'smallint', 'integer', 'bigint'],
  date: ['date', 'timestamp'],
  time: ['time'],
  timestamp: ['date', 'timestamp', 'time'],
  bytea: ['bytea'],
  uuid: ['uuid'],
}

function checked(node: VariantNode, value: LiteralValue, from: DataType, to: DataType, cast: CastPlain): LiteralValue {
  const targets = TARGETS[from.kind] ?? TARGETS['number']!
  if (!targets.includes(to.kind)) throw cannotCast(node, to)
  if (to.kind === 'boolean' && from.kind !== 'boolean') return Number(value) !== 0
  return cast(value, from, to)
}

function cannotCast(node: VariantNode, to: DataType): SqlError {
  if (to.kind === 'interval') return unsupported(`a cast from variant to ${typeName(to)}`)
  return new SqlError('22023', `cannot cast a variant that holds ${node.kind} to ${typeName(to)}`, {
    hint: 'try_variant_get and TRY_CAST give NULL instead.',
  })
}

/** Metadata and value as the engine keeps them. */
export function join(metadata: Uint8Array, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(metadata.length + value.length)
  bytes.set(metadata)
  bytes.set(value, metadata.length)
  return bytes
}
