import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CheckOrder, orderChecks } from '../../../src/exec/scan/check-order.ts'
import type { Check } from '../../../src/exec/scan/scan-filters.ts'

function check(isMovable: boolean): Check {
  return { columns: [0], counter: 'rows_pruned_by_filter', isMovable, run: (_, selection) => selection }
}

/** A slice of 10,000 rows, of which each check passes its share, at its cost. True when the order is another one from now on. */
function runSlice(order: CheckOrder, facts: ReadonlyMap<Check, { share: number; ns: number }>): boolean {
  const before = order.checks
  let rows = 10_000
  for (const one of before) {
    const { share, ns } = facts.get(one)!
    const passed = Math.round(rows * share)
    order.note(one, rows, passed, null, (rows * ns) / 1e6)
    rows = passed
  }
  order.sliceDone()
  return order.checks !== before
}

describe('order of checks', () => {
  it('puts what drops most for its cost first', () => {
    const [weak, dear, strong] = [check(true), check(true), check(true)]
    const facts = new Map([
      [weak, { share: 0.9, ns: 2 }],
      [dear, { share: 0.05, ns: 60 }],
      [strong, { share: 0.05, ns: 2 }],
    ])
    const order = new CheckOrder([weak, dear, strong])
    expect([runSlice(order, facts), runSlice(order, facts)]).toEqual([false, true])
    expect(order.checks).toEqual([strong, weak, dear])
    // What one file taught serves the next.
    expect(new CheckOrder([weak, dear, strong]).checks).toEqual([strong, weak, dear])
  })

  it('changes again when the rows do', () => {
    const [a, b] = [check(true), check(true)]
    const order = new CheckOrder([a, b])
    const one = new Map([
      [a, { share: 0.1, ns: 2 }],
      [b, { share: 0.9, ns: 2 }],
    ])
    const other = new Map([
      [a, { share: 1, ns: 2 }],
      [b, { share: 0.01, ns: 2 }],
    ])
    for (let i = 0; i < 8; i++) runSlice(order, one)
    expect(order.checks).toEqual([a, b])
    for (let i = 0; i < 64; i++) runSlice(order, other)
    expect(order.checks).toEqual([b, a])
  })

  it('leaves a single check and an order that is good enough alone', () => {
    const [a, b] = [check(true), check(true)]
    const facts = new Map([
      [a, { share: 0.5, ns: 2 }],
      [b, { share: 0.48, ns: 2 }],
    ])
    const order = new CheckOrder([a, b])
    expect(Array.from({ length: 20 }, () => runSlice(order, facts))).not.toContain(true)
    expect(runSlice(new CheckOrder([a]), facts)).toBe(false)
  })

  it('never lets a check that may raise an error see what an earlier one would have dropped', () => {
    const one = fc.record({
      isMovable: fc.boolean(),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      ns: fc.nat(99),
    })
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 7 }), (specs) => {
        const planned = specs.map(({ isMovable }) => check(isMovable))
        const facts = new Map(planned.map((each, i) => [each, specs[i]!]))
        const order = orderChecks(planned, (each) => facts.get(each)!)
        expect(new Set(order)).toEqual(new Set(planned))
        planned.forEach((each, i) => {
          if (each.isMovable) return
          const before = new Set(order.slice(0, order.indexOf(each)))
          for (const earlier of planned.slice(0, i)) expect(before.has(earlier)).toBe(true)
        })
      }),
      { numRuns: 200 },
    )
  })
})
