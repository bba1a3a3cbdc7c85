import { Buffer } from 'node:buffer'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wideDecimalBytes, wideDecimalValue } from '../../src/core/wide-decimal.ts'

describe('wideDecimalBytes', () => {
  it('keeps every value and its place in the order', () => {
    const values = fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n })
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [x, y] = [wideDecimalBytes(a), wideDecimalBytes(b)]
        expect(wideDecimalValue(x)).toBe(a)
        expect(Math.sign(Buffer.compare(x, y))).toBe(a < b ? -1 : a > b ? 1 : 0)
      }),
      { numRuns: 200 },
    )
  })

  it('holds the ends of 1,000 digits, and zero', () => {
    for (const value of [0n, 1n, -1n, 255n, 256n, -256n, 10n ** 1000n - 1n, 1n - 10n ** 1000n]) {
      expect(wideDecimalValue(wideDecimalBytes(value))).toBe(value)
    }
  })
})
