/**
 * Reads a stretch of rows of a Lance file: pages of a column lie where they lie, so row groups are stretches of our own making. A column is decoded for the
 * whole stretch when it is first read.
 */
import type { Arena } from '../../core/arena.ts'
import { defined } from '../../core/assert.ts'
import { corrupt, unsupported } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { sliceVector } from '../../core/vector-values.ts'
import type { Selection, Vector } from '../../core/vector.ts'
import type { BoundColumn, BoundTree } from '../bind-tree.ts'
import type { RowGroupReader, RowRange } from '../format.ts'
import { ConstantColumn } from '../parquet/constant-column.ts'
import type { ConversionStep } from '../parquet/conversion.ts'
import { selectRows } from '../parquet/select-rows.ts'
import { assertUtf8 } from '../utf8-check.ts'
import { type AssembledLeaf, type NodeSlots, type PathNode, assembleLeaf } from './assemble.ts'
import { listItemCount, readArrayPage, readListPage } from './array-page.ts'
import { type LanceMetadata, leafPagesOf, pagesOf } from './file-metadata.ts'
import { type LancePage } from './metadata-bytes.ts'
import { legacyItemCount, readLegacyLists, readLegacyPage } from './legacy-file.ts'
import { type LeafPart, type LeafRows, joinParts } from './leaf-rows.ts'
import { type PageRows, forStretches, readPage, readPageRows } from './page-reader.ts'
import { rawSteps } from './raw-values.ts'
import type { LanceContext } from './reader-context.ts'
import { type BlobPlace, NO_BLOB, blobViews, describedPlace, placeAt } from './blob-values.ts'
import { type LanceNode, type RawValues, isDescribed } from './schema.ts'
import { type DecodeRows, takeRows } from './take-rows.ts'

/** A leaf of the file for the rows of the group. */
interface OpenLeaf {
  readonly rows: LeafRows
  readonly slots: AssembledLeaf
}

/** A value of a packed struct: its fields lie in it one after the other. */
const PACKED: RawValues = { width: -1, isBits: false, logical: 'packed', dimension: 0 }

/** Rows that lie at most so far apart are read with those between: values are small where they lie one after the other. */
const NEAR_ROWS = 64

/** Where so few rows of a slice are wanted, a column is read for these alone. */
const SPARSE_SHARE = 1 / 64

export interface LanceGroup {
  readonly metadata: LanceMetadata
  /** The file's column that a leaf is. */
  readonly columnOf: ReadonlyMap<LanceNode, number>
  readonly columns: readonly BoundTree<LanceNode>[]
  /** A stretch of rows of the file; or numbers of some, ascending: then no column has lists. */
  readonly rows: RowRange | Float64Array
}

export class LanceGroupReader implements RowGroupReader {
  readonly rowCount: number
  readonly #group: LanceGroup
  readonly #context: LanceContext
  readonly #vectors: (Vector | undefined)[] = []
  readonly #leaves = new Map<LanceNode, OpenLeaf>()
  /** Rows that are read: of the file, or of a column of items. */
  #rows: RowRange
  /** Their numbers, when they are not a stretch of the file: `rows` numbers them. */
  readonly #taken: Float64Array | null

  constructor(context: LanceContext, group: LanceGroup) {
    const { rows } = group
    this.#group = group
    this.#taken = rows instanceof Float64Array ? rows : null
    this.#rows = rows instanceof Float64Array ? { start: 0, end: rows.length } : rows
    this.rowCount = this.#rows.end - this.#rows.start
    this.#context = context
  }

  candidateRanges(): readonly RowRange[] {
    return this.rowCount === 0 ? [] : [{ start: 0, end: this.rowCount }]
  }

  prefetch(): void {
    // A column's chunks are read by one call anyway.
  }

  read(column: number, start: number, end: number, selection: Selection | null, arena: Arena): Vector {
    const bound = defined(this.#group.columns[column], 'a bound column')
    if (bound.kind === 'column' && bound.node.field.isBlob) {
      // They may be large: none is read that is not wanted.
      return this.#blobs(bound, [], arena, this.#slotsOf(start, end, selection))
    }
    if (selection !== null && this.#vectors[column] === undefined && selection.count <= SPARSE_SHARE * (end - start)) {
      const some = this.#readSome(bound, start, selection)
      if (some !== undefined) return some
    }
    const whole = (this.#vectors[column] ??= this.#column(bound))
    const vector = sliceVector(whole, start, end - start)
    return selection === null ? vector : selectRows(this.#context.kernels.parquet, vector, selection, arena)
  }

  /** The rows of a selection by their numbers, without the rest of the group; undefined where that is not possible. */
  #readSome(bound: BoundTree<LanceNode>, start: number, { pointer, count }: Selection): Vector | undefined {
    if (hasLists(bound)) return undefined
    const { memory } = this.#context
    const first = this.#rows.start + start
    const places = memory.u32.subarray(pointer >>> 2, (pointer >>> 2) + count)
    const rows = Float64Array.from(places, (place) =>
      this.#taken === null ? first + place : this.#taken[start + place]!,
    )
    const { metadata, columnOf } = this.#group
    const reader = new LanceGroupReader(this.#context, { metadata, columnOf, columns: [bound], rows })
    return reader.#column(bound)
  }

  get bytesRead(): number {
    return this.#context.bytesRead
  }

  close(): void {
    this.#context.lasting.free()
    this.#context.scratch.free()
  }

  #slotsOf(start: number, end: number, selection: Selection | null): Uint32Array {
    if (selection === null) return Uint32Array.from({ length: end - start }, (_, i) => start + i)
    const at = selection.pointer >>> 2
    return this.#context.memory.u32.slice(at, at + selection.count).map((row) => start + row)
  }

  #column(bound: BoundTree<LanceNode>): Vector {
    const vector = this.#vector(bound, [], this.rowCount)
    this.#context.scratch.reset()
    return vector
  }

  /** A node's vector; `path` are the nodes around it. */
  #vector(bound: BoundTree<LanceNode>, path: readonly PathNode[], length: number): Vector {
    if (bound.kind === 'missing') return new ConstantColumn(this.#context, bound).ofLength(length)
    const { node } = bound
    if (this.#hasArrays && node.raw === undefined && !node.field.isPacked) {
      return this.#arrayColumn(bound)
    }
    if (node.field.isPacked && node.type.kind === 'struct') return this.#packedStruct(bound, path)
    if (node.raw !== undefined) return node.raw.dimension > 0 ? this.#fixedLists(bound, path) : this.#leaf(bound, path)
    const depth = path.length
    const inner = [...path, node.type.kind === 'struct' ? 'struct' : 'list'] as const
    const below: readonly PathNode[] = node.type.kind === 'map' ? [...inner, 'struct'] : inner
    const { slots } = this.#guide(bound, path)
    const own = slots.nodes[depth]!
    const common = { type: bound.type, length: own.count, validity: this.#validity(own) }
    if (node.type.kind === 'struct') {
      const children = bound.children.map((child) => this.#vector(child, below, own.count))
      return { encoding: 'flat', ...common, data: 0, children }
    }
    const children = bound.children.map((child) => this.#vector(child, below, slots.nodes[depth + 1]!.count))
    return { encoding: 'flat', ...common, data: this.#listViews(own), children }
  }

  /** Up to version 2.0 pages are like Arrow's arrays, without levels. */
  get #hasArrays(): boolean {
    return this.#isLegacy || this.#group.metadata.version === '2.0'
  }

  get #isLegacy(): boolean {
    return this.#group.metadata.version === 'legacy'
  }

  /** Structs have no NULLs, lists have a column of their own. Items are a stretch of rows themselves. */
  #arrayColumn(bound: BoundColumn<LanceNode>): Vector {
    const { node, type } = bound
    const rows = this.#rows
    const length = rows.end - rows.start
    if (node.type.kind === 'struct') {
      const children = bound.children.map((child) => this.#vector(child, [], length))
      return { encoding: 'flat', type, length, data: 0, validity: 0, children }
    }
    const { file, memory, lasting } = this.#context
    const pages = pagesOf(file, this.#group.metadata, this.#group.columnOf.get(node)!)
    const data = lasting.allocate(length * 8)
    const validity = lasting.allocate(length)
    let [row, item, first, next, done] = [0, 0, -1, 0, 0]
    for (const page of pages) {
      const length = this.#isLegacy ? Math.max(0, page.length - 1) : page.length
      const pageEnd = row + length
      if (row < rows.end && pageEnd > rows.start) {
        const wanted = { from: Math.max(0, rows.start - row), to: Math.min(length, rows.end - row) }
        const read = this.#isLegacy ? readLegacyLists : readListPage
        const list = read(this.#context, page, wanted)
        const at = list.offsets >>> 2
        if (first < 0) first = item + memory.u32[at]!
        for (let i = 0; i < wanted.to - wanted.from; i++) {
          const [start, end] = [memory.u32[at + 2 * i]!, memory.u32[at + 2 * i + 2]!]
          memory.u32[(data >>> 2) + 2 * done] = item + start - first
          memory.u32[(data >>> 2) + 2 * done + 1] = end - start
          memory.u8[validity + done] = list.validity === 0 ? 1 : memory.u8[list.validity + i]!
          next = item + end
          done++
        }
        item += list.itemCount
      } else item += (this.#isLegacy ? legacyItemCount : listItemCount)(this.#context, page)
      row = pageEnd
    }
    if (done < length) throw corrupt(file.url, `column "${node.name}": fewer lists than rows`)
    const outer = this.#rows
    this.#rows = { start: Math.max(0, first), end: next }
    const children = bound.children.map((child) => this.#vector(child, [], next - Math.max(0, first)))
    this.#rows = outer
    return { encoding: 'flat', type, length, data, validity, children }
  }

  #leaf(bound: BoundColumn<LanceNode>, path: readonly PathNode[]): Vector {
    const { node, type, steps } = bound
    if (node.field.isBlob) return this.#blobs(bound, path, this.#context.lasting)
    const { rows, slots } = this.#open(node, node.raw!, [...path, 'leaf'])
    const own = slots.nodes.at(-1)!
    const all = [...rawSteps(node.raw!, node.type), ...steps]
    const values = this.#valuesAt(rows, slots.firstValue, 1)
    return this.#converted(node, { type, own, values, width: rows.width }, all)
  }

  /** The validity and the values of a leaf, converted. */
  #converted(
    node: LanceNode,
    { type, own, values, width }: { type: Vector['type']; own: NodeSlots; values: Pointer; width: number },
    steps: readonly ConversionStep[],
  ): Vector {
    const length = own.count
    const validity = this.#validity(own)
    const data = this.#convert(node, steps, this.#withZeroes(own, values, width), length)
    const { kernels, file } = this.#context
    if (steps.length === 0) assertUtf8(kernels, { views: data, n: length, type }, { url: file.url, column: node.name })
    return { encoding: 'flat', type, length, data, validity, children: [] }
  }

  /** What lies under NULLs need not be a value: zeroes are one of every type. */
  #withZeroes(own: NodeSlots, values: Pointer, width: number): Pointer {
    if (!own.hasNulls) return values
    const { bulk } = this.#context.memory
    const bytes = width === 0 ? 8 : width
    for (let slot = 0; slot < own.count; slot++) {
      if (own.validity[slot] === 0) bulk.fill(0, values + slot * bytes, values + (slot + 1) * bytes)
    }
    return values
  }

  #convert(node: LanceNode, steps: readonly ConversionStep[], from: Pointer, length: number): Pointer {
    const { lasting, kernels, file } = this.#context
    let values = from
    for (const step of steps) {
      const out = lasting.allocate(length * step.width)
      const result = step.run(kernels.parquet, values, length, out)
      if (result === -5)
        throw unsupported(
          `reading column "${node.name}" of "${file.url}": values with more digits than the type asked for`,
        )
      if (result < 0) throw corrupt(file.url, `column "${node.name}": a value does not fit the type of its column`)
      values = out
    }
    return values
  }

  /**
   * Binaries that lie elsewhere: of the column's slots, or of `wanted` ones only. Pages have where they are: (position, size), NULL has a position and no
   * size; or descriptors (blob-values.ts).
   */
  #blobs(bound: BoundColumn<LanceNode>, path: readonly PathNode[], arena: Arena, wanted?: Uint32Array): Vector {
    const { memory, file } = this.#context
    const { rows, slots } = this.#open(bound.node, PACKED, [...path, 'leaf'])
    const own = slots.nodes.at(-1)!
    const width = isDescribed(bound.node.field) ? 0 : 16
    if (rows.width !== width && rows.valueCount > 0) {
      throw corrupt(file.url, `column "${bound.node.name}": places of ${rows.width} bytes`)
    }
    const from = this.#valuesAt(rows, slots.firstValue, 1)
    const length = wanted?.length ?? own.count
    const validity = arena.allocate(length)
    const places: BlobPlace[] = []
    for (let i = 0; i < length; i++) {
      const slot = wanted?.[i] ?? i
      const isNull = own.hasNulls && own.validity[slot] === 0
      let place = NO_BLOB
      if (!isNull) {
        place =
          width === 0
            ? describedPlace(this.#context, bound.node.name, from + slot * 8)
            : placeAt(memory, from + slot * width)
      }
      places.push(place)
      memory.u8[validity + i] = isNull || (width > 0 && place.size === 0 && place.position > 0) ? 0 : 1
    }
    const data = blobViews(this.#context, places, arena)
    return { encoding: 'flat', type: bound.type, length, data, validity, children: [] }
  }

  /** Lists of one length: a leaf whose values are some items each. */
  #fixedLists(bound: BoundColumn<LanceNode>, path: readonly PathNode[]): Vector {
    const { node, type } = bound
    const raw = node.raw!
    const { dimension } = raw
    const { rows, slots } = this.#open(node, raw, [...path, 'leaf'])
    const own = slots.nodes.at(-1)!
    const { memory, lasting } = this.#context
    const [element] = bound.children
    const count = own.count * dimension
    const data = lasting.allocate(own.count * 8)
    for (let slot = 0; slot < own.count; slot++) {
      memory.u32[(data >>> 2) + 2 * slot] = slot * dimension
      memory.u32[(data >>> 2) + 2 * slot + 1] = own.validity[slot] === 0 ? 0 : dimension
    }
    const common = { type, length: own.count, validity: this.#validity(own) }
    if (element?.kind !== 'column') {
      const child = this.#vector(defined(element, 'an element'), path, count)
      return { encoding: 'flat', ...common, data, children: [child] }
    }
    const itemValidity = rows.itemValidity === 0 ? 0 : rows.itemValidity + slots.firstValue * dimension
    const items: NodeSlots = {
      count,
      validity: itemValidity === 0 ? new Uint8Array(0) : memory.u8.slice(itemValidity, itemValidity + count),
      hasNulls: itemValidity !== 0,
      starts: new Uint32Array(0),
      counts: new Uint32Array(0),
    }
    const values = this.#valuesAt(rows, slots.firstValue, dimension)
    const itemRaw = { ...raw, dimension: 0 }
    const steps = [...rawSteps(itemRaw, element.node.type), ...element.steps]
    const child = this.#converted(node, { type: element.type, own: items, values, width: rows.width }, steps)
    return { encoding: 'flat', ...common, data, children: [child] }
  }

  #packedStruct(bound: BoundColumn<LanceNode>, path: readonly PathNode[]): Vector {
    const { node, type } = bound
    const { rows, slots } = this.#open(node, PACKED, [...path, 'leaf'])
    const own = slots.nodes.at(-1)!
    const { kernels, lasting, file } = this.#context
    const from = this.#valuesAt(rows, slots.firstValue, 1)
    let offset = 0
    const places = new Map<LanceNode, number>()
    for (const child of node.children) {
      if (child.raw === undefined || child.raw.width === 0 || child.raw.dimension > 0 || child.raw.isBits) {
        throw unsupported(`reading column "${node.name}" of "${file.url}": a packed struct of such fields`)
      }
      places.set(child, offset)
      offset += child.raw.width
    }
    if (offset !== rows.width) throw corrupt(file.url, `column "${node.name}": a packed struct of ${rows.width} bytes`)
    const plain: NodeSlots = { ...own, hasNulls: false }
    const children = bound.children.map((child): Vector => {
      if (child.kind === 'missing') return this.#vector(child, path, own.count)
      const raw = child.node.raw!
      const values = lasting.allocate(own.count * raw.width)
      kernels.lance.lanceFieldOf(from, rows.width, places.get(child.node)!, raw.width, own.count, values)
      const steps = [...rawSteps(raw, child.node.type), ...child.steps]
      return this.#converted(child.node, { type: child.type, own: plain, values, width: raw.width }, steps)
    })
    return { encoding: 'flat', type, length: own.count, data: 0, validity: this.#validity(own), children }
  }

  #validity(own: NodeSlots): Pointer {
    if (!own.hasNulls) return 0
    const { memory, lasting } = this.#context
    const pointer = lasting.allocate(own.count)
    memory.u8.set(own.validity.subarray(0, own.count), pointer)
    return pointer
  }

  #listViews({ count, starts, counts }: NodeSlots): Pointer {
    const { memory, lasting } = this.#context
    const pointer = lasting.allocate(count * 8)
    const at = pointer >>> 2
    for (let slot = 0; slot < count; slot++) {
      memory.u32[at + 2 * slot] = starts[slot]!
      memory.u32[at + 2 * slot + 1] = counts[slot]!
    }
    return pointer
  }

  #valuesAt(rows: LeafRows, first: number, perValue: number): Pointer {
    return rows.values + first * perValue * (rows.width === 0 ? 8 : rows.width)
  }

  /** The leaf that tells a nested node's slots: the first that is read below it, else the first of the file. */
  #guide(bound: BoundColumn<LanceNode>, path: readonly PathNode[]): OpenLeaf {
    const kind = bound.node.type.kind
    const inner: PathNode[] = [...path, kind === 'struct' ? 'struct' : 'list']
    if (kind === 'map') inner.push('struct')
    for (const child of bound.children) {
      if (child.kind === 'column') return this.#guideOf(child.node, inner)
    }
    const [first] = bound.node.children
    if (first === undefined) {
      throw unsupported(`reading column "${bound.node.name}" of "${this.#context.file.url}": a struct without fields`)
    }
    return this.#guideOf(first, inner)
  }

  #guideOf(node: LanceNode, path: readonly PathNode[]): OpenLeaf {
    if (node.raw !== undefined) return this.#open(node, node.raw, [...path, 'leaf'])
    if (node.field.isPacked && node.type.kind === 'struct') return this.#open(node, PACKED, [...path, 'leaf'])
    const inner: PathNode[] = [...path, node.type.kind === 'struct' ? 'struct' : 'list']
    if (node.type.kind === 'map') inner.push('struct')
    return this.#guideOf(defined(node.children[0], 'a field of a struct'), inner)
  }

  #open(node: LanceNode, raw: RawValues, path: readonly PathNode[]): OpenLeaf {
    const known = this.#leaves.get(node)
    if (known !== undefined) return known
    const { file, lasting } = this.#context
    const { metadata, columnOf } = this.#group
    const { start: firstRow, end } = this.#rows
    const rowCount = end - firstRow
    const pages = leafPagesOf(file, metadata, node, columnOf.get(node)!)
    const hasLists = path.includes('list')
    const parts: LeafPart[] = []
    let [row, skip] = [0, -1]
    if (this.#taken !== null) {
      parts.push(...takeRows(this.#context, pages, this.#taken, raw, this.#rowDecoder(node, raw)))
    } else {
      for (const page of pages) {
        const pageEnd = row + page.length
        if (row < end && pageEnd > firstRow) {
          const rows = { from: Math.max(0, firstRow - row), to: Math.min(page.length, end - row) }
          if (skip < 0) skip = hasLists ? rows.from : 0
          for (const part of this.#parts(node, page, rows, raw)) parts.push(part)
        }
        row = pageEnd
      }
    }
    const rows = joinParts(this.#context, parts, lasting, Math.max(1, raw.dimension))
    this.#check(node, raw, rows)
    const slots = assembleLeaf(rows, path, Math.max(0, skip), rowCount)
    const values = slots?.nodes.at(-1)?.count ?? 0
    if (slots === undefined || slots.firstValue + values > rows.valueCount) {
      throw corrupt(file.url, `column "${node.name}": fewer values than rows`)
    }
    const leaf = { rows, slots }
    this.#leaves.set(node, leaf)
    return leaf
  }

  #parts(node: LanceNode, page: LancePage, rows: PageRows, raw: RawValues): LeafPart[] {
    if (!this.#hasArrays) return readPage(this.#context, page, rows, raw)
    return [this.#arrayPart(this.#context, page, rows, { node, raw })]
  }

  #arrayPart(
    context: LanceContext,
    page: LancePage,
    rows: PageRows,
    leaf: { readonly node: LanceNode; readonly raw: RawValues },
  ): LeafPart {
    if (this.#isLegacy) return readLegacyPage(context, page, rows, leaf)
    const { width, dimension } = leaf.raw
    return readArrayPage(context, page, rows, { width: Math.max(0, width), perValue: Math.max(1, dimension) })
  }

  #rowDecoder(node: LanceNode, raw: RawValues): DecodeRows {
    if (!this.#hasArrays) return (context, page, rows, take) => readPageRows(context, page, rows, raw, take)
    return (context, page, rows, take) => {
      forStretches(context, rows, NEAR_ROWS, (own, stretch) => {
        const part = this.#arrayPart(context, page, stretch, { node, raw })
        take(
          part,
          own.map((row) => row - stretch.from),
        )
      })
    }
  }

  #check(node: LanceNode, raw: RawValues, rows: LeafRows): void {
    if (rows.valueCount === 0 || raw === PACKED || rows.width === raw.width) return
    throw corrupt(
      this.#context.file.url,
      `column "${node.name}": expected values of ${raw.width} bytes, found ${rows.width}`,
    )
  }
}

/** Whether there is a list of any length in the column. */
export function hasLists(bound: BoundTree<LanceNode>): boolean {
  if (bound.kind === 'missing' || bound.node.raw !== undefined || bound.node.field.isPacked) return false
  return bound.node.type.kind !== 'struct' || bound.node.children.some(nodeHasLists)
}

function nodeHasLists({ raw, field, type, children }: LanceNode): boolean {
  if (raw !== undefined || field.isPacked) return false
  return type.kind === 'list' || type.kind === 'map' || children.some(nodeHasLists)
}
