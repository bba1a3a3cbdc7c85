import { defineConfig } from 'vitest/config'

/** Tests of which `npm test` runs a part of the cases (test/effort.ts). */
const WHOLE = [
  'test/catalog/multi-table-commit.test.ts',
  'test/differential/metamorphic.test.ts',
  'test/engine/many-writers.test.ts',
  'test/engine/write-killed.test.ts',
  'test/exec/aggregate/aggregate.test.ts',
  'test/exec/sort/sort.test.ts',
  'test/format/orc/damage.test.ts',
  'test/format/parquet/damage.test.ts',
  'test/kernel/codec/*.test.ts',
  'test/plan/rules/equivalence.test.ts',
  'test/table/damage.test.ts',
  'test/table/iceberg/write/faults.test.ts',
  'test/table/lance/damage.test.ts',
  'test/tpch/*.test.ts',
]

/** The suites over fixtures, corpora and answers beside the checkout (../shared), and all cases of the longest of the others. */
export default defineConfig({
  test: {
    include: ['test/shared/**/*.test.ts', ...WHOLE],
    env: { SLUICE_WHOLE: '1' },
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
  },
})
