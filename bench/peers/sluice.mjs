/** Sluice as a peer: tables through their Iceberg metadata. Rows are read as values, as an application would. */
import { readFileSync } from 'node:fs'
import { open as openDatabase } from '../../dist/src/index.js'
import { serve } from './lines.mjs'

let db

await serve({
  async open({ threads, memoryLimit, pageCachePercent, tables, lake, folder }) {
    const settings = pageCachePercent === undefined ? {} : { page_cache_percent: pageCachePercent }
    db = await openDatabase({
      catalog: lake ?? '/nonexistent',
      threads,
      settings,
      ...(memoryLimit ? { memoryLimit } : {}),
    })
    if (folder) {
      await db.query(`ATTACH '${folder}' AS files`)
      await db.query('USE files')
    } else if (!lake) {
      for (const [name, { iceberg, files }] of Object.entries(tables)) {
        const source = iceberg ?? files[0]
        await db.query(`ATTACH '${source.replace(/\/[^/]*$/, '')}' AS "lake_${name}"`)
      }
    }
    return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
  },
  async query(sql) {
    const result = await db.query(sql)
    const rows = await result.rows()
    const names = result.schema.map((field) => field.name)
    return () => rows.map((row) => names.map((name) => plain(row[name])))
  },
})

function plain(value) {
  return typeof value === 'bigint' ? String(value) : value
}
