import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'

/** Method: an engine whose executor cannot be had answers them all the same. */
test.each([
  ['select 1 as a, null as b', [[1, null]]],
  [
    "values (1, 'x'), (2, null)",
    [
      [1, 'x'],
      [2, null],
    ],
  ],
  ['select 1 where false', []],
])('%s needs no executor', async (sql, rows) => {
  const engine = new Engine({ dataDirectory: '/nonexistent' })
  engine.executor = () => Promise.reject(new Error('the executor was asked for'))
  const result = await engine.createSession().query(sql)
  const got: unknown[] = []
  for await (const chunk of result.chunks()) got.push(...chunk)
  expect(got).toEqual(rows)
  await engine.close()
})

test('errors of constants are raised all the same', async () => {
  const engine = new Engine({ dataDirectory: '/nonexistent' })
  const read = async (): Promise<void> => {
    const result = await engine.createSession().query('select 1 / 0')
    for await (const _ of result.chunks()) continue
  }
  await expect(read()).rejects.toMatchObject({ sqlstate: '22012', message: 'division by zero' })
  await engine.close()
})

test('starting the command line loads no executor', () => {
  const engine = readFileSync(fileURLToPath(new URL('../../src/engine/engine.ts', import.meta.url)), 'utf8')
  expect(engine).not.toMatch(/^import \{.*exec\//m)
})
