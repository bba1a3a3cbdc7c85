/**
 * How long do the 22 TPC-H queries take against other engines on the same Parquet files?
 * compare-engines.ts says how they are measured.
 *
 *   npm run bench -- tpch --scale 1 --threads 1,2 --peers duckdb-python,duckdb,icebird [--runs 5] [--queries 1,6] [--lake DIR] [--memory-limit 1GB] [--by wall|cpu] [--page-cache 0] [--folder bench/simple] [--timeout 60]
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { spawnSync } from 'node:child_process'
import { type BenchQuery, compareEngines, queriesIn, readQuery } from './compare-engines.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scale: { type: 'string', default: '1' },
      threads: { type: 'string', default: '1,2' },
      peers: { type: 'string', default: 'duckdb-python' },
      runs: { type: 'string', default: '5' },
      queries: { type: 'string' },
      // A folder of other queries: bench/simple has those that JavaScript engines understand.
      folder: { type: 'string' },
      lake: { type: 'string' },
      'memory-limit': { type: 'string' },
      // Percent of the memory limit in which Sluice may keep decompressed pages; 0: every query decompresses anew.
      'page-cache': { type: 'string' },
      // Processor time tells more than wall time on a machine that does other work too.
      by: { type: 'string', default: 'wall' },
      // Seconds for one query.
      timeout: { type: 'string', default: '60' },
    },
  })
  const lake = values.lake ?? makeLake(values.scale)
  const names = ['sluice', ...values.peers.split(',').filter((name) => name !== '')]
  const queries = values.folder === undefined ? tpchQueries(values.queries) : queriesIn(values.folder)
  for (const threads of values.threads.split(',').map(Number)) {
    await compareEngines({
      benchmark: 'tpch',
      title: `TPC-H scale ${values.scale}`,
      names,
      queries,
      threads,
      lake,
      runs: Number(values.runs),
      memoryLimit: values['memory-limit'],
      pageCachePercent: values['page-cache'] === undefined ? undefined : Number(values['page-cache']),
      byCpu: values.by === 'cpu',
      timeout: Number(values.timeout),
    })
  }
}

function tpchQueries(numbers: string | undefined): BenchQuery[] {
  const wanted = numbers === undefined ? Array.from({ length: 22 }, (_, i) => i + 1) : numbers.split(',').map(Number)
  return wanted.map((number) => readQuery(join(ROOT, 'tpch/queries'), `q${String(number).padStart(2, '0')}`))
}

/** A lake made by `sluice tpch`, kept in bench/data. */
function makeLake(scale: string): string {
  const lake = join(ROOT, 'bench/data', `tpch-${scale}`)
  if (!existsSync(join(lake, 'lineitem'))) {
    mkdirSync(lake, { recursive: true })
    const made = spawnSync(
      process.execPath,
      [join(ROOT, 'bin/sluice.js'), 'tpch', '--scale', scale, '--into', `${lake}/`],
      { stdio: 'inherit' },
    )
    if (made.status !== 0) throw new Error('could not make the TPC-H tables')
  }
  return lake
}
