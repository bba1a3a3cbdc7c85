import { defineConfig } from 'vitest/config'

/** What `npm test` runs: everything that needs nothing outside the repository. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/shared/**', '**/node_modules/**'],
    // Anything that starts workers or a process takes a second to come up on a loaded machine.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
