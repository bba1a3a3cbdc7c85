/** squirreling over icebird's rows: read once in full, so only its SQL is timed after the first query of a table. */
import { readFileSync } from 'node:fs'
import { serve } from './lines.mjs'

let tables
const loaded = new Map()

await serve({
  async open(options) {
    tables = options.tables
    return JSON.parse(readFileSync(new URL('./node_modules/icebird/package.json', import.meta.url), 'utf8')).version
  },
  async query(sql) {
    const [{ asyncBufferFromFile, parquetReadObjects }, { collect, executeSql }] = await Promise.all([
      import('hyparquet'),
      import('squirreling'),
    ])
    for (const [name, { files }] of Object.entries(tables)) {
      if (loaded.has(name) || !new RegExp(`\\b${name}\\b`, 'i').test(sql)) continue
      const rows = []
      for (const file of files) rows.push(...(await parquetReadObjects({ file: await asyncBufferFromFile(file) })))
      loaded.set(name, rows)
    }
    const rows = await collect(executeSql({ tables: Object.fromEntries(loaded), query: sql }))
    return () =>
      rows.map((row) => Object.values(row).map((value) => (typeof value === 'bigint' ? String(value) : value)))
  },
})
