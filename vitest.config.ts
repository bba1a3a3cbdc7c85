import { defineConfig } from 'vitest/config'

const SHARED = ['test/shared/**', '**/node_modules/**']

/** Folders whose tests start no engine and leave nothing behind: a process runs many of their files, and loads modules once for all. */
const UNITS = 'test/{catalog,core,expr,format,kernel,plan,sql,storage,table}/**/*.test.ts'

/** What `npm test` runs: everything that needs nothing outside the repository. */
export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'units', include: [UNITS], exclude: SHARED, isolate: false } },
      { extends: true, test: { name: 'engine', include: ['test/**/*.test.ts'], exclude: [...SHARED, UNITS] } },
    ],
    // Anything that starts workers or a process takes a second to come up on a loaded machine.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
