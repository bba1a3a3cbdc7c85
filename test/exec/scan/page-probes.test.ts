import { describe, expect, it } from 'vitest'
import { BIGINT, BOOLEAN } from '../../../src/core/types.ts'
import { PageProbes } from '../../../src/exec/scan/page-probes.ts'
import { call, input, literal } from '../../../src/expr/expr.ts'
import type { ColumnRange, RowRange } from '../../../src/format/format.ts'

const ROWS = 1000
const SMALL = call('lt', [input(0, BIGINT), literal(50n, BIGINT)], BOOLEAN)

/** Asks about a row group whose values are in [min, max]; `found` by its pages. Whether they were asked. */
function ask(probes: PageProbes, [min, max]: readonly [bigint, bigint], found: readonly RowRange[]) {
  let isAsked = false
  const candidateRanges = (): readonly RowRange[] => {
    isAsked = true
    return found
  }
  const range: ColumnRange = { min, max, nullCount: 0, exact: true }
  const ranges = probes.rangesOf({ rowCount: ROWS, candidateRanges }, [SMALL], () => range)
  return { isAsked, ranges }
}

const ALL: readonly RowRange[] = [{ start: 0, end: ROWS }]
const SOME: readonly RowRange[] = [{ start: 200, end: 300 }]

describe('page probes', () => {
  it('give what pages say', () => {
    expect(ask(new PageProbes(), [0n, 100n], SOME)).toEqual({ isAsked: true, ranges: SOME })
    expect(ask(new PageProbes(), [0n, 100n], [])).toEqual({ isAsked: true, ranges: [] })
  })

  it('do not ask where all rows match by the statistics of the row group', () => {
    const probes = new PageProbes()
    for (let i = 0; i < 20; i++) expect(ask(probes, [0n, 49n], ALL)).toEqual({ isAsked: false, ranges: ALL })
    // That was no attempt in vain.
    expect(ask(probes, [0n, 100n], SOME)).toEqual({ isAsked: true, ranges: SOME })
  })

  it('ask less where nothing was dropped, and again when something was', () => {
    const probes = new PageProbes()
    const asked = Array.from({ length: 20 }, () => ask(probes, [0n, 100n], ALL))
    expect(asked.map(({ isAsked }) => (isAsked ? 'x' : '-')).join('')).toBe('xxxx-------x-------x')
    expect(asked.every(({ ranges }) => ranges[0]!.end === ROWS)).toBe(true)
    const later = Array.from({ length: 12 }, () => ask(probes, [0n, 100n], SOME))
    expect(later.map(({ isAsked }) => (isAsked ? 'x' : '-')).join('')).toBe('-------xxxxx')
  })
})
