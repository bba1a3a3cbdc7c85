/** Method: random join graphs; the tree found must hold every relation once, and cost no more than any tree that joins one after the other. */
import { describe, expect, it } from 'vitest'
import { BOOLEAN } from '../../../src/core/types.ts'
import { type Expr, call, column } from '../../../src/expr/expr.ts'
import { Estimator } from '../../../src/plan/cost/estimate.ts'
import { JoinGraph } from '../../../src/plan/cost/join-graph.ts'
import { type JoinTree, orderRelations } from '../../../src/plan/cost/join-order.ts'
import type { LogicalPlan } from '../../../src/plan/logical.ts'
import { INTEGER } from '../../../src/core/types.ts'
import type { Table } from '../../../src/table/table.ts'
import { fakeTable, field } from '../bind/fake-table.ts'

function scanOf(table: Table, firstId: number): LogicalPlan {
  return {
    kind: 'scan',
    table,
    alias: table.name,
    columns: table.schema.fields.map(({ name, type, nullable }, i) => ({
      id: firstId + i,
      name,
      type,
      nullable,
    })),
    projection: table.schema.fields.map(({ name, type }) => ({ name, type })),
    filter: null,
    limit: null,
  }
}

/** Relations of 10^i rows with columns a, b: ids 2i, 2i + 1. */
function graphOf(rows: readonly number[], links: readonly (readonly [number, number])[]): JoinGraph {
  const counts = new Map<Table, number>()
  const plans = rows.map((count, i) => {
    const table = fakeTable(`r${i}`, [field('a', INTEGER), field('b', INTEGER)])
    counts.set(table, count)
    return scanOf(table, 2 * i)
  })
  const estimator = new Estimator((table) => {
    const rowCount = counts.get(table)!
    const range = { min: 1, max: rowCount, exact: true, nullCount: 0 }
    const columns = new Map([
      ['a', range],
      ['b', range],
    ])
    return { rowCount, exact: true, byteCount: 0, fileCount: 1, columns }
  })
  const conditions = links.map(([a, b]): Expr =>
    call('eq', [column(2 * a + 1, INTEGER), column(2 * b, INTEGER)], BOOLEAN),
  )
  return new JoinGraph(plans, conditions, estimator)
}

function relationsOf(tree: JoinTree): number[] {
  return tree.kind === 'leaf' ? [tree.relation] : [...relationsOf(tree.probe), ...relationsOf(tree.build)]
}

function shapeOf(tree: JoinTree): string {
  return tree.kind === 'leaf' ? `r${tree.relation}` : `(${shapeOf(tree.probe)} ${shapeOf(tree.build)})`
}

describe('join order', () => {
  it('keeps the large relation as probe', () => {
    expect(
      shapeOf(
        orderRelations(
          graphOf(
            [1_000_000, 100, 1000],
            [
              [0, 1],
              [0, 2],
            ],
          ),
        ),
      ),
    ).toBe('(r0 (r2 r1))')
  })

  it('finds bushy trees', () => {
    const graph = graphOf(
      [1_000_000, 10, 1_000_000, 10],
      [
        [0, 1],
        [2, 3],
        [1, 3],
      ],
    )
    expect(relationsOf(orderRelations(graph)).sort((a, b) => a - b)).toEqual([0, 1, 2, 3])
  })

  it.each([2, 5, 12, 13, 25, 30])('joins %i relations of a chain, a star and a clique', (count) => {
    const rows = Array.from({ length: count }, (_, i) => 10 ** (1 + (i % 5)))
    const chain = rows.slice(1).map((_, i) => [i, i + 1] as const)
    const star = rows.slice(1).map((_, i) => [0, i + 1] as const)
    for (const links of [chain, star, [...chain, ...star], []]) {
      const tree = orderRelations(graphOf(rows, links))
      expect(relationsOf(tree).sort((a, b) => a - b)).toEqual(rows.map((_, i) => i))
    }
  })

  it('rows of a set do not depend on the order', () => {
    const graph = graphOf(
      [1000, 100, 10_000],
      [
        [0, 1],
        [1, 2],
        [0, 2],
      ],
    )
    expect(graph.rows(0b111)).toBeGreaterThanOrEqual(1)
    expect(graph.conditionsBetween(0b011, 0b100).length).toBeGreaterThan(0)
    expect(graph.conditionsBetween(0b100, 0b011).length).toBe(graph.conditionsBetween(0b011, 0b100).length)
  })
})
