/**
 * How many query records of public sqllogictest suites come out as recorded, of those that a real PostgreSQL answers as recorded.
 *
 *   tsx bench/sqllogictest.ts PSQL_ARGUMENTS FOLDER...      as "-h /run/postgresql -U me", then folders of .slt, .slt.part and .test files
 *
 * A file is a fresh schema for PostgreSQL and a fresh database here. Statements may fail on either side: what queries say counts. Values are compared
 * as words, numbers with a tolerance of 1e-9, booleans however they are written. Prints failures by cause, then a line a suite.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { startEngine } from '../src/engine/engine.ts'
import { cellText } from '../test/slt/runner/compare.ts'
import { textRows } from '../test/slt/runner/run-slt.ts'
import { type SltQuery, type SltRecord, readSlt } from '../test/slt/runner/slt-file.ts'

/** Statements that change nothing. */
const READS = /^\s*(select|with|values|table|explain|show|describe|\()/i
/** Milliseconds that a query may take here. */
const TIME_LIMIT_MS = 20_000

function filesUnder(path: string): string[] {
  if (statSync(path).isFile()) return [path]
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(slt|test|slt\.part)$/.test(name))
    .map((name) => join(path, name))
    .sort()
}

/** A value as it is compared. */
function word(text: string): string {
  if (/^(t|true)$/i.test(text)) return 'true'
  if (/^(f|false)$/i.test(text)) return 'false'
  const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(number)) return text
  return number === 0 ? '0' : number.toPrecision(9)
}

/** The words of lines, those of each line sorted among the lines where the order is free. */
function wordsOf(lines: readonly string[], { sort }: SltQuery): string {
  const words = lines.map((line) =>
    line
      .trim()
      .split(/\s+/)
      .map((text) => word(text))
      .join(' '),
  )
  if (sort === 'valuesort') return words.join(' ').split(' ').sort().join(' ')
  return (sort === 'nosort' ? words : words.sort()).join(' ')
}

/** What psql prints for each query of the records, a row a line; undefined where it fails. */
function askPostgres(records: readonly SltRecord[], connection: readonly string[]): (string[] | undefined)[] {
  const script = records.map(
    ({ sql }, i) => `\\echo ~~record ${i}\n${sql.trim().replace(/;*$/, '')}\n;\n\\echo ~~end :SQLSTATE\n`,
  )
  const setup =
    'drop schema if exists slt cascade; create schema slt; set search_path to slt, public; set timezone to UTC; set statement_timeout to 5000;\n'
  const options = ['-X', '-q', '-A', '-t', '-P', 'null=NULL', '-F', '\t']
  const { stdout } = spawnSync('psql', [...connection, ...options], {
    input: setup + script.join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const answers: (string[] | undefined)[] = records.map(() => undefined)
  for (const part of stdout.split('~~record ').slice(1)) {
    const lines = part.split('\n')
    const end = lines.findIndex((line) => line.startsWith('~~end '))
    if (lines[end] === '~~end 00000') answers[Number(lines[0])] = lines.slice(1, end)
  }
  return answers
}

interface Outcome {
  readonly file: string
  readonly record: SltQuery
  /** null: as recorded. */
  readonly cause: string | null
}

async function askHere(
  file: string,
  records: readonly SltRecord[],
  answers: readonly (string[] | undefined)[],
): Promise<Outcome[]> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'slt-bench-'))
  const engine = await startEngine({ dataDirectory, settings: { threads: 1, memory_limit: '512MB' } })
  const session = engine.createSession()
  await textRows(session, `SET statement_timeout = ${TIME_LIMIT_MS}`)
  const outcomes: Outcome[] = []
  try {
    for (const [i, record] of records.entries()) {
      const confirmed = record.kind === 'query' && isRecorded(record, answers[i])
      // INSERT and its kin are run, whatever they print.
      if (record.kind === 'query' && !confirmed && READS.test(record.sql)) continue
      let cause: string | null = null
      try {
        const rows = await textRows(session, record.sql.trim().replace(/;*$/, ''))
        const lines = rows.map((row) => row.map(cellText).join('\t'))
        if (record.kind === 'query' && wordsOf(lines, record) !== wordsOf(record.expected, record)) {
          cause = `other rows: ${lines.slice(0, 3).join(' / ')} instead of ${record.expected.slice(0, 3).join(' / ')}`
        }
      } catch (error) {
        const { sqlstate = 'internal', message } = error as { readonly sqlstate?: string; readonly message: string }
        cause = `${sqlstate} ${message}`
      }
      if (confirmed) outcomes.push({ file, record, cause })
      else if (cause !== null && answers[i] !== undefined)
        process.stdout.write(`statement ${cause}: ${oneLine(record.sql)}\n`)
    }
  } finally {
    await engine.close()
    rmSync(dataDirectory, { recursive: true, force: true })
  }
  return outcomes
}

function isRecorded(record: SltQuery, answer: readonly string[] | undefined): boolean {
  if (answer === undefined) return false
  const cells = answer.map((line) =>
    line
      .split('\t')
      .map((cell) => (cell === '' ? '(empty)' : cell))
      .join('\t'),
  )
  return wordsOf(cells, record) === wordsOf(record.expected, record)
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 300)
}

async function runSuite(folder: string, connection: readonly string[]): Promise<string> {
  const outcomes: Outcome[] = []
  for (const file of filesUnder(folder)) {
    let records: SltRecord[]
    try {
      records = readSlt(readFileSync(file, 'utf8'), 'postgres', true)
    } catch (error) {
      process.stdout.write(`unread ${file}: ${(error as Error).message}\n`)
      continue
    }
    if (!records.some(({ kind }) => kind === 'query')) continue
    outcomes.push(...(await askHere(file, records, askPostgres(records, connection))))
  }
  for (const { file, record, cause } of outcomes) {
    if (cause !== null)
      process.stdout.write(`${basename(file)}:${record.line} ${oneLine(cause)}\n    ${oneLine(record.sql)}\n`)
  }
  const right = outcomes.filter(({ cause }) => cause === null).length
  return `${folder}: ${right} of ${outcomes.length} right`
}

const [connection = '', ...folders] = process.argv.slice(2)
const summaries: string[] = []
for (const folder of folders) summaries.push(await runSuite(folder, connection.split(' ')))
process.stdout.write(`\n${summaries.join('\n')}\n`)
