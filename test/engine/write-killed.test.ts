/**
 * A writing process that is killed leaves the old or the new snapshot, never another state.
 *
 * Method: a child process appends, replaces and makes tables without end, and is killed (SIGKILL) at a random moment, again and again in one
 * directory. After each kill every table has whole statements only, and all that the child had reported.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/engine/database.ts'
import { effort } from '../effort.ts'

/** Each takes about a second: a process has to start. */
const KILLS = Number(process.env['SLUICE_KILLS'] ?? effort({ quick: 4, whole: 15 }))
const STATEMENTS_MAX = 5
/** About as long as a statement takes. */
const KILL_MS_MAX = 80
const CHILD = fileURLToPath(new URL('./write-killer.mjs', import.meta.url))

const root = mkdtempSync(join(tmpdir(), 'sluice-killed-'))
let database: Database

beforeAll(async () => {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  database = await open({ catalog: root, threads: 1, memoryLimit: '128MB' })
  await database.query('create table appended (batch int, n int)')
  await database.query('create table replaced as select 0 as batch, 1 as n from generate_series(1, 10) as g(i)')
})

afterAll(async () => {
  await database.close()
  rmSync(root, { recursive: true, force: true })
})

/** Runs the child until a while after it has reported some statements, kills it, and gives what it reported. */
async function runAndKill(first: number): Promise<Map<string, number>> {
  const child = spawn(process.execPath, [CHILD, root, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const linesWanted = 1 + Math.floor(Math.random() * STATEMENTS_MAX)
  let output = ''
  const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output.split('\n').length > linesWanted) resolve()
    })
    child.on('exit', () => resolve())
  })
  await new Promise((resolve) => setTimeout(resolve, Math.random() * KILL_MS_MAX))
  child.kill('SIGKILL')
  await exited
  // A line that was cut off by the kill was reported by nobody.
  const lines = output
    .split('\n')
    .slice(0, -1)
    .filter((line) => line !== 'ready')
  return new Map(lines.map((line) => [line.split(' ')[0]!, Number(line.split(' ')[1])]))
}

async function batchesOf(table: string): Promise<[number, number][]> {
  const result = await database.query(`select batch, count(*) as n from ${table} group by batch order by batch`)
  return (await result.rows()).map((row) => [Number(row['batch']), Number(row['n'])])
}

test(`${KILLS} kills`, async () => {
  let reported = new Map<string, number>()
  for (let kill = 0; kill < KILLS; kill++) {
    const first = 1 + Math.max(0, ...(await batchesOf('appended')).map(([batch]) => batch), ...reported.values())
    reported = new Map([...reported, ...(await runAndKill(first))])

    const appended = await batchesOf('appended')
    expect(appended.every(([, rows]) => rows === 10)).toBe(true)
    if (reported.has('appended')) expect(appended.at(-1)![0]).toBeGreaterThanOrEqual(reported.get('appended')!)
    const replaced = await batchesOf('replaced')
    expect(replaced).toHaveLength(1)
    expect(replaced[0]![1]).toBe(10)
    if (reported.has('replaced')) expect(replaced[0]![0]).toBeGreaterThanOrEqual(reported.get('replaced')!)

    const names = (await (await database.query('show tables')).rows()).map((row) =>
      Object.values(row).find((v) => /^(made_|appended|replaced)/.test(String(v))),
    )
    const made = names.filter((name) => String(name).startsWith('made_'))
    if (reported.has('made')) expect(made).toContain(`made_${reported.get('made')}`)
    for (const name of made.slice(-3)) expect((await batchesOf(String(name))).map(([, rows]) => rows)).toEqual([10])
    expect(JSON.stringify(await (await database.query('show schemas')).rows())).not.toContain('made_')
  }
  expect((await batchesOf('appended')).length).toBeGreaterThan(0)
}, 120_000)
