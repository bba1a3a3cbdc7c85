/**
 * The files of this folder, each under every configuration of test/configs. A file is a new database.
 *
 * A configuration: `settings` of the engine, `statements` to run first, and whether queries run `again`.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '../../src/engine/engine.ts'
import { ruleNames } from '../../src/plan/rules/index.ts'
import { runSlt, textRows } from './runner/run-slt.ts'
import { readSlt } from './runner/slt-file.ts'

interface Configuration {
  readonly description: string
  readonly settings: Readonly<Record<string, string | number>>
  readonly statements: readonly string[]
  readonly again?: boolean
}

const HERE = fileURLToPath(new URL('.', import.meta.url))
const CONFIGS = fileURLToPath(new URL('../configs/', import.meta.url))

const FILES = readdirSync(HERE, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.slt'))
  .sort()

const CONFIGURATIONS = readdirSync(CONFIGS)
  .filter((name) => name.endsWith('.json'))
  .sort()

function readConfiguration(name: string): Configuration {
  return JSON.parse(readFileSync(join(CONFIGS, name), 'utf8')) as Configuration
}

describe.each(CONFIGURATIONS)('%s', (name) => {
  const { settings, statements, again } = readConfiguration(name)
  let directory = ''
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'slt-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  it.each(FILES)('%s', { timeout: 120_000 }, async (file) => {
    const dataDirectory = join(directory, file.replaceAll('/', '-'))
    const engine = await startEngine({ dataDirectory, settings: { threads: 1, ...settings } })
    try {
      const session = engine.createSession()
      for (const statement of statements) {
        await textRows(session, statement.replace('${rules}', ruleNames().join(',')))
      }
      const failures = await runSlt(session, readSlt(readFileSync(join(HERE, file), 'utf8')), again)
      const text = failures.map(({ record, message, lines = [] }) =>
        [`${file}:${record.line} ${message}`, record.sql, ...lines].join('\n'),
      )
      expect(text.join('\n\n')).toBe('')
    } finally {
      await engine.close()
    }
  })
})

it('has the folders of the groups', () => {
  const groups = ['aggregates', 'cte', 'datetime', 'decimal', 'joins', 'math', 'nested', 'select', 'set-operations']
  for (const group of [...groups, 'strings', 'subqueries', 'types', 'windows']) {
    expect(existsSync(join(HERE, group)), group).toBe(true)
  }
})
