/**
 * The cheapest tree over the relations of a join graph.
 *
 * Up to 12 relations: dynamic programming over the sets of relations, smallest first; each set is split into two linked parts in every way,
 * so bushy trees are found too. Cross products are tried only between parts that nothing links. More relations: the pair of trees whose
 * join gives the fewest rows is joined, again and again (greedy operator ordering).
 *
 * Cost of a join: its rows, the probe side's, and twice the build side's (hashing and storing a row costs more than looking one up).
 *
 * Spec: G. Moerkotte, Building Query Compilers (2023), sections 3.2.4 (DPsub) and 3.3.2 (GOO).
 */
import { defined } from '../../core/assert.ts'
import type { JoinGraph } from './join-graph.ts'

export type JoinTree =
  | {
      readonly kind: 'leaf'
      readonly relation: number
      readonly mask: number
      readonly cost: number
    }
  | {
      readonly kind: 'join'
      /** The larger side: it streams past the other's hash table. */
      readonly probe: JoinTree
      readonly build: JoinTree
      readonly mask: number
      readonly cost: number
    }

/** Above this 3^n splits take longer than a bad order costs. */
const DYNAMIC_RELATIONS_MAX = 12

/** A row of a nested loop's pair beside a row of a hash join: several pairs fit the work of one probe. */
const PAIR_COST = 0.2

export function orderRelations(graph: JoinGraph): JoinTree {
  const trees = componentsOf(graph).map((mask) => orderComponent(graph, mask))
  return joinGreedily(graph, trees)
}

/** Sets of relations that predicates link. */
function componentsOf(graph: JoinGraph): readonly number[] {
  const components: number[] = []
  let rest = (1 << graph.relations.length) - 1
  while (rest !== 0) {
    let component = rest & -rest
    for (let next = graph.neighbours(component); next !== 0; next = graph.neighbours(component)) component |= next
    components.push(component)
    rest &= ~component
  }
  return components
}

function leafOf(graph: JoinGraph, relation: number): JoinTree {
  const mask = 1 << relation
  return { kind: 'leaf', relation, mask, cost: graph.rows(mask) }
}

function leavesOf(graph: JoinGraph, mask: number): readonly JoinTree[] {
  return graph.relations.flatMap((_, i) => (mask & (1 << i) ? [leafOf(graph, i)] : []))
}

function orderComponent(graph: JoinGraph, mask: number): JoinTree {
  const leaves = leavesOf(graph, mask)
  if (leaves.length <= 2 || leaves.length > DYNAMIC_RELATIONS_MAX) return joinGreedily(graph, leaves)
  return joinByProgramming(graph, leaves) ?? joinGreedily(graph, leaves)
}

function joinTrees(graph: JoinGraph, a: JoinTree, b: JoinTree): JoinTree {
  const rowsA = graph.rows(a.mask)
  const rowsB = graph.rows(b.mask)
  const bytesA = rowsA * (40 + graph.rowBytes(a.mask))
  const bytesB = rowsB * (40 + graph.rowBytes(b.mask))
  const [probe, build] = bytesA >= bytesB ? [a, b] : [b, a]
  const rows = graph.rows(a.mask | b.mask)
  const own = graph.haveEquality(a.mask, b.mask)
    ? Math.max(rowsA, rowsB) + 2 * Math.min(rowsA, rowsB)
    : rowsA * rowsB * PAIR_COST
  return { kind: 'join', probe, build, mask: a.mask | b.mask, cost: a.cost + b.cost + own + rows }
}

function joinByProgramming(graph: JoinGraph, leaves: readonly JoinTree[]): JoinTree | null {
  // Sets of leaves are numbered densely; `masks` says which relations a set means.
  const count = leaves.length
  const size = 1 << count
  const best: (JoinTree | undefined)[] = new Array(size)
  const masks = new Int32Array(size)
  leaves.forEach((leaf, i) => {
    best[1 << i] = leaf
    masks[1 << i] = leaf.mask
  })
  for (let set = 1; set < size; set++) {
    const lowest = set & -set
    if (set === lowest) continue
    masks[set] = masks[lowest]! | masks[set ^ lowest]!
    // The part with the lowest leaf: each split is looked at once.
    for (let part = (set - 1) & set; part > 0; part = (part - 1) & set) {
      if (!(part & lowest)) continue
      const a = best[part]
      const b = best[set ^ part]
      if (a === undefined || b === undefined || !graph.areLinked(a.mask, b.mask)) continue
      const tree = joinTrees(graph, a, b)
      const known = best[set]
      if (known === undefined || tree.cost < known.cost) best[set] = tree
    }
  }
  return best[size - 1] ?? null
}

function joinGreedily(graph: JoinGraph, trees: readonly JoinTree[]): JoinTree {
  const rest = [...trees]
  while (rest.length > 1) {
    let best: { tree: JoinTree; a: number; b: number; rank: number } | undefined
    for (let a = 0; a < rest.length; a++) {
      for (let b = a + 1; b < rest.length; b++) {
        const tree = joinTrees(graph, rest[a]!, rest[b]!)
        // Any linked pair before any cross product, but for one with a single row, which multiplies nothing.
        const isCross = !graph.areLinked(rest[a]!.mask, rest[b]!.mask)
        const rank = graph.rows(tree.mask) * (isCross && graph.rows(tree.mask) > 1 ? 1e12 : 1)
        if (best === undefined || rank < best.rank) best = { tree, a, b, rank }
      }
    }
    const chosen = defined(best, 'a pair of trees to join')
    rest.splice(chosen.b, 1)
    rest.splice(chosen.a, 1, chosen.tree)
  }
  return defined(rest[0], 'a relation to join')
}
