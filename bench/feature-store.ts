/**
 * What does merge-on-read cost? The feature store (100,000 users, 20 features, 10 commits of upserts) in each table format against one Parquet file of
 * the same rows, written here from the table itself: the answers must be equal.
 *
 *   npm run bench -- feature-store [--fixtures ../shared/fixtures] [--rounds 15] [--threads 2]
 *
 * Questions take turns within a round, so that a busy machine slows all of them.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Session } from '../src/engine/session.ts'
import { FEATURES, featureName, writeEqualityTable } from './feature-store/equality-table.ts'
import { median, minimum, printTable } from './samples.ts'

/** Times of the plain file that reading the table may take. */
const TABLES = [
  { name: 'iceberg', table: 'iceberg.ice_feature_store', limit: 2 },
  { name: 'delta', table: 'delta.delta_feature_store', limit: 2 },
  { name: 'hudi base files', table: 'hudi."hudi_feature_store$ro"', limit: 2 },
  { name: 'hudi MOR', table: 'hudi.hudi_feature_store', limit: 3 },
  { name: 'paimon', table: 'paimon.pai_feature_store', limit: 3 },
]

interface Question {
  readonly name: string
  readonly sql: string
  readonly plainSql: string
  readonly limit: number
  readonly samples: number[]
  readonly cpuSamples: number[]
  readonly plainSamples: number[]
  readonly plainCpuSamples: number[]
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      fixtures: { type: 'string', default: '../shared/fixtures' },
      rounds: { type: 'string', default: '15' },
      threads: { type: 'string', default: '2' },
      only: { type: 'string' },
    },
  })
  const folder = mkdtempSync(join(tmpdir(), 'feature-store-'))
  try {
    const { startEngine } = (await import('../dist/src/engine/engine.js' as string)) as {
      startEngine: typeof import('../src/engine/engine.ts').startEngine
    }
    const settings = { memory_limit: '1GB', threads: Number(values.threads) }
    const engine = await startEngine({ dataDirectory: folder, settings })
    const session = engine.createSession()
    const questions = await prepare(session, folder, resolve(values.fixtures), values.only)
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const question of questions) await ask(session, question)
    }
    await engine.close()
    printTable(
      ['table', 'min ms', 'median', 'plain min', 'median', 'ratio of min', 'of medians', 'of CPU', 'limit', 'holds'],
      questions.map(rowOf),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function prepare(session: Session, folder: string, fixtures: string, only?: string): Promise<Question[]> {
  const questions: Question[] = []
  const equalityFile = join(folder, 'equality.parquet')
  await writeEqualityTable(join(folder, 'equality'), equalityFile)
  for (const format of new Set(TABLES.map(({ table }) => table.slice(0, table.indexOf('.'))))) {
    await run(session, `ATTACH '${join(fixtures, format)}' AS ${format} (TYPE lake, REMAP '/tmp/lake=${fixtures}')`)
  }
  for (const { name, table, limit } of TABLES) {
    const file = join(folder, `${name}.parquet`)
    await run(session, `COPY (SELECT * FROM ${table}) TO '${file}'`)
    questions.push(question(name, table, file, limit))
  }
  questions.push(question('iceberg, equality deletes', 'equality', equalityFile, 3))
  return questions.filter(({ name }) => only === undefined || name.includes(only))
}

function question(name: string, table: string, file: string, limit: number): Question {
  const features = Array.from({ length: FEATURES }, (_, i) => `sum(${featureName(i)})`)
  const sqlOf = (source: string): string => `SELECT count(*), sum(user_id), ${features.join(', ')} FROM ${source}`
  const samples = { samples: [], cpuSamples: [], plainSamples: [], plainCpuSamples: [] }
  return { name, sql: sqlOf(table), plainSql: sqlOf(`'${file}'`), limit, ...samples }
}

async function ask(session: Session, asked: Question): Promise<void> {
  const plain = await timed(session, asked.plainSql, asked.plainSamples, asked.plainCpuSamples)
  const answer = await timed(session, asked.sql, asked.samples, asked.cpuSamples)
  if (answer !== plain) throw new Error(`${asked.name}: ${answer}, not ${plain}`)
}

async function timed(session: Session, sql: string, samples: number[], cpuSamples: number[]): Promise<string> {
  const before = process.cpuUsage()
  const started = performance.now()
  const answer = await run(session, sql)
  samples.push(performance.now() - started)
  const { user, system } = process.cpuUsage(before)
  cpuSamples.push((user + system) / 1000)
  return answer
}

async function run(session: Session, sql: string): Promise<string> {
  const result = await session.query(sql)
  const rows: unknown[] = []
  for await (const chunk of result.chunks()) rows.push(...chunk)
  return rows.map(String).join('\n')
}

function rowOf({ name, limit, samples, cpuSamples, plainSamples, plainCpuSamples }: Question): string[] {
  const ratio = minimum(samples) / minimum(plainSamples)
  // The processor's time says what holds: a busy machine stretches what waits for other threads more than what doesn't.
  const cpuRatio = minimum(cpuSamples) / minimum(plainCpuSamples)
  const times = [minimum(samples), median(samples), minimum(plainSamples), median(plainSamples)]
  const ratios = [ratio, median(samples) / median(plainSamples), cpuRatio]
  return [
    name,
    ...times.map((ms) => ms.toFixed(1)),
    ...ratios.map((one) => one.toFixed(2)),
    `${limit}x`,
    cpuRatio <= limit ? 'yes' : 'NO',
  ]
}
