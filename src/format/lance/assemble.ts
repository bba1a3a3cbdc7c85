/**
 * From the levels of a leaf's places to the slots of each node on the way to it.
 *
 *   path     list      list      leaf
 *   slots    rows      lists     values         a NULL struct gives its fields a slot each, NULL too, down to the next list
 */
import type { LeafRows } from './leaf-rows.ts'

/** Nodes from the column to a leaf. */
export type PathNode = 'struct' | 'list' | 'leaf'

export interface NodeSlots {
  count: number
  /** A byte a slot. */
  readonly validity: Uint8Array
  hasNulls: boolean
  /** Of lists: the first child and how many there are. */
  readonly starts: Uint32Array
  readonly counts: Uint32Array
}

export interface AssembledLeaf {
  /** By depth, the column first. */
  readonly nodes: readonly NodeSlots[]
  /** Values before the first row that is wanted. */
  readonly firstValue: number
}

/** Slots of `rowCount` rows behind the first `skip` of what was read; undefined when there are not so many. */
export function assembleLeaf(
  leaf: LeafRows,
  path: readonly PathNode[],
  skip: number,
  rowCount: number,
): AssembledLeaf | undefined {
  const { repetition, definition, places } = leaf
  const lists = path.filter((node) => node === 'list').length
  const depthOfList = listDepths(path)
  const nodes = path.map((node): NodeSlots => {
    const isList = node === 'list'
    return {
      count: 0,
      validity: new Uint8Array(places),
      hasNulls: false,
      starts: new Uint32Array(isList ? places : 0),
      counts: new Uint32Array(isList ? places : 0),
    }
  })
  // Layers within the innermost list: NULLs of these have a value.
  const visible = lists === 0 ? path.length : path.length - 1 - depthOfList[1]!
  let row = -1
  let firstValue = 0
  for (let place = 0; place < places; place++) {
    const begins = lists === 0 ? 0 : repetition === undefined ? lists : repetition[place]!
    const level = definition === undefined ? 0 : definition[place]!
    if (begins === lists || lists === 0) row++
    if (row < 0) return undefined
    if (row < skip) {
      if (level === 0 || (level - 1) >> 1 < visible) firstValue++
      continue
    }
    if (row >= skip + rowCount) break
    const from = begins === lists || lists === 0 ? 0 : depthOfList[begins + 1]! + 1
    addPlace(nodes, path, from, level)
  }
  return row + 1 < skip + rowCount ? undefined : { nodes, firstValue }
}

/** Depths of lists by their number from the innermost, which is 1. */
function listDepths(path: readonly PathNode[]): number[] {
  const depths = [-1]
  for (let depth = path.length - 1; depth >= 0; depth--) if (path[depth] === 'list') depths.push(depth)
  return depths
}

/** Adds a place's slots from depth `from` on. */
function addPlace(nodes: readonly NodeSlots[], path: readonly PathNode[], from: number, level: number): void {
  const absentAt = level === 0 ? -1 : path.length - 1 - ((level - 1) >> 1)
  const isEmpty = level > 0 && ((level - 1) & 1) === 1
  if (from > 0) {
    const parent = nodes[from - 1]!
    const list = parent.count - 1
    parent.counts[list] = parent.counts[list]! + 1
  }
  let isAbsent = false
  for (let depth = from; depth < path.length; depth++) {
    const node = nodes[depth]!
    const slot = node.count++
    isAbsent ||= depth === absentAt && !isEmpty
    node.validity[slot] = isAbsent ? 0 : 1
    node.hasNulls ||= isAbsent
    if (path[depth] !== 'list') continue
    node.starts[slot] = nodes[depth + 1]!.count
    if (isAbsent || depth === absentAt) return
    node.counts[slot] = 1
  }
}
