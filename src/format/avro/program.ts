/**
 * Compiles the columns that are asked for to a program of the Avro kernel (kernel/wasm/avro/decode.ts has its form), and says in which of the
 * kernel's columns each comes out.
 */
import { unsupported } from '../../core/errors.ts'
import { type DataType, storageOf, widthOf } from '../../core/types.ts'
import type { BoundColumn, BoundTree } from '../bind-tree.ts'
import { type ConversionStep, WIDEN_I32, bigEndianViews, scaleI64 } from '../parquet/conversion.ts'
import { type AvroNode, pairOf } from './file-node.ts'
import { APPEND_NULL, BYTES, INT, LONG, PARTS, ProgramWords, UNION } from './program-words.ts'
import type { AvroRecord, AvroType } from './schema.ts'
import { bytesMin } from './skip.ts'

const BOOLEAN = 16
const FLOAT = 19
const DOUBLE = 20
const FIXED = 22
const FIXED16 = 23
const ENUM = 24
const UUID_TEXT = 25
const DURATION = 26
const FLOAT_AS_DOUBLE = 30
const STRUCT = 27
const LIST = 28
const MAP = 29

/** A column that the kernel fills, and those below it. */
export interface OutputColumn {
  /** Its number among the kernel's columns. */
  readonly column: number
  readonly bound: BoundColumn<AvroNode>
  /** Bytes of a value as the kernel writes it. */
  readonly width: number
  /** From that layout to the type asked for. */
  readonly steps: readonly ConversionStep[]
  /** In the order of the type's fields; missing ones are constants. */
  readonly children: readonly (OutputColumn | Extract<BoundTree<AvroNode>, { kind: 'missing' }>)[]
  /** Of an enum: codes are of these. */
  readonly symbols: readonly string[] | undefined
}

export interface AvroProgram {
  readonly words: Int32Array
  /** The node that decodes a record. */
  readonly root: number
  readonly columnCount: number
  /** One for each target. */
  readonly outputs: OutputColumn['children']
  /** Lists make it unknown how many slots there will be. */
  readonly hasLists: boolean
}

/** The program that decodes `targets`, bound to the fields of `record`, which `written` is, or a union of it and null. */
export function compileProgram(
  record: AvroRecord,
  targets: readonly BoundTree<AvroNode>[],
  written: AvroType = record,
): AvroProgram {
  return new ProgramCompiler().compile(record, targets, written)
}

interface Compiled {
  readonly node: number
  readonly output: OutputColumn
}

class ProgramCompiler {
  readonly #words = new ProgramWords()
  #columnCount = 0
  #hasLists = false

  compile(record: AvroRecord, targets: readonly BoundTree<AvroNode>[], written: AvroType): AvroProgram {
    const { nodes, outputs } = this.#fields(record, targets)
    let root = this.#words.emit(PARTS, nodes.length, ...nodes)
    if (written.kind === 'union') {
      // A row that is null is a row of NULLs.
      const absent = this.#words.emit(PARTS, nodes.length, ...nodes.map((node) => this.#words.emit(APPEND_NULL, node)))
      const branches = written.branches.map(({ kind }) => (kind === 'null' ? absent : root))
      root = this.#words.emit(UNION, -1, branches.length, ...branches)
    }
    return {
      words: this.#words.finish(),
      root,
      columnCount: this.#columnCount,
      outputs,
      hasLists: this.#hasLists,
    }
  }

  /** Nodes of a record's fields in its order, and outputs in the order of what is asked for. */
  #fields(
    record: AvroRecord,
    targets: readonly BoundTree<AvroNode>[],
  ): { nodes: number[]; outputs: OutputColumn['children'] } {
    // A field may be asked for more than once: the second time it is the same column.
    const compiled = new Map<string, Compiled>()
    for (const target of targets) {
      if (target.kind === 'missing') continue
      const known = compiled.get(target.node.name)
      if (known === undefined) compiled.set(target.node.name, this.#value(target))
      else if (known.output.bound.type !== target.type) {
        throw unsupported(`reading field "${target.node.name}" of an Avro file as two types`)
      }
    }
    const nodes = record.fields.map(({ name, type }) => compiled.get(name)?.node ?? this.#words.skip(type))
    const outputs = targets.map((target) =>
      target.kind === 'missing' ? target : compiled.get(target.node.name)!.output,
    )
    return { nodes, outputs }
  }

  /** A node that makes a value, with the union that it is written as. */
  #value(bound: BoundColumn<AvroNode>): Compiled {
    const { written, avro } = bound.node
    if (avro.kind === 'union') return this.#union(bound, avro.branches)
    const compiled = this.#plain(bound)
    if (avro.kind === 'double' && written.kind === 'union') return this.#doubles(compiled, written.branches)
    if (written.kind !== 'union') return compiled
    const absent = this.#words.emit(APPEND_NULL, compiled.node)
    const branches = written.branches.map(({ kind }) => (kind === 'null' ? absent : compiled.node))
    return { ...compiled, node: this.#words.emit(UNION, compiled.node, branches.length, ...branches) }
  }

  /** A union of floats and doubles. */
  #doubles(compiled: Compiled, branches: readonly AvroType[]): Compiled {
    const absent = this.#words.emit(APPEND_NULL, compiled.node)
    const single = this.#words.emit(FLOAT_AS_DOUBLE, compiled.output.column)
    const nodes = branches.map(({ kind }) => (kind === 'null' ? absent : kind === 'float' ? single : compiled.node))
    return { ...compiled, node: this.#words.emit(UNION, compiled.node, nodes.length, ...nodes) }
  }

  /**
   * A struct of a field for each of `values`: a branch appends to all of them, NULL to all but its own. The first of the nodes is only there to say what
   * a NULL of the union is.
   */
  #union(bound: BoundColumn<AvroNode>, values: readonly AvroType[]): Compiled {
    const { written, children } = bound.node
    const column = this.#columnCount++
    const compiled = new Map<string, Compiled>()
    for (const child of bound.children) {
      if (child.kind === 'column' && !compiled.has(child.node.name)) compiled.set(child.node.name, this.#value(child))
    }
    const members = [...compiled.values()]
    const whole = this.#words.emit(STRUCT, column, members.length, ...members.map(({ node }) => node))
    const branches = (written.kind === 'union' ? written.branches : [written]).map((branch) => {
      if (branch.kind === 'null') return this.#words.emit(APPEND_NULL, whole)
      const own = compiled.get(children[values.indexOf(branch)]!.name)
      const nodes = members.map((member) => (member === own ? member.node : this.#words.emit(APPEND_NULL, member.node)))
      if (own === undefined) nodes.push(this.#words.skip(branch))
      return this.#words.emit(STRUCT, column, nodes.length, ...nodes)
    })
    const outputs = bound.children.map((child) =>
      child.kind === 'missing' ? child : compiled.get(child.node.name)!.output,
    )
    const output = { column, bound, width: 0, steps: [], children: outputs, symbols: undefined }
    return { node: this.#words.emit(UNION, whole, branches.length, ...branches), output }
  }

  #plain(bound: BoundColumn<AvroNode>): Compiled {
    const { avro } = bound.node
    const column = this.#columnCount++
    switch (avro.kind) {
      case 'record': {
        const { nodes, outputs } = this.#fields(avro, bound.children)
        const node = this.#words.emit(STRUCT, column, nodes.length, ...nodes)
        return { node, output: { column, bound, width: 0, steps: [], children: outputs, symbols: undefined } }
      }
      case 'array':
      case 'map':
        return this.#list(bound, column)
      default: {
        const { words, width, steps, symbols } = leafOf(bound.node, column)
        const output = { column, bound, width, steps: [...steps, ...bound.steps], children: [], symbols }
        return { node: this.#words.emit(...words), output }
      }
    }
  }

  #list(bound: BoundColumn<AvroNode>, column: number): Compiled {
    const { avro } = bound.node
    this.#hasLists = true
    const children = bound.children.map((child) => {
      if (child.kind === 'missing') throw unsupported(`reading column "${bound.node.name}": a list of nulls`)
      return this.#value(child)
    })
    const [first, second] = children
    let node: number
    if (avro.kind === 'map') {
      node = this.#words.emit(MAP, column, first!.output.column, second!.node, 1 + bytesMin(avro.values))
    } else if (avro.kind === 'array' && second !== undefined && pairOf(avro) !== undefined) {
      const pair = this.#words.emit(PARTS, 2, first!.node, second.node)
      node = this.#words.emit(LIST, column, pair, first!.output.column, bytesMin(avro.items))
    } else {
      const items = avro.kind === 'array' ? bytesMin(avro.items) : 0
      node = this.#words.emit(LIST, column, first!.node, first!.output.column, items)
    }
    const outputs = children.map(({ output }) => output)
    return { node, output: { column, bound, width: 8, steps: [], children: outputs, symbols: undefined } }
  }
}

interface Leaf {
  readonly words: readonly number[]
  readonly width: number
  /** To the layout of the node's own type. */
  readonly steps: readonly ConversionStep[]
  readonly symbols: readonly string[] | undefined
}

function leafOf({ name, avro, type }: AvroNode, column: number): Leaf {
  const leaf = (words: readonly number[], width: number, steps: readonly ConversionStep[] = []): Leaf => ({
    words,
    width,
    steps,
    symbols: undefined,
  })
  switch (avro.kind) {
    case 'boolean':
      return leaf([BOOLEAN, column], 1)
    case 'int':
      return leaf([INT, column], 4, avro.logical?.kind === 'time' ? [WIDEN_I32, scaleI64(1000n)] : [])
    case 'long':
      return leaf([LONG, column], 8, isMillis(avro) ? [scaleI64(1000n)] : [])
    case 'float':
      return leaf([FLOAT, column], 4)
    case 'double':
      return leaf([DOUBLE, column], 8)
    case 'enum':
      return { words: [ENUM, column, avro.symbols.length], width: 4, steps: [], symbols: avro.symbols }
    case 'string':
      return type.kind === 'uuid' ? leaf([UUID_TEXT, column], 16) : leaf([BYTES, column], 8)
    case 'bytes':
      return leaf([BYTES, column], 8, decimalSteps(type))
    case 'fixed':
      if (type.kind === 'uuid') return leaf([FIXED16, column], 16)
      if (type.kind === 'interval') return leaf([DURATION, column], widthOf(storageOf(type)))
      return leaf([FIXED, column, avro.size], 8, decimalSteps(type))
    default:
      throw unsupported(`reading column "${name}" of an Avro file: type ${avro.kind}`)
  }
}

function isMillis(avro: AvroType): boolean {
  return 'logical' in avro && avro.logical?.kind === 'timestamp' && avro.logical.unit === 'ms'
}

function decimalSteps(type: DataType): readonly ConversionStep[] {
  return type.kind === 'decimal' ? [bigEndianViews(type)] : []
}
