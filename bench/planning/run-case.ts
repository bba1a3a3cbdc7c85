/**
 * One case of `planning` in a process of its own: JSON of its samples on standard output.
 *
 *   node run-case.js FOLDER plan|run SQL [RUNS]       FOLDER holds the table `t`
 *
 * It is bundled as the program is, so that the first query costs what it costs users.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { startEngine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { bindContext, planQuery } from '../../src/engine/statements/plan.ts'

export interface CaseResult {
  readonly samples: readonly number[]
  /** Milliseconds of all threads: tells a busy machine from a slow query. */
  readonly cpuSamples: readonly number[]
  /** Files planned, or the first row. */
  readonly answer: string
  readonly rssMegabytes: number
  /** Manifests that the first run opened. */
  readonly manifests: number
  /** From the start of the process to the first answer. */
  readonly sinceStartMs: number
}

/** Manifests of `iceberg-metadata.ts`, opened so far. */
function countManifests(): () => number {
  const opened = new Set<string>()
  const note = (path: unknown): void => {
    if (/\bm\d{5}\.avro$/.test(String(path))) opened.add(String(path))
  }
  const { openSync } = fs
  const { open } = fs.promises
  fs.openSync = (...args: Parameters<typeof openSync>) => {
    note(args[0])
    return openSync(...args)
  }
  fs.promises.open = (...args: Parameters<typeof open>) => {
    note(args[0])
    return open(...args)
  }
  syncBuiltinESMExports()
  return () => opened.size
}

async function runCase(folder: string, isPlanned: boolean, sql: string, runs: number): Promise<CaseResult> {
  const manifestsOpened = countManifests()
  const engine = await startEngine({ dataDirectory: folder, settings: { memory_limit: '256MB', threads: 1 } })
  const session = engine.createSession()
  await firstRow(session, 'SELECT 1')
  const samples: number[] = []
  const cpuSamples: number[] = []
  let [answer, manifests, sinceStartMs] = ['', 0, 0]
  for (let run = 0; run < runs; run++) {
    const started = performance.now()
    const before = process.cpuUsage()
    answer = isPlanned ? `${await filesPlanned(session, sql)} files` : await firstRow(session, sql)
    samples.push(performance.now() - started)
    const { user, system } = process.cpuUsage(before)
    cpuSamples.push((user + system) / 1000)
    if (run > 0) continue
    manifests = manifestsOpened()
    sinceStartMs = performance.now()
  }
  await engine.close()
  // Kilobytes, on every platform of Node.
  const rssMegabytes = Math.round(process.resourceUsage().maxRSS / 1000)
  return { samples, cpuSamples, answer, rssMegabytes, manifests, sinceStartMs }
}

async function firstRow(session: Session, sql: string): Promise<string> {
  const result = await session.query(sql)
  let first: unknown
  for await (const rows of result.chunks()) first ??= rows[0]
  return String(first)
}

async function filesPlanned(session: Session, sql: string): Promise<number> {
  // Loaded when the first query is planned, as in the program.
  const { bindQuery } = await import('../../src/plan/bind/bind.ts')
  const [statement] = session.parse(sql)
  if (statement?.kind !== 'query') throw new Error('not a query')
  const query = await bindQuery(statement.query, bindContext(session, {}))
  const { physical } = await planQuery(session, query)
  let count = 0
  for (const { table, pushdown } of physical.sources.values()) {
    for await (const _ of table.scan(pushdown)) count++
  }
  return count
}

const [folder, how, sql, runs = '6'] = process.argv.slice(2)
console.log(JSON.stringify(await runCase(folder!, how === 'plan', sql!, Number(runs))))
