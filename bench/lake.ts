/** Lakes to measure on: directories of Iceberg tables, or of Parquet files. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { PeerTable } from './peer-process.ts'

/** The tables of a lake: their folder and their data files. `peers/make-lake.py` writes down where files of other writers are. */
export function tablesOf(lake: string): Record<string, PeerTable> {
  if (isPlainFiles(lake)) {
    const files = readdirSync(lake).filter((name) => name.endsWith('.parquet'))
    return Object.fromEntries(files.map((name) => [name.slice(0, -'.parquet'.length), { files: [join(lake, name)] }]))
  }
  const names = readdirSync(lake).filter((name) => existsSync(join(lake, name, 'metadata')))
  return Object.fromEntries(
    names.map((name) => {
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

/** Whether the tables are Parquet files without a table format. */
export function isPlainFiles(lake: string): boolean {
  return readdirSync(lake).some((name) => name.endsWith('.parquet'))
}
