/**
 * Small Parquet files made by hand, for what writers at hand do not make: old forms of lists, field ids, odd statistics, pages of several
 * encodings in a chunk. Version 1 pages, no compression.
 */
import type { PhysicalType } from '../../../src/format/parquet/metadata.ts'
import { type ThriftStruct, type ThriftValue, writeThrift } from './thrift-writer.ts'

const PHYSICAL: readonly PhysicalType[] = [
  ...(['BOOLEAN', 'INT32', 'INT64', 'INT96'] as const),
  ...(['FLOAT', 'DOUBLE', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'] as const),
]
const REPETITIONS = ['required', 'optional', 'repeated']

export interface Node {
  readonly name: string
  readonly repetition?: 'required' | 'optional' | 'repeated'
  readonly physical?: PhysicalType
  readonly typeLength?: number
  readonly id?: number
  /** Number of the converted type. */
  readonly converted?: number
  readonly scale?: number
  readonly precision?: number
  readonly logical?: ThriftStruct
  readonly children?: readonly Node[]
}

export interface PageSpec {
  /** A dictionary page stands first. */
  readonly kind?: 'data' | 'dictionary'
  /** PLAIN unless told. */
  readonly encoding?: number
  readonly valueCount: number
  /** One a value; none for columns that have no such levels. */
  readonly definitions?: readonly number[]
  readonly repetitions?: readonly number[]
  readonly values: Uint8Array
}

export interface ColumnSpec {
  readonly pages: readonly PageSpec[]
  readonly statistics?: ThriftStruct
  readonly bloom?: Uint8Array
}

/** A file of one row group: `columns` in the order of the schema's leaves. */
export function writeFile(
  schema: readonly Node[],
  rowCount: number,
  columns: readonly ColumnSpec[],
  createdBy = 'test',
): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from('PAR1')]
  let offset = 4
  const leaves = schema.flatMap((node) => leafNodes(node, 0, 0))
  const chunks = columns.map((column, i): ThriftValue => {
    const leaf = leaves[i]!
    const start = offset
    let dataStart = -1
    for (const page of column.pages) {
      if (page.kind !== 'dictionary' && dataStart < 0) dataStart = offset
      for (const bytes of pageBytes(page, leaf)) {
        parts.push(bytes)
        offset += bytes.length
      }
    }
    const metadata: ThriftStruct = {
      1: { i32: PHYSICAL.indexOf(leaf.node.physical!) },
      3: { list: [{ binary: leaf.node.name }] },
      4: { i32: 0 },
      5: {
        i64: column.pages.reduce((sum, page) => sum + (page.kind === 'dictionary' ? 0 : page.valueCount), 0),
      },
      6: { i64: offset - start },
      7: { i64: offset - start },
      9: { i64: dataStart },
      11: dataStart === start ? undefined : { i64: start },
      12: column.statistics === undefined ? undefined : { struct: column.statistics },
    }
    return { struct: { 2: { i64: start }, 3: { struct: metadata } } }
  })
  const footer = writeThrift({
    1: { i32: 1 },
    2: {
      list: [{ struct: { 4: { binary: 'schema' }, 5: { i32: schema.length } } }, ...schema.flatMap(elements)],
    },
    3: { i64: rowCount },
    4: { list: [{ struct: { 1: { list: chunks }, 2: { i64: offset }, 3: { i64: rowCount } } }] },
    6: { binary: createdBy },
  })
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, footer.length, true)
  return Buffer.concat([...parts, footer, length, Buffer.from('PAR1')])
}

interface Leaf {
  readonly node: Node
  readonly definition: number
  readonly repetition: number
}

function leafNodes(node: Node, definition: number, repetition: number): Leaf[] {
  const own = {
    definition: definition + (node.repetition === 'optional' || node.repetition === 'repeated' ? 1 : 0),
    repetition: repetition + (node.repetition === 'repeated' ? 1 : 0),
  }
  if (node.children === undefined) return [{ node, ...own }]
  return node.children.flatMap((child) => leafNodes(child, own.definition, own.repetition))
}

function elements(node: Node): ThriftValue[] {
  const struct: ThriftStruct = {
    1: node.physical === undefined ? undefined : { i32: PHYSICAL.indexOf(node.physical) },
    2: node.typeLength === undefined ? undefined : { i32: node.typeLength },
    3: { i32: REPETITIONS.indexOf(node.repetition ?? 'required') },
    4: { binary: node.name },
    5: node.children === undefined ? undefined : { i32: node.children.length },
    6: node.converted === undefined ? undefined : { i32: node.converted },
    7: node.scale === undefined ? undefined : { i32: node.scale },
    8: node.precision === undefined ? undefined : { i32: node.precision },
    9: node.id === undefined ? undefined : { i32: node.id },
    10: node.logical === undefined ? undefined : { struct: node.logical },
  }
  return [{ struct }, ...(node.children ?? []).flatMap(elements)]
}

function pageBytes(page: PageSpec, { definition, repetition }: Leaf): Uint8Array[] {
  const isDictionary = page.kind === 'dictionary'
  const body = Buffer.concat([
    ...(isDictionary || repetition === 0 ? [] : [levels(page.repetitions ?? [], repetition)]),
    ...(isDictionary || definition === 0 ? [] : [levels(page.definitions ?? [], definition)]),
    page.values,
  ])
  const inner: ThriftStruct = {
    1: { i32: page.valueCount },
    2: { i32: page.encoding ?? 0 },
    ...(isDictionary ? {} : { 3: { i32: 3 }, 4: { i32: 3 } }),
  }
  const header = writeThrift({
    1: { i32: isDictionary ? 2 : 0 },
    2: { i32: body.length },
    3: { i32: body.length },
    [isDictionary ? 7 : 5]: { struct: inner },
  })
  return [header, body]
}

/** Levels as bit-packed runs behind their length. */
function levels(values: readonly number[], max: number): Uint8Array {
  const runs = bitPacked(values, 32 - Math.clz32(max))
  const bytes = new Uint8Array(4 + runs.length)
  new DataView(bytes.buffer).setUint32(0, runs.length, true)
  bytes.set(runs, 4)
  return bytes
}

/** One bit-packed run of the hybrid, for fewer than 512 values. */
export function bitPacked(values: readonly number[], width: number): Uint8Array {
  const groups = Math.ceil(values.length / 8)
  let bits = 0n
  for (const [i, value] of values.entries()) bits |= BigInt(value) << BigInt(i * width)
  const packed = Array.from({ length: groups * width }, (_, i) => Number((bits >> BigInt(i * 8)) & 255n))
  return Uint8Array.from([groups * 2 + 1, ...packed])
}

/** PLAIN values. */
export const plain = {
  int32: (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer),
  int64: (...values: bigint[]): Uint8Array => new Uint8Array(BigInt64Array.from(values).buffer),
  float: (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer),
  double: (...values: number[]): Uint8Array => new Uint8Array(Float64Array.from(values).buffer),
  text: (...values: string[]): Uint8Array =>
    Buffer.concat(values.map((value) => Buffer.concat([plain.int32(Buffer.byteLength(value)), Buffer.from(value)]))),
}
