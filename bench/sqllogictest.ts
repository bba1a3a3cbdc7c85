/**
 * How many query records of public sqllogictest suites come out as recorded, of those that a real PostgreSQL answers as recorded.
 *
 *   npm run bench -- sqllogictest "-h /run/postgresql -U me" [--queries 200] [--files 300] [--minutes 10] [--failures out.jsonl] suite=folder...
 *
 * Folders hold .slt, .slt.part, .test and .sql files. `--files`, `--queries`: so many files a suite, and query records a file, at most, taken evenly. `--minutes`: of a
 * suite, whose files come in an order that has nothing to do with their names. A file is a fresh schema for
 * PostgreSQL and a fresh database here; `prelude.sql` in a folder goes before each of its files. Statements may fail on either side: what queries say counts.
 * Prints failures by reason, then a table of groups and suites. `--failures` writes each of them as a line of JSON.
 */
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { startEngine } from '../src/engine/engine.ts'
import type { Session } from '../src/engine/session.ts'
import { cellText } from '../test/slt/runner/compare.ts'
import { textRows } from '../test/slt/runner/run-slt.ts'
import { type SltRecord, readSlt } from '../test/slt/runner/slt-file.ts'
import { groupOf } from './sqllogictest/group.ts'
import { type Answer, askPostgres } from './sqllogictest/postgres.ts'
import { type Outcome, reasons, table } from './sqllogictest/report.ts'
import { isRecorded, wordsOf } from './sqllogictest/same-words.ts'
import { readSqlFile } from './sqllogictest/sql-file.ts'

/** Statements that change nothing. */
const READS = /^\s*(select|with|values|table|explain|show|describe|\()/i
/** Milliseconds that a query may take here. */
const TIME_LIMIT_MS = 20_000

interface Options {
  readonly connection: readonly string[]
  readonly queriesPerFile: number
  readonly filesPerSuite: number
  readonly minutes: number
}

function filesUnder(path: string): string[] {
  if (statSync(path).isFile()) return [path]
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(slt|test|slt\.part|sql)$/.test(name) && !name.endsWith('prelude.sql'))
    .map((name) => join(path, name))
    .sort()
}

function evenly<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items
  return items.filter((_, i) => Math.floor(((i + 1) * most) / items.length) > Math.floor((i * most) / items.length))
}

function shuffled(files: readonly string[]): readonly string[] {
  const key = (file: string): string => createHash('md5').update(basename(file)).digest('hex')
  return files.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

function recordsOf(file: string): SltRecord[] {
  const text = readFileSync(file, 'utf8')
  return file.endsWith('.sql') ? readSqlFile(text) : readSlt(text, 'postgresql', true)
}

/** Every so many-th query, and all else. */
function sample(records: readonly SltRecord[], most: number): readonly SltRecord[] {
  const queries = records.filter(({ kind }) => kind === 'query').length
  if (queries <= most) return records
  let seen = 0
  return records.filter((record) => {
    if (record.kind !== 'query' || !READS.test(record.sql)) return true
    seen++
    return Math.floor((seen * most) / queries) > Math.floor(((seen - 1) * most) / queries)
  })
}

/** Why a query did not come out as recorded, null where it did. */
async function ask(session: Session, record: SltRecord, answer: Answer): Promise<string | null> {
  try {
    const rows = await textRows(session, record.sql.trim().replace(/;*$/, ''))
    if (record.kind !== 'query') return null
    const lines = rows.map((row) => row.map(cellText).join('\t'))
    if (wordsOf(lines, record) === wordsOf(answer ?? [], record) || isRecorded(record, lines)) return null
    return `other rows: ${lines.slice(0, 3).join(' / ')} instead of ${(answer ?? []).slice(0, 3).join(' / ')}`
  } catch (error) {
    const { sqlstate = 'internal', message } = error as { readonly sqlstate?: string; readonly message: string }
    return `${sqlstate} ${message}`
  }
}

async function runFile(
  { suite, file, path }: { readonly suite: string; readonly file: string; readonly path: string },
  records: readonly SltRecord[],
  answers: readonly Answer[],
): Promise<Outcome[]> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'slt-bench-'))
  const engine = await startEngine({ dataDirectory, settings: { threads: 1, memory_limit: '512MB' } })
  const session = engine.createSession()
  await textRows(session, `SET statement_timeout = ${TIME_LIMIT_MS}`)
  const outcomes: Outcome[] = []
  try {
    for (const [i, record] of records.entries()) {
      const answer = answers[i]
      const recorded = file.endsWith('.sql') || (record.kind === 'query' && isRecorded(record, answer ?? []))
      const confirmed = record.kind === 'query' && answer !== undefined && recorded
      // INSERT and its kin are run, whatever they print.
      if (record.kind === 'query' && !confirmed && READS.test(record.sql)) continue
      const cause = await ask(session, record, answer)
      if (!confirmed && (cause === null || cause.startsWith('other rows') || answer === undefined)) continue
      const group = confirmed ? groupOf(path, record.sql) : null
      outcomes.push({ suite, group, at: `${path}:${record.line}`, sql: record.sql, cause })
    }
  } finally {
    await engine.close()
    rmSync(dataDirectory, { recursive: true, force: true })
  }
  return outcomes
}

async function runSuite(suite: string, folder: string, options: Options): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const prelude = existsSync(join(folder, 'prelude.sql')) ? recordsOf(join(folder, 'prelude.sql')) : []
  const end = Date.now() + options.minutes * 60_000
  for (const file of shuffled(evenly(filesUnder(folder), options.filesPerSuite))) {
    if (Date.now() > end) break
    let records: readonly SltRecord[]
    try {
      records = sample(recordsOf(file), options.queriesPerFile)
    } catch (error) {
      process.stdout.write(`unread ${file}: ${(error as Error).message}\n`)
      continue
    }
    if (!records.some(({ kind }) => kind === 'query')) continue
    const all = [...prelude, ...records]
    const answers = askPostgres(all, options.connection)
    if (!all.some(({ kind }, i) => kind === 'query' && answers[i] !== undefined)) continue
    outcomes.push(...(await runFile({ suite, file, path: relative(folder, file) }, all, answers)))
  }
  return outcomes
}

export async function main(args: readonly string[]): Promise<void> {
  const [connection = '', ...rest] = args
  const option = (name: string): string | undefined => {
    const at = rest.indexOf(name)
    return at < 0 ? undefined : rest.splice(at, 2)[1]
  }
  const queriesPerFile = Number(option('--queries') ?? Number.POSITIVE_INFINITY)
  const filesPerSuite = Number(option('--files') ?? Number.POSITIVE_INFINITY)
  const minutes = Number(option('--minutes') ?? Number.POSITIVE_INFINITY)
  const failures = option('--failures')
  if (failures !== undefined) writeFileSync(failures, '')
  const outcomes: Outcome[] = []
  for (const argument of rest) {
    const [suite = '', folder = suite] = argument.split('=')
    const found = await runSuite(suite, folder, {
      connection: connection.split(' '),
      queriesPerFile,
      filesPerSuite,
      minutes,
    })
    outcomes.push(...found)
    if (failures === undefined) continue
    for (const outcome of found.filter(({ cause }) => cause !== null))
      appendFileSync(failures, `${JSON.stringify(outcome)}\n`)
  }
  process.stdout.write(`${reasons(outcomes)}\n\n${table(outcomes)}\n`)
}
