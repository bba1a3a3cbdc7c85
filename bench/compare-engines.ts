/**
 * Runs queries against several engines and compares answers and times.
 *
 * Method: every engine is a process of its own with its tables open; each query runs twice unmeasured in each engine, the answers are
 * compared, then the engines take turns for some rounds. Times are what each client sees, from text to last row. Ratios are of minima and
 * of medians; the last lines have their geometric means and the totals.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isPlainFiles, tablesOf } from './lake.ts'
import { type PeerOptions, PeerProcess } from './peer-process.ts'
import { answerDifference } from './same-answer.ts'
import { geometricMean, median, minimum, printTable } from './samples.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

export interface BenchQuery {
  readonly name: string
  readonly sql: string
}

/** The `<name>.sql` files of a folder. */
export function queriesIn(folder: string): BenchQuery[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return names.toSorted().map((name) => readQuery(folder, name.slice(0, -4)))
}

export function readQuery(folder: string, name: string): BenchQuery {
  return { name, sql: readFileSync(join(folder, `${name}.sql`), 'utf8').replace(/;\s*$/, '') }
}

interface Measured {
  readonly query: string
  readonly samples: Map<string, number[]>
  readonly problems: Map<string, string>
}

export interface Comparison {
  /** What is measured: 'tpch', 'tpcds'. The samples go to `bench/results/<benchmark>.jsonl`. */
  readonly benchmark: string
  /** For the heading. */
  readonly title: string
  /** Sluice first. */
  readonly names: readonly string[]
  readonly queries: readonly BenchQuery[]
  readonly threads: number
  readonly lake: string
  readonly runs: number
  readonly memoryLimit: string | undefined
  readonly pageCachePercent: number | undefined
  /** Whether times are of the processor, or of the clock. */
  readonly byCpu: boolean
  /** Seconds for one query. */
  readonly timeout: number
}

/** Prints a table of times and ratios, what was wrong, and sums. */
export async function compareEngines(options: Comparison): Promise<void> {
  const { names, queries, threads, lake, runs, memoryLimit, pageCachePercent } = options
  const peerOptions: PeerOptions = {
    threads,
    ...(isPlainFiles(lake) ? { folder: lake } : { lake }),
    tables: tablesOf(lake),
    timeout: options.timeout,
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(pageCachePercent === undefined ? {} : { pageCachePercent }),
  }
  const peers: PeerProcess[] = []
  for (const name of names) peers.push(await PeerProcess.start(name, peerOptions))
  console.log(
    `\n${options.title}, ${threads} thread${threads === 1 ? '' : 's'}, ${options.byCpu ? 'processor' : 'wall'} time in ms: ${peers.map((p) => `${p.name} ${p.version}`).join(', ')}`,
  )
  const measured: Measured[] = []
  for (const query of queries) {
    const one = await measure(query, peers, runs, options.byCpu)
    measured.push(one)
    // A long run tells where it is.
    console.error(`${one.query} ${names.map((name) => (one.samples.get(name) ?? []).map(Math.round)).join(' | ')}`)
  }
  report(measured, names)
  save(options, measured)
  for (const peer of peers) peer.stop()
}

async function measure(
  { name: query, sql }: BenchQuery,
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
    title: options.title,
    threads: options.threads,
    queries: Object.fromEntries(measured.map(({ query, samples }) => [query, Object.fromEntries(samples)])),
  }
  writeFileSync(join(folder, `${options.benchmark}.jsonl`), `${JSON.stringify(entry)}\n`, { flag: 'a' })
}
