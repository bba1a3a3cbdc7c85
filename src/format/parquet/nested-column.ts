/**
 * Columns with structs, lists or maps: reads whole rows of every leaf with their levels, then assembles vectors from the top.
 *
 * Each node gets a slot for every value of its nearest list (kernel/wasm/parquet/nested.ts). All leaves below a node tell the
 * same about its slots; one of them, the node's guide, is asked. Leaves that disagree are a damaged file.
 */
import type { Arena } from '../../core/arena.ts'
import { corrupt, unsupported } from '../../core/errors.ts'
import type { Selection, Vector } from '../../core/vector.ts'
import type { BoundLeaf, BoundList, BoundNode, BoundStruct } from './bind.ts'
import { ConstantColumn } from './constant-column.ts'
import { type FileNode, childNodes } from './file-node.ts'
import type { ColumnReader } from './flat-column.ts'
import { LeveledLeaf, type LeveledRows } from './leveled-leaf.ts'
import { conversionTo } from './conversion.ts'
import type { LeafReader } from './leaf-reader.ts'
import type { ReaderContext } from './reader-context.ts'
import { selectRows } from './select-rows.ts'
import { variantVector } from './variant-column.ts'

/** The nearest list around a node: what makes a slot. */
interface Slots {
  readonly count: number
  readonly repetition: number
  /** Definition level at which the list has an element. */
  readonly element: number
}

export class NestedColumn implements ColumnReader {
  readonly #context: ReaderContext
  readonly #column: BoundNode
  /** By leaf, or by its column for those that are only guides. */
  readonly #leaves = new Map<BoundLeaf | number, LeveledLeaf>()
  #rows = new Map<BoundLeaf | number, LeveledRows>()
  #row = 0

  constructor(context: ReaderContext, column: BoundNode, openLeaf: (leaf: BoundLeaf) => LeafReader) {
    this.#context = context
    this.#column = column
    for (const [key, leaf] of leavesToRead(column)) {
      const withValues = key === leaf ? 'values' : 'levels only'
      this.#leaves.set(key, new LeveledLeaf(context, openLeaf(leaf), withValues))
    }
  }

  read(start: number, end: number, selection: Selection | null, arena: Arena): Vector {
    const rowCount = end - start
    this.#rows = new Map()
    for (const [leaf, leveled] of this.#leaves) {
      if (start > this.#row) leveled.skip(this.#row, start)
      this.#rows.set(leaf, leveled.read(rowCount, arena))
    }
    this.#row = end
    const vector = this.#assemble(this.#column, { count: rowCount, repetition: 0, element: 0 }, arena)
    if (selection === null) return vector
    return selectRows(this.#context.kernels.parquet, vector, selection, arena)
  }

  close(): void {
    for (const leaf of this.#leaves.values()) leaf.close()
  }

  #assemble(node: BoundNode, slots: Slots, arena: Arena): Vector {
    switch (node.kind) {
      case 'missing':
        return new ConstantColumn(this.#context, node).ofLength(slots.count)
      case 'leaf':
        return this.#leafVector(node, slots, arena)
      case 'struct':
        return this.#structVector(node, slots, arena)
      case 'list':
        return this.#listVector(node, slots, arena)
      case 'variant': {
        const { memory, url } = this.#context
        const group = this.#assemble(node.children[0], slots, arena)
        return variantVector(memory, arena, group, node.layout, url)
      }
    }
  }

  #leafVector(node: BoundLeaf, slots: Slots, arena: Arena): Vector {
    const { type } = node
    const length = slots.count
    const rows = this.#rowsOf(node)
    const validity = this.#validity(node, slots, arena)
    const isFull = rows.valueCount === length
    if (rows.valueCount === 0 && length > 0) {
      return { encoding: 'constant', type, length, data: 0, isNull: true, children: [] }
    }
    let data = rows.values
    const { parquet } = this.#context.kernels
    if (!isFull) {
      if (parquet.countTrue(validity, length) !== rows.valueCount) throw this.#disagree(node)
      const width = rows.isCoded ? 4 : node.conversion.width
      data = arena.allocate(length * width)
      parquet.spread(rows.values, width, validity, length, data)
    }
    const common = { type, length, data, validity: isFull ? 0 : validity }
    if (rows.isCoded && length > 0) return { encoding: 'dictionary', ...common, dictionary: rows.dictionary! }
    return { encoding: 'flat', ...common, children: [] }
  }

  #structVector(node: BoundStruct, slots: Slots, arena: Arena): Vector {
    const bytes = this.#validity(node, slots, arena)
    const hasNulls = this.#context.kernels.parquet.countTrue(bytes, slots.count) < slots.count
    const children = node.children.map((child) => this.#assemble(child, slots, arena))
    const { type } = node
    return {
      encoding: 'flat',
      type,
      length: slots.count,
      data: 0,
      validity: hasNulls ? bytes : 0,
      children,
    }
  }

  #listVector(node: BoundList, slots: Slots, arena: Arena): Vector {
    const { parquet } = this.#context.kernels
    const rows = this.#rowsOf(node)
    const { repeated, schema } = node.node
    // Slots can be at most as many as positions: there is no more to write.
    const data = arena.allocate(rows.positions * 8)
    const validity = arena.allocate(rows.positions)
    const total = this.#context.scratch.allocate(4)
    // A repeated node that is its own list has an element whenever it is there.
    const defined = schema === repeated ? repeated.definition - 1 : schema.definition
    const count = parquet.listSlots(
      rows.repetitions,
      rows.definitions,
      rows.positions,
      slots.repetition,
      slots.element,
      defined,
      repeated.repetition,
      repeated.definition,
      data,
      validity,
      total,
    )
    if (count !== slots.count) throw this.#disagree(node)
    const child = {
      count: this.#context.memory.u32[total >>> 2]!,
      repetition: repeated.repetition,
      element: repeated.definition,
    }
    const children = node.children.map((part) => this.#assemble(part, child, arena))
    const hasNulls = parquet.countTrue(validity, count) < count
    const { type } = node
    return {
      encoding: 'flat',
      type,
      length: count,
      data,
      validity: hasNulls ? validity : 0,
      children,
    }
  }

  /** Validity bytes of a node's slots. */
  #validity(node: BoundLeaf | BoundStruct, slots: Slots, arena: Arena): number {
    const { repetitions, definitions, positions } = this.#rowsOf(node)
    const validity = arena.allocate(positions)
    const { definition } = node.node.schema
    const count = this.#context.kernels.parquet.slotValidity(
      repetitions,
      definitions,
      positions,
      slots.repetition,
      slots.element,
      Math.max(definition, slots.element),
      validity,
    )
    if (count !== slots.count) throw this.#disagree(node)
    return validity
  }

  #rowsOf(node: BoundNode): LeveledRows {
    const guide = guideOf(node)!
    return (this.#rows.get(guide) ?? this.#rows.get(guide.node.schema.firstLeaf))!
  }

  #disagree(node: BoundLeaf | BoundStruct | BoundList): Error {
    return corrupt(this.#context.url, `column "${node.node.name}": its parts have different numbers of values`)
  }
}

/** The leaves to read; those keyed by number only for their levels: nothing below their node is asked for. */
function leavesToRead(node: BoundNode): [BoundLeaf | number, BoundLeaf][] {
  if (node.kind === 'missing') return []
  if (node.kind === 'leaf') return [[node, node]]
  const leaves = node.children.flatMap(leavesToRead)
  if (leaves.length > 0) return leaves
  const guide = guideOf(node)
  if (guide === undefined) throw unsupported(`reading "${node.node.name}": a group without columns`)
  return [[guide.node.schema.firstLeaf, guide]]
}

/** The leaf that tells a node's slots: its first that is read, else the file's first below it. */
function guideOf(node: BoundNode): BoundLeaf | undefined {
  if (node.kind === 'missing') return undefined
  if (node.kind === 'leaf') return node
  for (const child of node.children) {
    const guide = guideOf(child)
    if (guide !== undefined) return guide
  }
  return fileGuide(node.node)
}

function fileGuide(node: FileNode): BoundLeaf | undefined {
  if (node.kind === 'leaf') {
    return { kind: 'leaf', type: node.type, node, conversion: conversionTo(node, node.type) }
  }
  for (const child of childNodes(node)) {
    const guide = fileGuide(child)
    if (guide !== undefined) return guide
  }
  return undefined
}
