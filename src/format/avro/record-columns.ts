/**
 * Some fields of a container file's records as columns in memory, for metadata of very many records: no object is made of any.
 *
 *   {status: 1, data_file: {record_count: 5, lower_bounds: [(1, a), (3, b)]}}      asked: status, record_count, lower_bounds of 1 and 2
 *
 *   status 1 | record_count 5 | bounds of 1: view of a | bounds of 2: NULL         one slot a record and column
 *
 * What is laid out otherwise than asked for is left to the decoder of objects (decoder.ts): `compileRecordColumns` gives undefined then.
 */
import { Arena } from '../../core/arena.ts'
import { corrupt } from '../../core/errors.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import type { Kernels } from '../../kernel/kernels.ts'
import { decompressBlock } from './codec.ts'
import type { AvroFile, PackedBlock } from './container.ts'
import {
  APPEND_NULL,
  BYTES,
  COLUMN_BYTES,
  DECODE_ERRORS,
  INT,
  LONG,
  PARTS,
  PICK,
  ProgramWords,
  SPAN,
  UNION,
} from './program-words.ts'
import type { AvroField, AvroRecord, AvroType } from './schema.ts'
import { bytesMin } from './skip.ts'

/** A field by the id that its writer gave it, or by its name where there are no ids. */
export interface FieldKey {
  readonly id: number
  readonly name: string
}

/** One or several columns. `path`: fields from the record down. */
export type ColumnChoice =
  /** A view of the bytes as they were written, of the whole record for an empty path. */
  | { readonly kind: 'span'; readonly path: readonly FieldKey[] }
  /** Of an int or a long. */
  | { readonly kind: 'integer'; readonly path: readonly FieldKey[] }
  /** A map as an array of pairs with int keys: one column for each of `keys`, of longs or of views. */
  | { readonly kind: 'pairs'; readonly path: readonly FieldKey[]; readonly keys: readonly number[] }

/** One slot a record: 4 or 8 bytes of an integer, or a view (u32 address, u32 length). */
export interface AvroColumn {
  readonly data: Pointer
  readonly width: number
  /** One byte a slot: 0 for NULL. */
  readonly validity: Pointer
  readonly nullCount: number
}

interface ColumnPlan {
  readonly number: number
  readonly width: number
}

export interface RecordColumnsProgram {
  readonly words: Int32Array
  readonly root: number
  readonly columnCount: number
  /** By choice, then by key; undefined: the file has no such field. */
  readonly columns: readonly (readonly ColumnPlan[] | undefined)[]
  readonly recordBytesMin: number
}

/** What is decoded of one block; it is gone when the visitor returns. */
export interface RecordColumns {
  readonly rowCount: number
  readonly memory: EngineMemory
  /** The columns of a choice, one unless it has keys; undefined: the file has no such field. */
  of(choice: number): readonly AvroColumn[] | undefined
}

/** Records of a block whose records take no bytes. */
const EMPTY_RECORDS_MAX = 1 << 20

/** The program that takes `choices` of records of `schema`; undefined when those are written in another form. */
export function compileRecordColumns(
  schema: AvroType,
  choices: readonly ColumnChoice[],
): RecordColumnsProgram | undefined {
  if (schema.kind !== 'record') return undefined
  try {
    return new Compiler(choices).compile(schema)
  } catch (error) {
    if (error instanceof OtherForm) return undefined
    throw error
  }
}

/** Visits the columns of one block after the other; gives what the visitor returns. */
export async function* readRecordColumns<T>(
  file: AvroFile,
  program: RecordColumnsProgram,
  context: { readonly memory: EngineMemory; readonly kernels: Kernels },
  visit: (columns: RecordColumns) => T,
): AsyncGenerator<T> {
  for await (const block of file.packedBlocks()) {
    const arena = new Arena(context.memory, 'records of an Avro file')
    let result: T
    try {
      result = visit(decodeColumns(block, program, { ...context, arena, file }))
    } finally {
      arena.free()
    }
    yield result
  }
}

function decodeColumns(
  { recordCount: rowCount, body: packed, start }: PackedBlock,
  { words, root, columnCount, columns: plans, recordBytesMin }: RecordColumnsProgram,
  { memory, kernels, arena, file }: { memory: EngineMemory; kernels: Kernels; arena: Arena; file: AvroFile },
): RecordColumns {
  const body = decompressBlock(file.header.codec, packed, file.url)
  const most = recordBytesMin === 0 ? EMPTY_RECORDS_MAX : body.length / recordBytesMin
  if (rowCount > most) throw corrupt(file.url, `${rowCount} records do not fit the block at offset ${start}`)
  const bytes = arena.allocate(body.length)
  memory.u8.set(body, bytes)
  const code = arena.allocate(words.byteLength)
  memory.i32.set(words, code >>> 2)
  const columns = arena.allocateZeroed(columnCount * COLUMN_BYTES)
  for (const { number, width } of plans.flatMap((list) => list ?? [])) {
    const at = (columns + number * COLUMN_BYTES) >>> 2
    memory.u32[at] = arena.allocate(rowCount * width)
    memory.u32[at + 1] = arena.allocate(rowCount)
  }
  const result = kernels.avro.avroRecords(code, root, columns, bytes, bytes + body.length, rowCount, 0)
  if (result < 0) throw corrupt(file.url, `block at offset ${start}: ${DECODE_ERRORS[result] ?? `error ${result}`}`)
  const columnOf = ({ number, width }: ColumnPlan): AvroColumn => {
    const at = (columns + number * COLUMN_BYTES) >>> 2
    return { data: memory.u32[at]!, width, validity: memory.u32[at + 1]!, nullCount: memory.u32[at + 3]! }
  }
  return { rowCount, memory, of: (choice) => plans[choice]?.map(columnOf) }
}

/** Thrown within this file only. */
class OtherForm extends Error {}

interface Wanted {
  readonly choice: number
  readonly path: readonly FieldKey[]
}

class Compiler {
  readonly #choices: readonly ColumnChoice[]
  readonly #words = new ProgramWords()
  readonly #columns: (readonly ColumnPlan[] | undefined)[]
  #columnCount = 0

  constructor(choices: readonly ColumnChoice[]) {
    this.#choices = choices
    this.#columns = choices.map(() => undefined)
  }

  compile(schema: AvroRecord): RecordColumnsProgram {
    const root = this.#value(
      schema,
      this.#choices.map(({ path }, choice) => ({ choice, path })),
    )
    return {
      words: this.#words.finish(),
      root,
      columnCount: this.#columnCount,
      columns: this.#columns,
      recordBytesMin: bytesMin(schema),
    }
  }

  /** A node that passes a value and takes what is wanted of it. */
  #value(type: AvroType, wanted: readonly Wanted[]): number {
    const here = wanted.filter(({ path }) => path.length === 0)
    const spans = here.filter(({ choice }) => this.#choices[choice]!.kind === 'span')
    const [taken, ...others] = here.filter((one) => !spans.includes(one))
    const below = wanted.filter(({ path }) => path.length > 0)
    if (others.length > 0 || (taken !== undefined && below.length > 0)) throw new OtherForm()
    let node: number
    if (taken !== undefined) node = this.#taken(type, taken.choice)
    else if (below.length > 0) node = this.#record(type, below)
    else node = this.#words.skip(type)
    for (const { choice } of spans) {
      const plan = this.#plan(8)
      this.#columns[choice] = [plan]
      node = this.#words.emit(SPAN, plan.number, node)
    }
    return node
  }

  #record(type: AvroType, wanted: readonly Wanted[]): number {
    if (type.kind !== 'record') throw new OtherForm()
    const found = wanted.map(({ choice, path: [key, ...path] }) => ({ field: fieldOf(type, key!), choice, path }))
    const nodes = type.fields.map((field) =>
      this.#value(
        field.type,
        found.filter((one) => one.field === field),
      ),
    )
    return this.#words.emit(PARTS, nodes.length, ...nodes)
  }

  #taken(written: AvroType, choice: number): number {
    const branches = written.kind === 'union' ? written.branches : [written]
    const [type, ...others] = branches.filter(({ kind }) => kind !== 'null')
    if (type === undefined || others.length > 0) throw new OtherForm()
    const wanted = this.#choices[choice]!
    const { node, leaves } =
      wanted.kind === 'pairs' ? this.#pairs(type, choice, wanted.keys) : this.#integer(type, choice)
    if (written.kind !== 'union') return node
    const absent = this.#words.emit(PARTS, leaves.length, ...leaves.map((leaf) => this.#words.emit(APPEND_NULL, leaf)))
    return this.#words.emit(
      UNION,
      -1,
      branches.length,
      ...branches.map(({ kind }) => (kind === 'null' ? absent : node)),
    )
  }

  #integer(type: AvroType, choice: number): { node: number; leaves: readonly number[] } {
    if (type.kind !== 'int' && type.kind !== 'long') throw new OtherForm()
    const { node, plan } = this.#leaf(type)
    this.#columns[choice] = [plan]
    return { node, leaves: [node] }
  }

  #pairs(type: AvroType, choice: number, keys: readonly number[]): { node: number; leaves: readonly number[] } {
    const pair = type.kind === 'array' && type.items.kind === 'record' ? type.items : undefined
    const [key, value, ...others] = pair?.fields ?? []
    if (pair === undefined || key?.type.kind !== 'int' || value === undefined || others.length > 0)
      throw new OtherForm()
    const leaves = keys.map(() => this.#leaf(value.type))
    this.#columns[choice] = leaves.map(({ plan }) => plan)
    const cases = leaves.flatMap(({ node }, i) => [keys[i]!, node])
    const node = this.#words.emit(PICK, bytesMin(pair), this.#words.skip(value.type), keys.length, ...cases)
    return { node, leaves: leaves.map((leaf) => leaf.node) }
  }

  #leaf({ kind }: AvroType): { node: number; plan: ColumnPlan } {
    const operation = kind === 'int' ? INT : kind === 'long' ? LONG : kind === 'bytes' ? BYTES : undefined
    if (operation === undefined) throw new OtherForm()
    const plan = this.#plan(kind === 'int' ? 4 : 8)
    return { node: this.#words.emit(operation, plan.number), plan }
  }

  #plan(width: number): ColumnPlan {
    return { number: this.#columnCount++, width }
  }
}

/** As the decoder of objects finds it (decoder.ts). */
function fieldOf({ fields }: AvroRecord, { id, name }: FieldKey): AvroField | undefined {
  return fields.find((field) => (field.id === undefined ? field.name === name : field.id === id))
}
