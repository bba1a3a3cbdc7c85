/**
 * Decoders made of closures: one a (writer type, reader type) pair, compiled once a file.
 *
 * Values: int, float, double, enum index and dates are numbers; long is a bigint; strings, enums are strings; bytes and fixed are Uint8Arrays;
 * arrays are arrays, maps (and arrays of pairs read `asMap`) are Maps, records are objects by field name. A union is the value of its branch. Logical types come out in the
 * engine's units: decimals as unscaled bigint, uuid as 16 bytes, times as micros, timestamps as micros (nanos stay nanos), durations as
 * intervals.
 *
 * Spec: Apache Avro 1.12, "Schema Resolution". With `matchBy: 'field-id'`, fields are found by Iceberg's ids (Iceberg spec,
 * "Column Projection"), and by name where the writer gave no ids.
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import type { IntervalValue } from '../../expr/expr.ts'
import type { AvroCursor } from './cursor.ts'
import { avroDefault } from './default-value.ts'
import { decodeLogical } from './logical.ts'
import type { AvroField, AvroRecord, AvroType, PairSelection } from './schema.ts'
import { type Skip, bytesMin, compileSkip } from './skip.ts'

export type AvroValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | IntervalValue
  | readonly AvroValue[]
  | ReadonlyMap<string | number, AvroValue>
  | AvroObject

export interface AvroObject {
  readonly [field: string]: AvroValue
}

export type Decode = (cursor: AvroCursor) => AvroValue

export interface ResolutionOptions {
  readonly matchBy?: 'name' | 'field-id'
}

/** Records, arrays and maps open at once at most: recursive data of a damaged file must not overflow the stack. */
const DEPTH_MAX = 200

/** A decoder of `writer`'s bytes to values of `reader`; 42804 when the two don't resolve. */
export function compileDecoder(writer: AvroType, reader: AvroType = writer, options: ResolutionOptions = {}): Decode {
  return new Compiler(options).compile(writer, reader)
}

/** An object with all properties of a record, defaults set; `__proto__` is a name like others. */
function templateOf(
  fields: readonly { readonly name: string; readonly value?: AvroValue }[],
): Record<string, AvroValue> {
  const template: Record<string, AvroValue> = {}
  for (const { name, value = null } of fields) {
    Object.defineProperty(template, name, { value, enumerable: true, writable: true, configurable: true })
  }
  return template
}

class Compiler {
  readonly #byId: boolean
  /** Records being compiled or done: recursive types refer back to them. */
  readonly #records = new Map<AvroRecord, Map<AvroRecord, { decode: Decode }>>()

  constructor({ matchBy = 'name' }: ResolutionOptions) {
    this.#byId = matchBy === 'field-id'
  }

  compile(writer: AvroType, reader: AvroType): Decode {
    if (writer.kind === 'union') return this.#writerUnion(writer.branches, reader)
    if (reader.kind === 'union') {
      const branch =
        reader.branches.find((type) => type.kind === writer.kind && this.#resolves(writer, type)) ??
        reader.branches.find((type) => this.#resolves(writer, type))
      if (branch === undefined) throw mismatch(writer, reader)
      return this.compile(writer, branch)
    }
    const decode = this.#plain(writer, reader)
    const logical = 'logical' in reader ? reader.logical : undefined
    // The writer's logical type counts where the reader states none for the same type.
    const own = 'logical' in writer ? writer.logical : undefined
    return decodeLogical(decode, reader.kind === writer.kind ? (own ?? logical) : logical, reader)
  }

  #plain(writer: AvroType, reader: AvroType): Decode {
    switch (reader.kind) {
      case 'record':
        if (writer.kind !== 'record') throw mismatch(writer, reader)
        return this.#record(writer, reader)
      case 'array': {
        if (writer.kind !== 'array') throw mismatch(writer, reader)
        if (reader.asMap !== undefined) return this.#pairs(writer.items, reader.items, reader.asMap)
        return arrayDecoder(this.compile(writer.items, reader.items), bytesMin(writer.items))
      }
      case 'map':
        if (writer.kind !== 'map') throw mismatch(writer, reader)
        return mapDecoder(this.compile(writer.values, reader.values), bytesMin(writer.values))
      case 'enum': {
        if (writer.kind !== 'enum') throw mismatch(writer, reader)
        return enumDecoder(writer.symbols, reader.symbols, reader.default)
      }
      case 'fixed': {
        if (writer.kind !== 'fixed' || writer.size !== reader.size) throw mismatch(writer, reader)
        const { size } = writer
        return (cursor) => cursor.fixed(size)
      }
      case 'union':
        throw mismatch(writer, reader)
      default:
        return primitiveDecoder(writer, reader)
    }
  }

  /** Pairs as a Map, without an object a pair. */
  #pairs(writer: AvroType, reader: AvroType, { keep }: PairSelection): Decode {
    const [key, value] = writer.kind === 'record' ? writer.fields : []
    const wanted = reader.kind === 'record' ? reader.fields[1] : undefined
    if (writer.kind !== 'record' || writer.fields.length !== 2 || wanted === undefined) throw mismatch(writer, reader)
    // Longs are written as ints are.
    if (key!.type.kind !== 'int' && key!.type.kind !== 'long') throw mismatch(key!.type, { kind: 'int' })
    const decode = this.compile(value!.type, wanted.type)
    const skip = compileSkip(value!.type)
    const pairBytesMin = bytesMin(writer)
    return (cursor) => {
      const pairs = new Map<number, AvroValue>()
      cursor.items(pairBytesMin, () => {
        const id = cursor.int()
        if (keep === undefined || keep.has(id)) pairs.set(id, decode(cursor))
        else skip(cursor)
      })
      return pairs
    }
  }

  #writerUnion(branches: readonly AvroType[], reader: AvroType): Decode {
    const decoders = branches.map((branch): Decode => {
      if (this.#resolves(branch, reader)) return this.compile(branch, reader)
      // Only an error when such a value occurs.
      return () => {
        throw mismatch(branch, reader)
      }
    })
    return (cursor) => {
      const index = cursor.int()
      const decode = decoders[index]
      if (decode === undefined) throw cursor.error(`union has no branch ${index}`)
      return decode(cursor)
    }
  }

  #record(writer: AvroRecord, reader: AvroRecord): Decode {
    let byReader = this.#records.get(writer)
    if (byReader === undefined) this.#records.set(writer, (byReader = new Map()))
    const known = byReader.get(reader)
    if (known !== undefined) return (cursor) => known.decode(cursor)
    const entry: { decode: Decode } = { decode: () => null }
    byReader.set(reader, entry)
    entry.decode = this.#compileRecord(writer, reader)
    return entry.decode
  }

  #compileRecord(writer: AvroRecord, reader: AvroRecord): Decode {
    const taken = new Set<AvroField>()
    const steps = writer.fields.map((field): { name: string | null; decode: Decode; skip: Skip } => {
      const target = reader.fields.find((other) => !taken.has(other) && this.#sameField(field, other))
      if (target === undefined) return { name: null, decode: () => null, skip: compileSkip(field.type) }
      taken.add(target)
      return {
        name: target.name,
        decode: this.compile(field.type, target.type),
        skip: () => undefined,
      }
    })
    const defaults: { name: string; value: AvroValue }[] = []
    for (const field of reader.fields) {
      if (taken.has(field)) continue
      if (field.default === undefined) {
        throw new SqlError('42804', `Avro field "${field.name}" has neither data nor a default value`)
      }
      defaults.push({ name: field.name, value: avroDefault(field.type, field.default) })
    }
    // Copies of one object share its layout: with properties added one by one to each, records took three times the time and memory.
    const template = templateOf([...defaults, ...steps.flatMap(({ name }) => (name === null ? [] : { name }))])
    return (cursor) => {
      enter(cursor)
      const record = { ...template }
      for (const { name, decode, skip } of steps) {
        if (name === null) skip(cursor)
        else record[name] = decode(cursor)
      }
      cursor.depth--
      return record
    }
  }

  #sameField(writer: AvroField, reader: AvroField): boolean {
    if (this.#byId && writer.id !== undefined && reader.id !== undefined) return writer.id === reader.id
    return writer.name === reader.name || reader.aliases.includes(writer.name)
  }

  /** Whether the spec lets `writer` be read as `reader`; nested types are checked where they are compiled. */
  #resolves(writer: AvroType, reader: AvroType): boolean {
    if (reader.kind === 'union') return reader.branches.some((branch) => this.#resolves(writer, branch))
    if (writer.kind === 'union') return writer.branches.some((branch) => this.#resolves(branch, reader))
    switch (reader.kind) {
      case 'record':
        return writer.kind === 'record' && (this.#byId || sameName(writer, reader))
      case 'enum':
        return writer.kind === 'enum' && sameName(writer, reader)
      case 'fixed':
        return writer.kind === 'fixed' && writer.size === reader.size
      case 'array':
      case 'map':
        return writer.kind === reader.kind
      default:
        return writer.kind === reader.kind || PROMOTIONS[reader.kind]?.includes(writer.kind) === true
    }
  }
}

/** What may be read as the key type. */
const PROMOTIONS: Partial<Record<AvroType['kind'], readonly AvroType['kind'][]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  string: ['bytes'],
  bytes: ['string'],
}

function primitiveDecoder(writer: AvroType, reader: AvroType): Decode {
  switch (`${writer.kind} ${reader.kind}`) {
    case 'null null':
      return () => null
    case 'boolean boolean':
      return (cursor) => cursor.boolean()
    case 'int int':
    case 'int float':
    case 'int double':
      return (cursor) => cursor.int()
    case 'int long':
      return (cursor) => BigInt(cursor.int())
    case 'long long':
      return (cursor) => cursor.long()
    case 'long float':
      return (cursor) => Math.fround(Number(cursor.long()))
    case 'long double':
      return (cursor) => Number(cursor.long())
    case 'float float':
    case 'float double':
      return (cursor) => cursor.float()
    case 'double double':
      return (cursor) => cursor.double()
    case 'bytes bytes':
    case 'string bytes':
      return (cursor) => cursor.bytesValue()
    case 'string string':
    case 'bytes string':
      return (cursor) => cursor.string()
    default:
      throw mismatch(writer, reader)
  }
}

function arrayDecoder(item: Decode, itemBytesMin: number): Decode {
  return (cursor) => {
    enter(cursor)
    const items: AvroValue[] = []
    cursor.items(itemBytesMin, () => items.push(item(cursor)))
    cursor.depth--
    return items
  }
}

function mapDecoder(value: Decode, valueBytesMin: number): Decode {
  return (cursor) => {
    enter(cursor)
    const entries = new Map<string, AvroValue>()
    cursor.items(1 + valueBytesMin, () => {
      const key = cursor.string()
      entries.set(key, value(cursor))
    })
    cursor.depth--
    return entries
  }
}

function enumDecoder(written: readonly string[], known: readonly string[], fallback: string | undefined): Decode {
  const symbols = written.map((symbol) => (known.includes(symbol) ? symbol : fallback))
  return (cursor) => {
    const index = cursor.int()
    const symbol = symbols[index]
    if (symbol !== undefined) return symbol
    throw cursor.error(index in written ? `enum symbol "${written[index]}" is unknown` : `enum has no symbol ${index}`)
  }
}

function enter(cursor: AvroCursor): void {
  if (++cursor.depth > DEPTH_MAX) throw unsupported('Avro data nested this deeply')
}

/** Names match without their namespace: Avro 1.12 says so for records, and writers differ in namespaces only. */
function sameName(
  writer: { readonly name: string },
  reader: { readonly name: string; readonly aliases: readonly string[] },
): boolean {
  const short = shortName(writer.name)
  return shortName(reader.name) === short || reader.aliases.some((alias) => shortName(alias) === short)
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function mismatch(writer: AvroType, reader: AvroType): SqlError {
  return new SqlError('42804', `Avro ${describeType(writer)} cannot be read as ${describeType(reader)}`)
}

function describeType(type: AvroType): string {
  return 'name' in type ? `${type.kind} "${type.name}"` : type.kind
}
