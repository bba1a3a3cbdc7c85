/** Counters of a query by plan node, summed over the threads. */
export class QueryMetrics {
  readonly #nodes = new Map<number, Record<string, number>>()

  add(node: number, counters: Readonly<Record<string, number>>): void {
    let sums = this.#nodes.get(node)
    if (sums === undefined) {
      sums = {}
      this.#nodes.set(node, sums)
    }
    for (const [counter, amount] of Object.entries(counters)) sums[counter] = (sums[counter] ?? 0) + amount
  }

  /** A copy as of now. */
  all(): ReadonlyMap<number, Readonly<Record<string, number>>> {
    return new Map([...this.#nodes].map(([node, counters]) => [node, { ...counters }]))
  }
}
