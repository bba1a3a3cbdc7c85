/** COPY FROM STDIN, COPY TO STDOUT and PostgreSQL's text format, through the built package. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/engine/database.ts'
import { csvOfText } from '../../src/engine/statements/copy-text.ts'
import { commandOf, failureOf, rowsOf } from './ask.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-copy-streams-'))
let database: Database

beforeAll(async () => {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  database = await open({ catalog: join(root, 'lake'), threads: 1, memoryLimit: '128MB', tempDirectory: root })
  await commandOf(database, 'create table t (a int, b text, d date)')
})

afterAll(async () => {
  await database.close()
  rmSync(root, { recursive: true, force: true })
})

const rows = async (sql: string) => rowsOf(database, sql)
const copied = async (sql: string): Promise<string> => {
  let text = ''
  await database.copyTo(sql, (piece) => void (text += piece))
  return text
}

/** As pg_dump writes it. */
const TEXT = '1\tone\t2024-01-01\n2\t\\N\t\\N\n3\ta\\tb\\nc\\\\d "q",x\t\\N\n4\t\t\\N\n5\t\\\\N\t\\N\n'

describe('COPY with streams', () => {
  test('reads the text format, and writes it the same', async () => {
    expect(await database.copyFrom('copy t from stdin', TEXT)).toBe(5)
    expect(await rows('select a, b, d from t order by a')).toEqual([
      [1, 'one', '2024-01-01'],
      [2, null, null],
      [3, 'a\tb\nc\\d "q",x', null],
      [4, '', null],
      [5, '\\N', null],
    ])
    expect(await copied('copy (select * from t order by a) to stdout')).toBe(TEXT)
    const file = join(root, 'dump')
    await commandOf(database, `copy (select * from t order by a) to '${file}'`)
    expect(readFileSync(file, 'utf8')).toBe(TEXT)
    await commandOf(database, 'truncate t')
    expect(await commandOf(database, `copy t from '${file}' with (format text)`)).toBe('COPY 5')
    expect(await copied('copy (select * from t order by a) to stdout')).toBe(TEXT)
  })

  test('reads chunks of bytes, cut anywhere, up to the end of data', async () => {
    await commandOf(database, 'truncate t')
    const bytes = new TextEncoder().encode('a|b\r\n7|zażółć\r\n8|\\x41\\303\\251\\\r\n\\.\nnot read\n')
    const pieces = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))
    expect(await database.copyFrom(`copy t (a, b) from stdin with (delimiter '|', header)`, pieces)).toBe(2)
    expect(await rows('select a, b from t order by a')).toEqual([
      [7, 'zażółć'],
      [8, 'Aé\r'],
    ])
  })

  test('reads and writes csv', async () => {
    await commandOf(database, 'truncate t')
    expect(await database.copyFrom('copy t from stdin with (format csv)', ['1,"x, ""y""",\n2', ',,2024-01-01\n'])).toBe(
      2,
    )
    expect(await copied('copy (select * from t order by a) to stdout with (format csv, header)')).toBe(
      'a,b,d\n1,"x, ""y""",\n2,,2024-01-01\n',
    )
    expect(await database.copyFrom('copy t from stdin', '')).toBe(0)
  })

  test('says what is wrong, and leaves nothing behind', async () => {
    const failing = async (sql: string, data: string): Promise<string> =>
      database.copyFrom(sql, data).then(
        () => 'none',
        ({ sqlstate, message }: { sqlstate: string; message: string }) => `${sqlstate} ${message}`,
      )
    expect(await failing('copy t from stdin', '1\t2\n')).toBe('22P04 missing data for column "d"')
    expect(await failing('copy t from stdin', '1\tx\t\\N\t4\n')).toBe('22P04 extra data after last expected column')
    expect(await failing('copy t from stdin', 'one\tx\t\\N\n')).toMatch(/one/)
    expect(await failing('copy t (a) from stdin', '\\xff\n')).toMatch(/^22021/)
    expect(await failing(`copy t from stdin with (delimiter 'a')`, '')).toMatch(/^22023 COPY delimiter/)
    expect(await failing('copy t from stdin with (format parquet)', '')).toMatch(/^0A000/)
    expect(await failureOf(database, 'copy t from stdin')).toMatch(/^0A000 COPY FROM STDIN/)
    expect(await failureOf(database, 'copy t to stdout')).toMatch(/^0A000 COPY TO STDOUT/)
    writeFileSync(join(root, 'x.txt'), '1\n')
    expect(await failureOf(database, `copy t from '${join(root, 'none.txt')}'`)).toMatch(/^58P01/)
    expect(readdirSync(root).filter((name) => name.startsWith('sluice-copy-'))).toEqual([])
  })
})

test('lines that a backslash keeps together are one row', async () => {
  const chunks = (async function* () {
    yield 'a\\'
    yield '\nb\n'
  })()
  const lines: string[] = []
  const dialect = { delimiter: '\t', nullText: '\\N', header: false }
  for await (const line of csvOfText(chunks, dialect, { table: 't', columns: ['a'] })) lines.push(line)
  expect(lines).toEqual(['"a\nb"\n'])
})
