/**
 * An ORC file's types as SQL columns.
 *
 * Types are a list in which each names its children by number; the first is the struct of the columns. Field ids are attributes, as Iceberg and Paimon
 * write them.
 *
 * Spec: ORC v1, "Type Information"; Iceberg table spec, appendix A, "ORC".
 */
import { corrupt } from '../../core/errors.ts'
import {
  BIGINT,
  BOOLEAN,
  BYTEA,
  DATE,
  DECIMAL_DIGITS_MAX,
  DOUBLE,
  type DataType,
  type Field,
  INTEGER,
  REAL,
  TIME,
  UUID,
  VARCHAR,
  decimal,
} from '../../core/types.ts'
import type { FileField } from '../format.ts'
import type { TreeNode } from '../bind-tree.ts'
import type { OrcFooter, OrcType } from './metadata.ts'
import { timestampUnitOf } from './statistics.ts'

export interface OrcNode extends TreeNode<OrcNode> {
  /** Number of the type in the file: names its streams. */
  readonly column: number
  readonly kind: OrcKind
  readonly nullable: boolean
  /** Decimals of the unfinished second version are plain integers without scales. */
  readonly isPlainDecimal: boolean
}

export type OrcKind =
  | 'boolean'
  | 'byte'
  | 'short'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'string'
  | 'binary'
  | 'timestamp'
  | 'list'
  | 'map'
  | 'struct'
  | 'union'
  | 'decimal'
  | 'date'
  | 'instant'

const KINDS: readonly OrcKind[] = [
  ...(['boolean', 'byte', 'short', 'int', 'long', 'float', 'double', 'string', 'binary', 'timestamp'] as const),
  ...(['list', 'map', 'struct', 'union', 'decimal', 'date', 'string', 'string', 'instant'] as const),
]

/** Types within each other at most. */
const DEPTH_MAX = 100
/** Types of a union at most: tags are bytes. */
const VARIANTS_MAX = 128
const ID_KEYS = ['iceberg.id', 'paimon.id'] as const

interface Source {
  readonly url: string
  readonly footer: OrcFooter
  readonly isUnstable: boolean
  /** Types met so far: each has one place. */
  readonly seen: Set<number>
}

/** The columns of a file. */
export function orcNodes(footer: OrcFooter, { url, isUnstable }: { url: string; isUnstable: boolean }): OrcNode[] {
  const [root] = footer.types
  if (root === undefined) return []
  const source = { url, footer, isUnstable, seen: new Set([0]) }
  // A file of one value a row: a column without a struct around it.
  if (KINDS[root.kind] !== 'struct') return [nodeOf(source, 0, '_col0', 0)]
  return childrenOf(source, root, 0)
}

/** The same as the interface between formats has it. */
export function orcField({ name, type, nullable, id, children }: OrcNode): FileField {
  return { name, type, nullable, ...(id === undefined ? {} : { id }), children: children.map(orcField) }
}

function childrenOf(source: Source, type: OrcType, depth: number): OrcNode[] {
  return type.subtypes.map((child, i) => {
    if (source.seen.has(child) || child >= source.footer.types.length) {
      throw corrupt(source.url, `type ${child} is no type of its own`)
    }
    source.seen.add(child)
    return nodeOf(source, child, type.fieldNames[i] ?? `_col${i}`, depth + 1)
  })
}

/** A union as a struct, as Trino and Iceberg have it: which of the types it is, and a field for each of them. */
function variantsOf(source: Source, column: number, union: OrcType, depth: number): OrcNode[] {
  if (union.subtypes.length > VARIANTS_MAX) {
    throw corrupt(source.url, `type ${column} is a union of ${union.subtypes.length} types`)
  }
  const tag: OrcNode = {
    name: 'tag',
    column,
    kind: 'byte',
    type: { kind: 'tinyint' },
    nullable: false,
    isPlainDecimal: false,
    children: [],
  }
  const names = union.subtypes.map((_, i) => `field${i}`)
  return [tag, ...childrenOf(source, { ...union, fieldNames: names }, depth)]
}

function nodeOf(source: Source, column: number, name: string, depth: number): OrcNode {
  const { url, footer, isUnstable } = source
  if (depth > DEPTH_MAX) throw corrupt(url, `column "${name}": types are nested too deeply`)
  const orc = footer.types[column]!
  const kind = KINDS[orc.kind]
  const children = kind === 'union' ? variantsOf(source, column, orc, depth) : childrenOf(source, orc, depth)
  const id = idOf(orc)
  const base = {
    name,
    column,
    // "iceberg.required" says what the table promised; a file may hold NULLs nonetheless.
    nullable: orc.attributes.get('iceberg.required') !== 'true',
    isPlainDecimal: isUnstable && kind === 'decimal' && orc.precision > 0 && orc.precision <= 18,
    ...(id === undefined ? {} : { id }),
  }
  if (kind === undefined) {
    return { ...base, kind: 'union', type: BYTEA, children: [], refusal: `ORC type number ${orc.kind}` }
  }
  const type = typeOf(orc, kind, children, source, column)
  if (type === undefined) throw corrupt(url, `column "${name}": ${children.length} subtypes of a ${kind}`)
  const refusal = refusalOf(orc, kind)
  return { ...base, kind, type, children, ...(refusal === undefined ? {} : { refusal }) }
}

function refusalOf(orc: OrcType, kind: OrcKind): string | undefined {
  if (kind === 'decimal' && (orc.precision > DECIMAL_DIGITS_MAX || orc.scale > Math.max(orc.precision, 10))) {
    return `decimal(${orc.precision},${orc.scale})`
  }
  return undefined
}

/** Undefined: the type has not the children that it must have. */
function typeOf(
  orc: OrcType,
  kind: OrcKind,
  children: readonly OrcNode[],
  { footer }: Source,
  column: number,
): DataType | undefined {
  const [first, second] = children
  switch (kind) {
    case 'boolean':
      return BOOLEAN
    case 'byte':
      return { kind: 'tinyint' }
    case 'short':
      return { kind: 'smallint' }
    case 'int':
      return INTEGER
    case 'long':
      return orc.attributes.get('iceberg.long-type') === 'TIME' ? TIME : BIGINT
    case 'float':
      return REAL
    case 'double':
      return DOUBLE
    case 'string':
      return VARCHAR
    case 'binary':
      return orc.attributes.get('iceberg.binary-type') === 'UUID' ? UUID : BYTEA
    case 'date':
      return DATE
    case 'timestamp':
    case 'instant':
      return { kind: 'timestamp', unit: timestampUnitOf(footer.statistics[column]), zone: kind === 'instant' }
    case 'decimal':
      // Hive 0.11 declared neither: 38 digits, ten of them behind the point, are what it printed.
      if (orc.precision === 0) return decimal(DECIMAL_DIGITS_MAX, Math.max(orc.scale, 10))
      return decimal(Math.min(orc.precision, DECIMAL_DIGITS_MAX), Math.min(orc.scale, orc.precision))
    case 'list':
      return first && children.length === 1 ? { kind: 'list', element: asField(first, 'element') } : undefined
    case 'map':
      if (first === undefined || second === undefined || children.length !== 2) return undefined
      return { kind: 'map', key: asField(first, 'key'), value: asField(second, 'value') }
    case 'struct':
    case 'union':
      return { kind: 'struct', fields: children.map((child) => asField(child, child.name)) }
  }
}

function asField({ type, nullable, id }: OrcNode, name: string): Field {
  return { name, type, nullable, ...(id === undefined ? {} : { id }) }
}

function idOf({ attributes }: OrcType): number | undefined {
  for (const key of ID_KEYS) {
    const text = attributes.get(key)
    if (text !== undefined && /^\d{1,10}$/.test(text)) return Number(text)
  }
  return undefined
}
