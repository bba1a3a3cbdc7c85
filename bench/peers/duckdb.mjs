/** DuckDB's Node package as a peer: views over the same Parquet files. */
import { DuckDBInstance } from '@duckdb/node-api'
import { serve } from './lines.mjs'

let connection

await serve({
  async open({ threads, memoryLimit, tables }) {
    const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) })
    connection = await instance.connect()
    if (memoryLimit) await connection.run(`SET memory_limit = '${memoryLimit}'`)
    for (const [name, { files }] of Object.entries(tables)) {
      const list = files.map((file) => `'${file.replaceAll("'", "''")}'`).join(', ')
      await connection.run(`CREATE VIEW "${name}" AS SELECT * FROM read_parquet([${list}])`)
    }
    return (await (await connection.run('select version()')).getRows())[0][0]
  },
  async query(sql) {
    const rows = await (await connection.run(sql)).getRows()
    return () => rows.map((row) => row.map(plain))
  },
})

function plain(value) {
  if (value === null || ['number', 'string', 'boolean'].includes(typeof value)) return value
  return String(value)
}
