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
      for (const file of files) {
        for (const row of await parquetReadObjects({ file: await asyncBufferFromFile(file) })) rows.push(row)
      }
      loaded.set(name, rows)
    }
    const rows = await collect(executeSql({ tables: Object.fromEntries(loaded), query: sql }))
    return () => rows.map((row) => Object.values(row).map(plain))
  },
})

function plain(value) {
  if (value instanceof Date) return value.toISOString().slice(0, 10)
  return typeof value === 'bigint' ? String(value) : value
}
