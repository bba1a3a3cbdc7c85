/** Keys between writers: test/slt/dml/keys.slt has the rest. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Engine, startEngine } from '../../../src/engine/engine.ts'
import { textRows } from '../../slt/runner/run-slt.ts'

const dataDirectory = mkdtempSync(join(tmpdir(), 'sluice-keys-'))
let engine: Engine

beforeAll(async () => {
  engine = await startEngine({ dataDirectory, settings: { threads: 1, memory_limit: '128MB' } })
})

afterAll(async () => {
  await engine.close()
  rmSync(dataDirectory, { recursive: true, force: true })
})

test('two writers can not both add a key', { timeout: 60_000 }, async () => {
  const [one, other] = [engine.createSession(), engine.createSession()]
  await textRows(one, 'create table k (a int primary key)')
  await textRows(one, 'begin')
  await textRows(one, 'insert into k values (1)')
  await textRows(other, 'insert into k values (1)')
  await expect(textRows(one, 'commit')).rejects.toMatchObject({ sqlstate: '40001' })
  expect(await textRows(one, 'select * from k')).toEqual([['1']])
})

test('a failed statement says which key, and leaves no transaction open', { timeout: 60_000 }, async () => {
  const session = engine.createSession()
  await textRows(session, 'create table pair (a int, b text, unique (a, b))')
  await expect(textRows(session, "insert into pair values (1, 'x'), (1, 'x')")).rejects.toMatchObject({
    sqlstate: '23505',
    detail: 'Key (a, b)=(1, x) already exists.',
  })
  expect(session.transactionStatus).toBe('I')
})
