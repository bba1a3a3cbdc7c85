/** Bitmaps over the keys of a join: the rows that are left are those whose key's bit is set, whatever the selection and the NULLs. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKernels } from '../../../src/kernel/kernels.ts'
import { arena, i32At, memory, putBytes, putI32, putI64 } from '../vector/kernel-arena.ts'

const { table } = createKernels(memory)

const INT64_MIN = -(2n ** 63n)

test.each(['i32', 'i64'] as const)('rows of %s keys by a bitmap', (storage) => {
  const scenario = fc.record({
    // Around zero, and at the end of the integers, where differences wrap.
    min: storage === 'i32' ? fc.bigInt(-1000n, 1000n) : fc.oneof(fc.bigInt(-1000n, 1000n), fc.constant(INT64_MIN)),
    bits: fc.array(fc.constantFrom(0, 1), { maxLength: 200 }),
    rows: fc.array(fc.record({ offset: fc.integer({ min: -70, max: 270 }), isNull: fc.boolean() }), { maxLength: 80 }),
    hasNulls: fc.boolean(),
    picked: fc.option(fc.array(fc.boolean(), { minLength: 80, maxLength: 80 })),
  })
  fc.assert(
    fc.property(scenario, ({ min, bits, rows, hasNulls, picked }) => {
      arena.reset()
      const words = Math.ceil(bits.length / 64)
      const bitmap = putBytes(new Uint8Array(words * 8))
      bits.forEach((bit, i) => {
        memory.u8[bitmap + (i >> 3)]! |= bit << (i & 7)
      })
      const keys = rows.map(({ offset }) => BigInt.asIntN(64, min + BigInt(offset)))
      const at = storage === 'i32' ? putI32(keys.map(Number)) : putI64(keys)
      const validity = hasNulls ? putBytes(rows.map(({ isNull }) => (isNull ? 0 : 1))) : 0
      const selected = rows.map((_, i) => i).filter((i) => picked?.[i] ?? true)
      const selection = picked === null ? 0 : putI32(selected)
      const out = picked === null ? arena.allocate(rows.length * 4 + 16) : selection
      const kernel = storage === 'i32' ? table.selectBitmapI32 : table.selectBitmapI64
      const count = kernel(selected.length, selection, at, validity, min, BigInt(bits.length), bitmap, out)
      const expected = selected.filter((i) => bits[rows[i]!.offset] === 1 && !(hasNulls && rows[i]!.isNull))
      expect(i32At(out, count)).toEqual(expected)
    }),
    { numRuns: 400 },
  )
})
