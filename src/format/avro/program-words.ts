/** Words of a program for the Avro kernel (kernel/wasm/avro/decode.ts has its form), and the nodes that every program needs: those that pass values over. */
import { unsupported } from '../../core/errors.ts'
import type { AvroType } from './schema.ts'
import { bytesMin } from './skip.ts'

/** Operations of several nodes. */
export const UNION = 4
export const PARTS = 7
export const APPEND_NULL = 8
export const PICK = 9
export const SPAN = 10
/** Operations that append to a column, their first argument. */
export const INT = 17
export const LONG = 18
export const BYTES = 21

const SKIP_NULL = 0
const SKIP_FIXED = 1
const SKIP_VARINTS = 2
const SKIP_BYTES = 3
const SKIP_ARRAY = 5
const SKIP_MAP = 6

/** Bytes of a column as the kernel knows it: data, validity, slots, NULLs. */
export const COLUMN_BYTES = 16

/** What the kernel's negative results mean. */
export const DECODE_ERRORS: Readonly<Record<number, string>> = {
  [-1]: 'the block ends before its last record',
  [-2]: 'the records are malformed',
  [-3]: 'a value is out of range',
  [-4]: 'a value does not fit the type of its column',
}

/** Types that contain themselves never end. */
const DEPTH_MAX = 100

export class ProgramWords {
  readonly #words: number[] = []
  readonly #skips = new Map<AvroType, number>()

  /** Appends a node: an operation and its arguments. Its number. */
  emit(...words: number[]): number {
    const node = this.#words.length
    for (const word of words) this.#words.push(word)
    return node
  }

  /** A node that passes a value of `type` over; 0A000 for types that contain themselves. */
  skip(type: AvroType): number {
    return this.#skip(type, 0)
  }

  finish(): Int32Array {
    return Int32Array.from(this.#words)
  }

  #skip(type: AvroType, depth: number): number {
    const known = this.#skips.get(type)
    if (known !== undefined) return known
    if (depth > DEPTH_MAX) throw unsupported('an Avro field of a type that contains itself')
    const node = this.#emitSkip(type, depth)
    this.#skips.set(type, node)
    return node
  }

  #emitSkip(type: AvroType, depth: number): number {
    const inner = (part: AvroType): number => this.#skip(part, depth + 1)
    switch (type.kind) {
      case 'null':
        return this.emit(SKIP_NULL)
      case 'boolean':
        return this.emit(SKIP_FIXED, 1)
      case 'float':
        return this.emit(SKIP_FIXED, 4)
      case 'double':
        return this.emit(SKIP_FIXED, 8)
      case 'fixed':
        return this.emit(SKIP_FIXED, type.size)
      case 'int':
      case 'long':
      case 'enum':
        return this.emit(SKIP_VARINTS, 1)
      case 'bytes':
      case 'string':
        return this.emit(SKIP_BYTES)
      case 'array':
        return this.emit(SKIP_ARRAY, inner(type.items), bytesMin(type.items))
      case 'map':
        return this.emit(SKIP_MAP, inner(type.values), 1 + bytesMin(type.values))
      case 'record': {
        const { length } = type.fields
        if (length > 0 && type.fields.every((field) => isVarint(field.type))) return this.emit(SKIP_VARINTS, length)
        const nodes = type.fields.map((field) => inner(field.type))
        return this.emit(PARTS, nodes.length, ...nodes)
      }
      case 'union': {
        const branches = type.branches.map(inner)
        return this.emit(UNION, -1, branches.length, ...branches)
      }
    }
  }
}

function isVarint({ kind }: AvroType): boolean {
  return kind === 'int' || kind === 'long' || kind === 'enum'
}
