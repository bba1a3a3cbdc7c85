/** What a real PostgreSQL says to the records of a file. */
import { spawnSync } from 'node:child_process'
import type { SltRecord } from '../../test/slt/runner/slt-file.ts'

/** Milliseconds that a statement may take there. */
const TIME_LIMIT_MS = 5000

/** Lines of cells parted by tabs; undefined where it failed. */
export type Answer = readonly string[] | undefined

/** Runs the records in a fresh schema. `connection`: arguments of psql. */
export function askPostgres(records: readonly SltRecord[], connection: readonly string[]): Answer[] {
  const script = records.map(
    ({ sql }, i) => `\\echo ~~record ${i}\n${sql.trim().replace(/;*$/, '')}\n;\n\\echo ~~end :SQLSTATE\n`,
  )
  const setup = [
    'rollback;',
    'drop schema if exists slt cascade; create schema slt; set search_path to slt, public;',
    `set timezone to UTC; set statement_timeout to ${TIME_LIMIT_MS}; set extra_float_digits to 1;`,
  ]
  const options = ['-X', '-q', '-A', '-t', '-P', 'null=NULL', '-F', '\t']
  const { stdout } = spawnSync('psql', [...connection, ...options], {
    input: [...setup, ...script].join('\n'),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 300_000,
  })
  const answers: Answer[] = records.map(() => undefined)
  for (const part of stdout.split('~~record ').slice(1)) {
    const lines = part.split('\n')
    const end = lines.findIndex((line) => line.startsWith('~~end '))
    if (lines[end] === '~~end 00000') answers[Number(lines[0])] = lines.slice(1, end).map(withoutEmpty)
  }
  return answers
}

/** Empty cells are written as sqllogictest writes them. */
function withoutEmpty(line: string): string {
  return line
    .split('\t')
    .map((cell) => (cell === '' ? '(empty)' : cell))
    .join('\t')
}
