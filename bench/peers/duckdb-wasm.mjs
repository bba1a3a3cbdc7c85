/**
 * DuckDB compiled to WebAssembly as a peer. Its Parquet reader is an extension that it downloads when it is first used; so that it can be
 * measured without a network, the tables are loaded into its memory as Arrow before anything is timed.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { serve } from './lines.mjs'

const require = createRequire(import.meta.url)
const duckdb = require('@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs')
const dist = dirname(require.resolve('@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs'))

let connection

await serve({
  async open({ tables }) {
    const bundle = (name) => ({
      mainModule: join(dist, `duckdb-${name}.wasm`),
      mainWorker: join(dist, `duckdb-node-${name}.worker.cjs`),
    })
    const database = await duckdb.createDuckDB(
      { mvp: bundle('mvp'), eh: bundle('eh') },
      new duckdb.VoidLogger(),
      duckdb.NODE_RUNTIME,
    )
    await database.instantiate(() => undefined)
    connection = database.connect()
    const { readParquet } = await import('../../node_modules/parquet-wasm/node/parquet_wasm.js')
    for (const [name, { files }] of Object.entries(tables)) {
      for (const [i, file] of files.entries()) {
        const bytes = readParquet(new Uint8Array(readFileSync(file))).intoIPCStream()
        connection.insertArrowFromIPCStream(bytes, { name, create: i === 0 })
      }
    }
    return String(connection.query('select version() as v').toArray()[0].v)
  },
  async query(sql) {
    const table = connection.query(sql)
    const rows = table.toArray()
    return () => rows.map((row) => table.schema.fields.map((field) => plain(row[field.name], field.type)))
  },
})

function plain(value, type) {
  if (value === null || value === undefined) return null
  if (type.scale !== undefined && typeof value === 'object') return decimalText(value, type.scale)
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Date) return value.toISOString().slice(0, 10)
  if (String(type).startsWith('Date')) return new Date(Number(value)).toISOString().slice(0, 10)
  return value
}

/** Four 32-bit words, the lowest first. */
function decimalText(words, scale) {
  let value = 0n
  for (let i = 3; i >= 0; i--) value = (value << 32n) | BigInt(words[i] >>> 0)
  value = BigInt.asIntN(128, value)
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  const whole = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return value < 0n ? `-${whole}` : whole
}
