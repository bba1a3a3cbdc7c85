/**
 * How long do the 22 TPC-H queries take against other engines on the same Parquet files?
 *
 * Method: every engine is a process of its own with its tables open; each query runs twice unmeasured in each engine, the answers are
 * compared, then the engines take turns for `--runs` rounds. Times are what each client sees, from text to last row. Ratios are of minima and
 * of medians; the last line has their geometric means.
 *
 *   npm run bench -- tpch --scale 1 --threads 1,2 --peers duckdb-python,duckdb,icebird [--runs 5] [--queries 1,6] [--lake DIR] [--memory-limit 1GB] [--by wall|cpu] [--page-cache 0] [--folder bench/simple] [--timeout 60]
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { spawnSync } from 'node:child_process'
import { tablesOf } from './lake.ts'
import { type PeerOptions, PeerProcess } from './peer-process.ts'
import { answerDifference } from './same-answer.ts'
import { geometricMean, median, minimum, printTable } from './samples.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

interface Measured {
  readonly query: string
  readonly samples: Map<string, number[]>
  readonly problems: Map<string, string>
}

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
    await compare({
      names,
      queries,
      threads,
      lake,
      runs: Number(values.runs),
      memoryLimit: values['memory-limit'],
      pageCachePercent: values['page-cache'] === undefined ? undefined : Number(values['page-cache']),
      scale: values.scale,
      byCpu: values.by === 'cpu',
      timeout: Number(values.timeout),
    })
  }
}

interface Query {
  readonly name: string
  readonly sql: string
}

function tpchQueries(numbers: string | undefined): Query[] {
  const wanted = numbers === undefined ? Array.from({ length: 22 }, (_, i) => i + 1) : numbers.split(',').map(Number)
  return wanted.map((number) => readQuery(join(ROOT, 'tpch/queries'), `q${String(number).padStart(2, '0')}`))
}

function queriesIn(folder: string): Query[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return names.toSorted().map((name) => readQuery(folder, name.slice(0, -4)))
}

function readQuery(folder: string, name: string): Query {
  return { name, sql: readFileSync(join(folder, `${name}.sql`), 'utf8').replace(/;\s*$/, '') }
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

interface Comparison {
  readonly names: readonly string[]
  readonly queries: readonly Query[]
  readonly threads: number
  readonly lake: string
  readonly runs: number
  readonly memoryLimit: string | undefined
  readonly pageCachePercent: number | undefined
  readonly scale: string
  readonly byCpu: boolean
  readonly timeout: number
}

async function compare(options: Comparison): Promise<void> {
  const { names, queries, threads, lake, runs, memoryLimit, pageCachePercent } = options
  const peerOptions: PeerOptions = {
    threads,
    lake,
    tables: tablesOf(lake),
    timeout: options.timeout,
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(pageCachePercent === undefined ? {} : { pageCachePercent }),
  }
  const peers: PeerProcess[] = []
  for (const name of names) peers.push(await PeerProcess.start(name, peerOptions))
  console.log(
    `\nTPC-H scale ${options.scale}, ${threads} thread${threads === 1 ? '' : 's'}, ${options.byCpu ? 'processor' : 'wall'} time in ms: ${peers.map((p) => `${p.name} ${p.version}`).join(', ')}`,
  )
  const measured: Measured[] = []
  for (const query of queries) measured.push(await measure(query, peers, runs, options.byCpu))
  report(measured, names)
  save(options, measured)
  for (const peer of peers) peer.stop()
}

async function measure(
  { name: query, sql }: Query,
  peers: readonly PeerProcess[],
  runs: number,
  byCpu: boolean,
): Promise<Measured> {
  const problems = new Map<string, string>()
  const samples = new Map<string, number[]>()
  const reference = await peers.at(-1)!.query(sql, true)
  const check = async (): Promise<void> => {
    for (const peer of peers) {
      if (problems.has(peer.name)) continue
      const answer = peer === peers.at(-1) ? reference : await peer.query(sql, true)
      if (!answer.ok) problems.set(peer.name, answer.error ?? 'failed')
      else if (reference.ok) {
        // Ties in ORDER BY may come in any order, so rows are compared as sets.
        const difference = answerDifference(answer.rows!, reference.rows!, false)
        if (difference !== undefined) {
          problems.set(peer.name, `another answer than ${peers.at(-1)!.name}: ${difference}`)
        }
      }
    }
  }
  // Twice before and once after: what an engine keeps between queries must not change its answers.
  await check()
  await check()
  for (let run = 0; run < runs; run++) {
    for (const peer of peers) {
      if (problems.has(peer.name)) continue
      const answer = await peer.query(sql)
      if (answer.ok) samples.set(peer.name, [...(samples.get(peer.name) ?? []), byCpu ? answer.cpuMs! : answer.ms!])
    }
  }
  await check()
  return { query, samples, problems }
}

function report(measured: readonly Measured[], names: readonly string[]): void {
  const others = names.slice(1)
  const head = [
    'query',
    ...names.flatMap((name) => [`${name} min`, 'med']),
    ...others.flatMap((name) => [`/ ${name} min`, 'med']),
  ]
  const ratios = new Map<string, { min: number[]; med: number[] }>(others.map((name) => [name, { min: [], med: [] }]))
  const totals = new Map<string, number>(names.map((name) => [name, 0]))
  const rows = measured.map(({ query, samples }) => {
    const cells = names.flatMap((name) => {
      const own = samples.get(name)
      if (own === undefined) return ['-', '-']
      totals.set(name, totals.get(name)! + minimum(own))
      return [minimum(own).toFixed(1), median(own).toFixed(1)]
    })
    const mine = samples.get('sluice')
    const compared = others.flatMap((name) => {
      const theirs = samples.get(name)
      if (mine === undefined || theirs === undefined) return ['-', '-']
      const min = minimum(mine) / minimum(theirs)
      const med = median(mine) / median(theirs)
      ratios.get(name)!.min.push(min)
      ratios.get(name)!.med.push(med)
      return [min.toFixed(2), med.toFixed(2)]
    })
    return [query, ...cells, ...compared]
  })
  printTable(head, rows)
  for (const { query, problems } of measured) {
    for (const [name, problem] of problems) console.log(`${query} ${name}: ${problem}`)
  }
  console.log(`total of minima: ${[...totals].map(([name, total]) => `${name} ${total.toFixed(0)} ms`).join(', ')}`)
  for (const [name, { min, med }] of ratios) {
    if (min.length === 0) continue
    console.log(
      `sluice / ${name} over ${min.length} queries: geometric mean ${geometricMean(min).toFixed(3)} (min), ${geometricMean(med).toFixed(3)} (median); worst ${Math.max(...min).toFixed(2)}`,
    )
  }
}

function save(options: Comparison, measured: readonly Measured[]): void {
  const folder = join(ROOT, 'bench/results')
  mkdirSync(folder, { recursive: true })
  const entry = {
    at: new Date().toISOString(),
    cpu: cpus()[0]?.model,
    node: process.version,
    scale: options.scale,
    threads: options.threads,
    queries: Object.fromEntries(measured.map(({ query, samples }) => [query, Object.fromEntries(samples)])),
  }
  writeFileSync(join(folder, 'tpch.jsonl'), `${JSON.stringify(entry)}\n`, { flag: 'a' })
}
