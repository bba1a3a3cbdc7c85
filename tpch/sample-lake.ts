/** The sample lake: TPC-H at scale 0.01 as Iceberg tables, made when one of them is missing. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const SCALE = 0.01
const NAMES = ['region', 'nation', 'supplier', 'customer', 'part', 'partsupp', 'orders', 'lineitem']

/** Does nothing, and loads nothing, when all tables are there. A run that was interrupted is made good by the next. */
export async function makeSampleLake(directory: string): Promise<void> {
  const missing = NAMES.filter((name) => !isTable(join(directory, name)))
  if (missing.length === 0) return
  const [{ makeIcebergTables }, { tableNamed }, { createProgressBar }] = await Promise.all([
    import('./make-files.ts'),
    import('./make-tables.ts'),
    import('./progress-bar.ts'),
  ])
  const bar = createProgressBar(process.stderr, 'Making the sample lake')
  bar.update(0, 0)
  for (const name of missing) rmSync(join(directory, name), { recursive: true, force: true })
  await makeIcebergTables(directory, {
    scale: SCALE,
    threads: 2,
    codec: 'snappy',
    tables: missing.map((name) => tableNamed(name)!),
    onProgress: (fraction, rows) => bar.update(fraction, rows),
  })
  bar.finish()
}

function isTable(folder: string): boolean {
  const metadata = join(folder, 'metadata')
  return existsSync(metadata) && readdirSync(metadata).some((name) => name.endsWith('.metadata.json'))
}
