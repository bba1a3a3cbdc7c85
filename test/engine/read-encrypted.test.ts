/** Encrypted Parquet files of apache/parquet-testing, read with their keys, with others and with none. */
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { startEngine } from '../../src/engine/engine.ts'
import { queryText } from './query-text.ts'

const engine = await startEngine({ dataDirectory: '/nonexistent', settings: { threads: 1 } })
const session = engine.createSession()
const root = mkdtempSync(join(tmpdir(), 'sluice-encrypted-'))
afterAll(async () => {
  await engine.close()
  rmSync(root, { recursive: true, force: true })
})

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/parquet/encrypted/${name}.parquet`, import.meta.url))
const read = (path: string, config: string, columns = COLUMNS): Promise<readonly string[]> =>
  queryText(session, `SELECT ${columns} FROM read_parquet('${path}', encryption_config => ${config})`)

const COLUMNS =
  'count(*), sum(double_field), sum(float_field), sum(boolean_field::int), max(int32_field), count(int64_field), min(flba_field)'
const ROWS = ['50|1361.1110975000001|1347.5|25|00:00:00.049|50|\\x00000000000000000000']

const KEYS = `{'footer_key': '0123456789012345', 'column_keys': {'double_field': '1234567890123450', 'float_field': '1234567890123451'}}`
const KEYS_256 = `{'footer_key': '01234567890123456789012345678901', 'column_keys': {${[
  ...[
    'double_field',
    'float_field',
    'boolean_field',
    'int32_field',
    'ba_field',
    'flba_field',
    'int64_field.list.element',
  ],
  'int96_field',
]
  .map((name, i) => `'${name}': '1234567890123456789012345678901${i + 2}'`)
  .join(', ')}}}`

describe('with keys', () => {
  it.each([
    ['uniform', `{'footer_key': '0123456789012345'}`],
    ['uniform', `{'footer_key': '${Buffer.from('0123456789012345').toString('base64')}'}`],
    ['plaintext_footer', KEYS],
    ['no_aad', KEYS.replace('}}', `}, 'aad_prefix': 'tester'}`)],
    ['ctr_256', KEYS_256],
  ])('%s gives its rows', async (name, config) => {
    expect(await read(fixture(name), config)).toEqual(ROWS)
  })

  it('a file that is not encrypted is read as ever', async () => {
    const plain = fileURLToPath(new URL('../fixtures/exec/numbers-0.parquet', import.meta.url))
    const count = `SELECT count(*) FROM read_parquet('${plain}')`
    expect(await read(plain, KEYS, 'count(*)')).toEqual(await queryText(session, count))
  })
})

describe('is refused', () => {
  it.each([
    ['without keys', 'no_aad', KEYS, '22023', 'AAD prefix'],
    ['with a wrong key of the footer', 'uniform', `{'footer_key': '0123456789012346'}`, '28P01', 'the key given'],
    [
      'with a wrong key, the footer being plain',
      'plaintext_footer',
      `{'footer_key': '0123456789012346'}`,
      '28P01',
      'the key given',
    ],
    ['with a wrong key of a column', 'plaintext_footer', KEYS.replace('50', '52'), '28P01', 'the key given'],
    [
      'without the key of a column',
      'plaintext_footer',
      `{'footer_key': '0123456789012345'}`,
      '0A000',
      'the encrypted column "',
    ],
    ['with a key of another length', 'uniform', `{'footer_key': 'short'}`, '22023', 'is not of 16, 24 or 32 bytes'],
    ['with names that mean nothing', 'uniform', `{'footer_key': '0123456789012345', 'x': 'y'}`, '42601', 'has no "x"'],
  ])('%s', async (_, name, config, sqlstate, message) => {
    await expect(read(fixture(name), config)).rejects.toMatchObject({
      sqlstate,
      message: expect.stringContaining(message) as unknown,
    })
  })

  it('also after it was read with keys', async () => {
    await read(fixture('uniform'), KEYS)
    const sql = `SELECT count(*) FROM read_parquet('${fixture('uniform')}')`
    await expect(queryText(session, sql)).rejects.toMatchObject({ sqlstate: '0A000' })
  })

  it('when any byte of it was changed', async () => {
    const bytes = readFileSync(fixture('uniform'))
    for (let place = 4; place < bytes.length - 8; place += 97) {
      const changed = Uint8Array.from(bytes, (byte, i) => (i === place ? byte ^ 1 : byte))
      const path = join(root, `changed-${place}.parquet`)
      writeFileSync(path, changed)
      const columns =
        'count(double_field), count(float_field), count(boolean_field), count(int32_field), count(int64_field), count(ba_field), count(flba_field)'
      const outcome = await read(path, KEYS, columns).catch((error: { sqlstate: string }) => error.sqlstate)
      // The column that is not read holds some of the bytes.
      if (Array.isArray(outcome)) expect(outcome).toEqual(['50|50|50|50|50|25|50'])
      else expect(['28P01', 'XX001', '0A000']).toContain(outcome)
    }
  })
})
