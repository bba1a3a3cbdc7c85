/** Lakes to measure on: TPC-H tables as directories of Iceberg tables. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { PeerTable } from './peer-process.ts'

const TABLES = ['region', 'nation', 'supplier', 'customer', 'part', 'partsupp', 'orders', 'lineitem']

/** The tables of a lake: their folder and their data files. `peers/make-lake.py` writes down where files of other writers are. */
export function tablesOf(lake: string): Record<string, PeerTable> {
  return Object.fromEntries(
    TABLES.map((name) => {
      const folder = join(lake, name)
      const external = `${folder}.files.json`
      const files = existsSync(external)
        ? (JSON.parse(readFileSync(external, 'utf8')) as string[])
        : parquetFilesOf(folder)
      return [name, { files, iceberg: folder }]
    }),
  )
}

function parquetFilesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((file) => file.endsWith('.parquet') && statSync(file).isFile())
}
