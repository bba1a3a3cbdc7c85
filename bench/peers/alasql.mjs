/** AlaSQL over rows as objects, read before anything is timed. */
import { createRequire } from 'node:module'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { serve } from './lines.mjs'

const require = createRequire(import.meta.url)
const alasql = require('alasql')

let database

await serve({
  async open({ tables }) {
    database = new alasql.Database()
    for (const [name, { files }] of Object.entries(tables)) {
      database.exec(`CREATE TABLE ${name}`)
      const rows = []
      for (const file of files) {
        for (const row of await parquetReadObjects({ file: await asyncBufferFromFile(file) }))
          rows.push(withNumbers(row))
      }
      database.tables[name].data = rows
    }
    return alasql.version
  },
  async query(sql) {
    const rows = database.exec(sql)
    return () => rows.map((row) => Object.values(row).map(plain))
  },
})

/** AlaSQL does not compare bigints with numbers; those of TPC-H are small. */
function withNumbers(row) {
  for (const [name, value] of Object.entries(row)) if (typeof value === 'bigint') row[name] = Number(value)
  return row
}

function plain(value) {
  if (value instanceof Date) return value.toISOString().slice(0, 10)
  return typeof value === 'bigint' ? String(value) : value
}
