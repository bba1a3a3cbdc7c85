import { defineConfig } from 'vitest/config'

/** The suites over fixtures, corpora and answers beside the checkout (../shared). */
export default defineConfig({
  test: {
    include: ['test/shared/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
  },
})
