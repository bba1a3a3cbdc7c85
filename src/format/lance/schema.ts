/**
 * The fields of a Lance file or dataset as SQL columns. Fields are a list in which each names its parent.
 *
 * Spec: lance-format protos/file.proto, message Field.
 */
import { corrupt } from '../../core/errors.ts'
import {
  BIGINT,
  BOOLEAN,
  BYTEA,
  DATE,
  DOUBLE,
  type DataType,
  type Field,
  INTEGER,
  NULL_TYPE,
  REAL,
  TIME,
  VARCHAR,
  decimal,
} from '../../core/types.ts'
import type { TreeNode } from '../bind-tree.ts'
import type { FileField } from '../format.ts'
import type { ProtobufReader } from '../protobuf.ts'

/** A field as it is written. */
export interface LanceField {
  readonly name: string
  readonly id: number
  readonly parentId: number
  readonly logicalType: string
  readonly nullable: boolean
  readonly isBlob: boolean
  readonly isPacked: boolean
  /** Of files of the first version: where the values of a dictionary lie. */
  readonly dictionary: { readonly offset: number; readonly length: number } | undefined
  /** Of files of the first version. */
  readonly encoding: number
}

export interface LanceNode extends TreeNode<LanceNode> {
  readonly id: number
  readonly nullable: boolean
  readonly field: LanceField
  /** How values lie in pages; undefined for structs, lists and maps. */
  readonly raw: RawValues | undefined
}

/** Values of a leaf: `width` bytes each, views for 0; of a fixed-size list `dimension` of them, else 0. */
export interface RawValues {
  readonly width: number
  readonly isBits: boolean
  readonly logical: string
  readonly dimension: number
}

const DEPTH_MAX = 100

export function readLanceField(message: ProtobufReader): LanceField {
  const found = { name: '', id: 0, parentId: 0, logicalType: '', nullable: false, encoding: 0 }
  const metadata = new Map<string, string>()
  let dictionary: { offset: number; length: number } | undefined
  while (message.next()) {
    if (message.field === 2) found.name = message.text()
    else if (message.field === 3) found.id = message.int()
    else if (message.field === 4) found.parentId = message.int()
    else if (message.field === 5) found.logicalType = message.text()
    else if (message.field === 6) found.nullable = message.bool()
    else if (message.field === 7) found.encoding = message.count()
    else if (message.field === 8) {
      dictionary = { offset: 0, length: 0 }
      for (const part = message.message(); part.next();) {
        if (part.field === 1) dictionary.offset = part.count()
        else if (part.field === 2) dictionary.length = part.count()
      }
    } else if (message.field === 10) {
      let [key, value] = ['', '']
      for (const entry = message.message(); entry.next();) {
        if (entry.field === 1) key = entry.text()
        else if (entry.field === 2) value = entry.text()
      }
      metadata.set(key, value)
    }
  }
  const isNewBlob = metadata.get('ARROW:extension:name') === 'lance.blob.v2'
  const isBlob = metadata.get('lance-encoding:blob') === 'true' || isNewBlob
  const isPacked = metadata.get('packed') === 'true' || metadata.get('lance-encoding:packed') === 'true'
  return { ...found, isBlob, isPacked, dictionary }
}

/** The columns of a file or dataset. */
export function lanceNodes(fields: readonly LanceField[], url: string): LanceNode[] {
  const byParent = new Map<number, LanceField[]>()
  let isBehindBlob = false
  for (const field of fields) {
    // Files have the fields of blobs' descriptors behind them, without ids and parents.
    if (isBehindBlob && field.id < 0) continue
    isBehindBlob = isDescribed(field)
    const siblings = byParent.get(field.parentId)
    if (siblings === undefined) byParent.set(field.parentId, [field])
    else siblings.push(field)
  }
  const build = (field: LanceField, depth: number): LanceNode => {
    if (depth > DEPTH_MAX) throw corrupt(url, `field "${field.name}": types are nested too deeply`)
    const children = (field.id < 0 ? [] : (byParent.get(field.id) ?? []))
      .filter((child) => child !== field)
      .map((child) => build(child, depth + 1))
    return nodeOf(field, children)
  }
  return (byParent.get(-1) ?? []).map((field) => build(field, 0))
}

/** A blob column of the second kind, whose pages have descriptors (blob-values.ts). */
export function isDescribed({ isBlob, logicalType }: LanceField): boolean {
  return isBlob && logicalType === 'struct'
}

/** The same as the interface between formats has it. */
export function lanceFileField({ name, type, nullable, id, children }: LanceNode): FileField {
  return { name, type, nullable, id, children: children.map(lanceFileField) }
}

/** A column of a table; ids are the dataset's. */
export function lanceTableField({ name, type, nullable, id }: LanceNode): Field {
  return { name, type, nullable, id }
}

function nodeOf(field: LanceField, children: readonly LanceNode[]): LanceNode {
  const { name, id, nullable, logicalType } = field
  const base = { name, id, nullable, field }
  const [first] = children
  if (field.isBlob && logicalType !== 'large_binary' && logicalType !== 'binary') {
    if (isDescribed(field)) return { ...base, ...leaf(BYTEA, 0, logicalType) }
    return { ...base, type: BYTEA, children: [], raw: undefined, refusal: `a blob column of type ${logicalType}` }
  }
  switch (logicalType) {
    case 'struct': {
      const type: DataType = { kind: 'struct', fields: children.map(lanceTableField) }
      return { ...base, type, children, raw: undefined }
    }
    case 'list':
    case 'list.struct':
    case 'large_list':
    case 'large_list.struct':
      if (first === undefined) break
      return { ...base, type: { kind: 'list', element: named(first, 'element') }, children, raw: undefined }
    case 'map': {
      const [key, value] = first?.children ?? []
      if (first === undefined || key === undefined || value === undefined) break
      const type: DataType = { kind: 'map', key: named(key, 'key'), value: named(value, 'value') }
      return { ...base, type, children: first.children, raw: undefined }
    }
  }
  const found = leafOf(logicalType)
  if (found !== undefined) return { ...base, ...found }
  return { ...base, type: BYTEA, children: [], raw: undefined, refusal: `type ${logicalType}` }
}

function named({ type, nullable, id }: LanceNode, name: string): Field {
  return { name, type, nullable, id }
}

type Leaf = Pick<LanceNode, 'type' | 'children' | 'raw'>

const SIMPLE: Readonly<Record<string, readonly [DataType, number] | undefined>> = {
  null: [NULL_TYPE, 0],
  bool: [BOOLEAN, 1],
  int8: [{ kind: 'tinyint' }, 1],
  uint8: [{ kind: 'utinyint' }, 1],
  int16: [{ kind: 'smallint' }, 2],
  uint16: [{ kind: 'usmallint' }, 2],
  int32: [INTEGER, 4],
  uint32: [{ kind: 'uinteger' }, 4],
  int64: [BIGINT, 8],
  uint64: [{ kind: 'ubigint' }, 8],
  halffloat: [{ kind: 'half' }, 2],
  float: [REAL, 4],
  double: [DOUBLE, 8],
  string: [VARCHAR, 0],
  large_string: [VARCHAR, 0],
  binary: [BYTEA, 0],
  large_binary: [BYTEA, 0],
  'date32:day': [DATE, 4],
}

function leafOf(logical: string): Leaf | undefined {
  const simple = SIMPLE[logical]
  if (simple !== undefined) return leaf(simple[0], simple[1], logical)
  const [kind, a = '', b = '', c = ''] = logical.split(':')
  switch (kind) {
    case 'date64':
      return leaf({ kind: 'timestamp', unit: 'us', zone: false }, 8, logical)
    case 'timestamp':
      return leaf({ kind: 'timestamp', unit: a === 'ns' ? 'ns' : 'us', zone: b !== '-' && b !== '' }, 8, logical)
    case 'time':
      return leaf(TIME, a === 's' || a === 'ms' ? 4 : 8, logical)
    case 'time32':
      return leaf(TIME, 4, logical)
    case 'time64':
      return leaf(TIME, 8, logical)
    case 'decimal': {
      const [precision, scale] = [Number(b), Number(c)]
      const fits = a === '128' && precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision
      return fits ? leaf(decimal(precision, scale), 16, logical) : undefined
    }
    case 'fixed_size_binary': {
      const width = Number(a)
      return Number.isInteger(width) && width > 0 && width < 1 << 28 ? leaf(BYTEA, width, logical) : undefined
    }
    case 'dict': {
      const value = SIMPLE[a]
      return value === undefined ? undefined : leaf(value[0], value[1], a)
    }
    case 'fixed_size_list':
      return fixedList(logical)
    default:
      return undefined
  }
}

function leaf(type: DataType, width: number, logical: string): Leaf {
  return { type, children: [], raw: { width, isBits: logical === 'bool', logical, dimension: 0 } }
}

/** `fixed_size_list:<type>:<dimension>`: a list to SQL, one leaf in the file. */
function fixedList(logical: string): Leaf | undefined {
  const parts = /^fixed_size_list:(.+):(\d+)$/.exec(logical)
  const item = parts === null ? undefined : leafOf(parts[1]!)
  const dimension = Number(parts?.[2])
  if (item?.raw === undefined || item.raw.dimension > 0 || dimension < 1 || dimension > 1 << 20) {
    return undefined
  }
  const type: DataType = { kind: 'list', element: { name: 'element', type: item.type, nullable: true } }
  const field = { name: 'element', id: -1, parentId: -1, logicalType: parts![1]!, nullable: true, encoding: 0 }
  const element: LanceNode = {
    name: 'element',
    id: -1,
    nullable: true,
    field: { ...field, isBlob: false, isPacked: false, dictionary: undefined },
    ...item,
  }
  return { type, children: [element], raw: { ...item.raw, dimension } }
}
