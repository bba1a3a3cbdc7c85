/**
 * How long do the 99 TPC-DS queries take against other engines on the same Parquet files?
 *
 * compare-engines.ts says how they are measured; `peers/make-tpcds.py` writes the files. The queries are read from a .jsonl file
 * with an object `{"id": "01.sql", "sql": "..."}` a line.
 *
 *   npm run bench -- tpcds --lake DIR --threads 1,2 --peers duckdb-python [--corpus FILE.jsonl] [--runs 3] [--queries 1,64] [--memory-limit 4GB] [--by wall|cpu] [--timeout 60]
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type BenchQuery, compareEngines } from './compare-engines.ts'

const CORPUS = fileURLToPath(new URL('../../shared/corpora/sql/tpcds.jsonl', import.meta.url))

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      lake: { type: 'string' },
      threads: { type: 'string', default: '2' },
      peers: { type: 'string', default: 'duckdb-python' },
      corpus: { type: 'string', default: CORPUS },
      runs: { type: 'string', default: '3' },
      queries: { type: 'string' },
      'memory-limit': { type: 'string' },
      by: { type: 'string', default: 'wall' },
      timeout: { type: 'string', default: '60' },
    },
  })
  if (values.lake === undefined) throw new Error('--lake DIR: the folder that bench/peers/make-tpcds.py wrote')
  for (const threads of values.threads.split(',').map(Number)) {
    await compareEngines({
      benchmark: 'tpcds',
      title: `TPC-DS ${values.lake}`,
      names: ['sluice', ...values.peers.split(',').filter((name) => name !== '')],
      queries: queriesOf(values.corpus, values.queries),
      threads,
      lake: values.lake,
      runs: Number(values.runs),
      memoryLimit: values['memory-limit'],
      pageCachePercent: undefined,
      byCpu: values.by === 'cpu',
      timeout: Number(values.timeout),
    })
  }
}

function queriesOf(corpus: string, numbers: string | undefined): BenchQuery[] {
  const wanted = numbers?.split(',').map((number) => number.trim().padStart(2, '0'))
  return readFileSync(corpus, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly id: string; readonly sql: string })
    .map(({ id, sql }) => ({ name: id.replace('.sql', ''), sql: sql.replace(/;\s*$/, '') }))
    .filter(({ name }) => wanted === undefined || wanted.includes(name))
}
