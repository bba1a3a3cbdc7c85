/** `sluice tpch`: makes the TPC-H tables. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { type FileOptions, makeIcebergTables, makeParquetFiles } from './make-files.ts'
import { SCALE_MAX, makeTextFiles, tableNamed } from './make-tables.ts'
import { createProgressBar } from './progress-bar.ts'
import { TABLES } from './tables/index.ts'

const HELP = `Usage: sluice tpch --scale 1 --into PLACE [options]

Makes the eight TPC-H tables, byte for byte as dbgen does.

      --scale N        1 is about 1 GB of text (default 1; 0.001 and up)
      --into PLACE     a directory (DIR/, with a slash or an absolute path), or catalog.schema of the embedded
                       catalog: lake.tpch makes Iceberg tables in ./lake/tpch
      --format FORMAT  iceberg (default), parquet or tbl
      --codec CODEC    snappy (default) or zstd, for Parquet
      --tables A,B     only these
      --threads N      default: the number of processors
`

export async function main(args: readonly string[]): Promise<void> {
  try {
    await run(args.slice(1))
  } catch (error) {
    process.stderr.write(`ERROR:  ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}

async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scale: { type: 'string', default: '1' },
      into: { type: 'string' },
      format: { type: 'string', default: 'iceberg' },
      codec: { type: 'string', default: 'snappy' },
      tables: { type: 'string' },
      threads: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help === true || values.into === undefined) {
    process.stdout.write(HELP)
    if (values.help !== true) throw new Error('--into is missing')
    return
  }
  const directory = directoryOf(values.into)
  const bar = createProgressBar(process.stderr, `TPC-H scale ${values.scale}`)
  const options: FileOptions = {
    scale: numberIn(values.scale, '--scale', 0.001, SCALE_MAX),
    threads: Math.floor(numberIn(values.threads ?? String(availableParallelism()), '--threads', 1, 256)),
    tables: tablesNamed(values.tables),
    codec: choice(values.codec, '--codec', ['snappy', 'zstd'] as const),
    onProgress: (fraction, rows) => bar.update(fraction, rows),
  }
  const make = { iceberg: makeIcebergTables, parquet: makeParquetFiles, tbl: makeTextFiles }
  await make[choice(values.format, '--format', ['iceberg', 'parquet', 'tbl'] as const)](directory, options)
  bar.finish()
}

/** `lake.tpch` is a schema of the embedded catalog; whatever looks like a path is one. */
function directoryOf(into: string): string {
  const match = /^([A-Za-z_]\w*)\.([A-Za-z_]\w*)$/.exec(into)
  return match === null ? into : match[2] === 'main' ? `./${match[1]}` : `./${match[1]}/${match[2]}`
}

function numberIn(text: string, name: string, min: number, max: number): number {
  const value = Number(text)
  if (!(value >= min && value <= max)) throw new Error(`${name} must be a number from ${min} to ${max}, not "${text}"`)
  return value
}

function choice<T extends string>(text: string, name: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text)
  if (found === undefined) throw new Error(`${name} must be one of ${allowed.join(', ')}, not "${text}"`)
  return found
}

function tablesNamed(text: string | undefined) {
  if (text === undefined) return TABLES
  return text.split(',').map((name) => {
    const table = tableNamed(name)
    if (table === undefined) throw new Error(`no table "${name}": there are ${TABLES.map((t) => t.name).join(', ')}`)
    return table
  })
}
