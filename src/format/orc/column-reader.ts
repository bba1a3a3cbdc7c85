/**
 * Columns of a stripe, as trees: each node reads its slots, one for each of its parent's that is there.
 *
 *   struct   [1 0 1]          PRESENT of the struct
 *     field  [1 0]            its PRESENT has no entry where the struct is NULL
 *   list     [2 0 NULL 3]     LENGTH has no entry where the list is NULL; elements have 5 slots
 *   union    [0 1 0]          tags; each type has entries where its tag is
 *
 * Spec: ORC v1, "Struct Columns", "List Columns", "Map Columns", "Union Columns".
 */
import type { Arena } from '../../core/arena.ts'
import { corrupt } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { type DataType, storageOf, widthOf } from '../../core/types.ts'
import type { Vector } from '../../core/vector.ts'
import type { BoundColumn, BoundTree } from '../bind-tree.ts'
import { ConstantColumn } from '../parquet/constant-column.ts'
import { PLAIN_VARIANT, variantVector } from '../parquet/variant-column.ts'
import { type LeafValues, openIntegers, openLeafValues } from './leaf-values.ts'
import { type OrcContext, orcDecodeError } from './reader-context.ts'
import { BooleanRuns, ByteRuns, type IntegerRuns } from './runs.ts'
import type { OrcNode } from './schema.ts'
import { DATA, LENGTH, PRESENT, type StripeStreams } from './stripe-streams.ts'

/** What the columns of a stripe are opened with. */
export interface StripeColumns {
  readonly context: OrcContext
  readonly streams: StripeStreams
  readonly isHybridCalendar: boolean
}

/** Slots to read: `parent` 0: the parents are all there; else a byte for each, 1 for the `present` ones that are. */
interface Slots {
  readonly count: number
  readonly parent: Pointer
  readonly present: number
}

export interface OrcColumn {
  read(slots: Slots, arena: Arena): Vector
  /** Passes over as many entries (parents that are there). */
  skip(entries: number): void
  /** Goes to a row group; `positionsOf` has the numbers of a column's row index entry. */
  seek(positionsOf: (column: number) => readonly number[]): void
}

export function openOrcColumn(stripe: StripeColumns, bound: BoundTree<OrcNode>): OrcColumn {
  if (bound.kind === 'missing') {
    const constant = new ConstantColumn(stripe.context, bound)
    return { read: ({ count }) => constant.ofLength(count), skip: () => undefined, seek: () => undefined }
  }
  switch (bound.node.kind) {
    case 'struct':
      return new StructColumn(stripe, bound)
    case 'list':
    case 'map':
      return new ListColumn(stripe, bound)
    case 'union':
      return new UnionColumn(stripe, bound)
    default:
      return new LeafColumn(stripe, bound)
  }
}

/** Which slots of a node hold something. */
interface Presence {
  /** A byte a slot; 0: all do. */
  readonly validity: Pointer
  readonly count: number
}

/** The PRESENT stream of a node; without one every entry is there. */
class PresentReader {
  readonly #context: OrcContext
  readonly #runs: BooleanRuns | undefined

  constructor({ context, streams }: StripeColumns, node: OrcNode) {
    this.#context = context
    const hasStream = streams.range(node.column, PRESENT) !== undefined
    this.#runs = hasStream ? new BooleanRuns(context, streams.open(context, node, PRESENT)) : undefined
  }

  read({ count, parent, present }: Slots, arena: Arena): Presence {
    const { orc, parquet } = this.#context.kernels
    if (this.#runs === undefined) return { validity: parent, count: present }
    if (parent === 0) {
      const validity = arena.allocate(count)
      this.#runs.read(count, validity)
      const there = parquet.countTrue(validity, count)
      return { validity: there === count ? 0 : validity, count: there }
    }
    const entries = this.#context.scratch.allocate(present)
    this.#runs.read(present, entries)
    const validity = arena.allocate(count)
    return { validity, count: orc.orcNested(parent, entries, count, validity) }
  }

  /** Passes over `entries`; how many of them were there. */
  skip(entries: number): number {
    if (this.#runs === undefined) return entries
    const { scratch, kernels } = this.#context
    let there = 0
    for (let left = entries; left > 0;) {
      const count = Math.min(left, 65_536)
      const mark = scratch.mark()
      const bytes = scratch.allocate(count)
      this.#runs.read(count, bytes)
      there += kernels.parquet.countTrue(bytes, count)
      scratch.release(mark)
      left -= count
    }
    return there
  }

  seek(positions: number[]): void {
    if (this.#runs !== undefined) this.#runs.seek(positions.splice(0, this.#runs.positionCount))
  }
}

class LeafColumn implements OrcColumn {
  readonly #context: OrcContext
  readonly #bound: BoundColumn<OrcNode>
  readonly #present: PresentReader
  readonly #values: LeafValues

  constructor(stripe: StripeColumns, bound: BoundColumn<OrcNode>) {
    this.#context = stripe.context
    this.#bound = bound
    this.#present = new PresentReader(stripe, bound.node)
    this.#values = openLeafValues({ ...stripe, node: bound.node })
  }

  read(slots: Slots, arena: Arena): Vector {
    const { type, node, steps } = this.#bound
    const length = slots.count
    const { validity, count } = this.#present.read(slots, arena)
    if (count === 0 && length > 0) return { encoding: 'constant', type, length, data: 0, isNull: true, children: [] }
    const { kernels, memory, scratch, url } = this.#context
    let values = this.#values.read(count, arena)
    const { dictionary } = this.#values
    let width = dictionary === undefined ? widthOf(storageOf(node.type)) : 4
    for (const step of dictionary === undefined ? steps : []) {
      const out = arena.allocate(count * step.width + 16)
      const result = step.run(kernels.parquet, values, count, out)
      if (result < 0) throw orcDecodeError(url, node.name, result)
      values = out
      width = step.width
    }
    let data = values
    if (validity !== 0) {
      // What spreading reads behind the last value.
      memory.bulk.fill(0, values + count * width, values + count * width + 16)
      data = arena.allocate(length * width)
      kernels.parquet.spread(values, width, validity, length, data)
    }
    scratch.reset()
    const common = { type, length, data, validity }
    if (dictionary === undefined || length === 0) return { encoding: 'flat', ...common, children: [] }
    if (steps.length === 0) return { encoding: 'dictionary', ...common, dictionary: this.#retyped(dictionary) }
    throw orcDecodeError(url, node.name, -4)
  }

  skip(entries: number): void {
    this.#values.skip(this.#present.skip(entries))
  }

  seek(positionsOf: (column: number) => readonly number[]): void {
    const positions = [...positionsOf(this.#bound.node.column)]
    this.#present.seek(positions)
    this.#values.seek(positions)
  }

  #typed: NonNullable<LeafValues['dictionary']> | undefined

  /** The dictionary with the type asked for: strings read as binaries. The same object for all batches. */
  #retyped(dictionary: NonNullable<LeafValues['dictionary']>): NonNullable<LeafValues['dictionary']> {
    return (this.#typed ??= { ...dictionary, type: this.#bound.type })
  }
}

class StructColumn implements OrcColumn {
  readonly #context: OrcContext
  readonly #bound: BoundColumn<OrcNode>
  readonly #present: PresentReader
  readonly #children: readonly OrcColumn[]

  constructor(stripe: StripeColumns, bound: BoundColumn<OrcNode>) {
    this.#context = stripe.context
    this.#bound = bound
    this.#present = new PresentReader(stripe, bound.node)
    this.#children = bound.children.map((child) => openOrcColumn(stripe, child))
  }

  read(slots: Slots, arena: Arena): Vector {
    const { validity, count } = this.#present.read(slots, arena)
    const inner = { count: slots.count, parent: validity, present: count }
    const children = this.#children.map((child) => child.read(inner, arena))
    const { type } = this.#bound
    const group: Vector = { encoding: 'flat', type, length: slots.count, data: 0, validity, children }
    if (type.kind !== 'variant') return group
    return variantVector(this.#context.memory, arena, group, PLAIN_VARIANT, this.#context.url)
  }

  skip(entries: number): void {
    const there = this.#present.skip(entries)
    for (const child of this.#children) child.skip(there)
  }

  seek(positionsOf: (column: number) => readonly number[]): void {
    this.#present.seek([...positionsOf(this.#bound.node.column)])
    for (const child of this.#children) child.seek(positionsOf)
  }
}

/** Lists, and maps: lists with two children. */
class ListColumn implements OrcColumn {
  readonly #context: OrcContext
  readonly #bound: BoundColumn<OrcNode>
  readonly #present: PresentReader
  readonly #lengths: IntegerRuns
  readonly #children: readonly OrcColumn[]

  constructor(stripe: StripeColumns, bound: BoundColumn<OrcNode>) {
    this.#context = stripe.context
    this.#bound = bound
    this.#present = new PresentReader(stripe, bound.node)
    this.#lengths = openIntegers({ ...stripe, node: bound.node }, LENGTH, 'unsigned')
    this.#children = bound.children.map((child) => openOrcColumn(stripe, child))
  }

  read(slots: Slots, arena: Arena): Vector {
    const { scratch, kernels } = this.#context
    const { validity, count } = this.#present.read(slots, arena)
    const lengths = scratch.allocate(count * 8)
    this.#lengths.read(count, lengths)
    const total = this.#total(lengths, count)
    const data = arena.allocate(slots.count * 8)
    kernels.orc.orcLists(lengths, validity, slots.count, data)
    const children = this.#children.map((child) => child.read({ count: total, parent: 0, present: total }, arena))
    return { encoding: 'flat', type: this.#bound.type, length: slots.count, data, validity, children }
  }

  skip(entries: number): void {
    const { scratch } = this.#context
    for (let left = this.#present.skip(entries); left > 0;) {
      const count = Math.min(left, 8192)
      const mark = scratch.mark()
      const lengths = scratch.allocate(count * 8)
      this.#lengths.read(count, lengths)
      const total = this.#total(lengths, count)
      scratch.release(mark)
      for (const child of this.#children) child.skip(total)
      left -= count
    }
  }

  seek(positionsOf: (column: number) => readonly number[]): void {
    const positions = [...positionsOf(this.#bound.node.column)]
    this.#present.seek(positions)
    this.#lengths.seek(positions)
    for (const child of this.#children) child.seek(positionsOf)
  }

  #total(lengths: Pointer, count: number): number {
    const total = this.#context.kernels.orc.orcTotal(lengths, count)
    if (total < 0 || total > 0x7fff_ffff) {
      throw corrupt(this.#context.url, `column "${this.#bound.node.name}": the lengths of lists are out of range`)
    }
    return total
  }
}

/** A field that is read of a union: its tag, or one of its types by number; undefined: what the file lacks. */
type UnionField = 'tag' | { readonly tag: number | undefined; readonly column: OrcColumn }

/** A union as a struct of its tag and of a field for each of its types, all but one of which are NULL. */
class UnionColumn implements OrcColumn {
  readonly #context: OrcContext
  readonly #bound: BoundColumn<OrcNode>
  readonly #present: PresentReader
  readonly #tags: ByteRuns
  readonly #typeCount: number
  readonly #fields: readonly UnionField[]

  constructor(stripe: StripeColumns, bound: BoundColumn<OrcNode>) {
    this.#context = stripe.context
    this.#bound = bound
    this.#present = new PresentReader(stripe, bound.node)
    this.#tags = new ByteRuns(stripe.context, stripe.streams.open(stripe.context, bound.node, DATA))
    const [tag, ...types] = bound.node.children
    this.#typeCount = types.length
    this.#fields = bound.children.map((child) => {
      if (child.kind === 'column' && child.node === tag) return 'tag'
      const number = child.kind === 'missing' ? undefined : types.indexOf(child.node)
      return { tag: number, column: openOrcColumn(stripe, child) }
    })
  }

  read(slots: Slots, arena: Arena): Vector {
    const { kernels, memory } = this.#context
    const length = slots.count
    const { validity, count } = this.#present.read(slots, arena)
    let tags = arena.allocate(count + 16)
    this.#tags.read(count, tags)
    if (validity !== 0) {
      const spread = arena.allocate(length + 16)
      memory.bulk.fill(0, tags + count, tags + count + 16)
      kernels.parquet.spread(tags, 1, validity, length, spread)
      tags = spread
    }
    const masks = this.#masks({ tags, validity, length, count }, arena)
    const children = this.#fields.map((field) => {
      if (field === 'tag') return this.#tagVector(tags, validity, length, arena)
      return field.column.read(field.tag === undefined ? slots : { count: length, ...masks[field.tag]! }, arena)
    })
    return { encoding: 'flat', type: this.#bound.type, length, data: 0, validity, children }
  }

  /** Which slots hold each type. */
  #masks(
    { tags, validity, length, count }: { tags: Pointer; validity: Pointer; length: number; count: number },
    arena: Arena,
  ): { readonly parent: Pointer; readonly present: number }[] {
    const { orc } = this.#context.kernels
    const masks = Array.from({ length: this.#typeCount }, (_, tag) => {
      const parent = arena.allocate(length)
      return { parent, present: orc.orcTagged(tags, validity, length, tag, parent) }
    })
    if (masks.reduce((sum, { present }) => sum + present, 0) !== count) throw this.#badTag()
    return masks
  }

  #tagVector(tags: Pointer, validity: Pointer, length: number, arena: Arena): Vector {
    const data = arena.allocate(length * 4)
    this.#context.kernels.orc.orcWidenBytes(tags, length, data)
    return { encoding: 'flat', type: TAG_TYPE, length, data, validity, children: [] }
  }

  skip(entries: number): void {
    const { scratch, kernels } = this.#context
    for (let left = this.#present.skip(entries); left > 0;) {
      const count = Math.min(left, 65_536)
      const mark = scratch.mark()
      const [tags, out] = [scratch.allocate(count), scratch.allocate(count)]
      this.#tags.read(count, tags)
      const counts = Array.from({ length: this.#typeCount }, (_, tag) =>
        kernels.orc.orcTagged(tags, 0, count, tag, out),
      )
      scratch.release(mark)
      if (counts.reduce((sum, n) => sum + n, 0) !== count) throw this.#badTag()
      this.#fields.forEach((field) => {
        if (field !== 'tag' && field.tag !== undefined) field.column.skip(counts[field.tag]!)
      })
      left -= count
    }
  }

  seek(positionsOf: (column: number) => readonly number[]): void {
    const positions = [...positionsOf(this.#bound.node.column)]
    this.#present.seek(positions)
    this.#tags.seek(positions)
    for (const field of this.#fields) if (field !== 'tag') field.column.seek(positionsOf)
  }

  #badTag(): Error {
    return corrupt(this.#context.url, `column "${this.#bound.node.name}": a tag that is no type of the union`)
  }
}

const TAG_TYPE: DataType = { kind: 'tinyint' }
