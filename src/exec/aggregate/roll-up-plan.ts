/**
 * Grouping sets that are computed from the groups of others instead of from the rows.
 *
 *   ROLLUP (a, b, c)     rows --> (a, b, c) --> (a, b) --> (a) --> ()
 *   CUBE (a, b)          rows --> (a, b) --> (a), (b);  (a) --> ()
 *
 * One set has all groups of the others, or there is nothing to compute them from. Each other set is made of the groups of a set that holds
 * its own groups, of several the one with fewest: its states are added to the set's, as those of two workers' tables are.
 */

/** Set `set` is made of the groups of set `from`. */
interface RollUpStep {
  readonly set: number
  readonly from: number
}

export interface RollUp {
  /** The set that is computed from the rows. */
  readonly first: number
  /** The others, in an order in which their sources come before them. */
  readonly steps: readonly RollUpStep[]
}

/** Null: no set holds all others. `sets` are at least one. */
export function planRollUp(sets: readonly ReadonlySet<number>[]): RollUp | null {
  const bySize = sets.map((_, set) => set).toSorted((a, b) => sets[b]!.size - sets[a]!.size)
  const first = bySize[0]!
  const steps: RollUpStep[] = []
  for (const [place, set] of bySize.entries()) {
    if (place === 0) continue
    const from = bySize.slice(0, place).findLast((other) => holds(sets[other]!, sets[set]!))
    if (from === undefined) return null
    steps.push({ set, from })
  }
  return { first, steps }
}

function holds(all: ReadonlySet<number>, some: ReadonlySet<number>): boolean {
  return [...some].every((one) => all.has(one))
}
