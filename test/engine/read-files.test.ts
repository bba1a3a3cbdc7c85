/** Files read by functions in FROM, and by their names. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { startEngine } from '../../src/engine/engine.ts'
import { queryText } from './query-text.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-files-'))
const engine = await startEngine({ dataDirectory: '/nonexistent', settings: { threads: 1 } })
const session = engine.createSession()
afterAll(async () => {
  await engine.close()
  rmSync(root, { recursive: true, force: true })
})

const rows = (sql: string): Promise<readonly string[]> => queryText(session, sql.replaceAll('$ROOT', root))

function put(name: string, text: string | Uint8Array): void {
  mkdirSync(dirname(join(root, name)), { recursive: true })
  writeFileSync(join(root, name), text)
}

describe('read_csv', () => {
  put('a.csv', 'id,name,day,price\n1,"x, ""y""",2024-01-31,1.5\n2,,2024-02-29,\n3,"z\nz",,2\n')
  put('years/year=2023/a.csv', 'n\n1\n')
  put('years/year=2024/b.csv', 'n\n2\n3\n')
  put('wide/a.csv', 'a,b\n1,2\n')
  put('wide/b.csv', 'b;c\n2.5;x\n')

  put('packed.csv.gz', gzipSync('n,t\n1,a\n2,b\n'))
  put('packed.csv.zst', readFileSync(new URL('../fixtures/codec/window-1k.csv.zst', import.meta.url)))

  it.each([
    ["SELECT * FROM '$ROOT/packed.csv.gz' WHERE n > 1", ['2|b']],
    ["SELECT count(*) FROM read_csv('$ROOT/packed.csv.gz', compression => 'gzip')", ['2']],
    ["SELECT count(*), sum(v), max(name) FROM '$ROOT/packed.csv.zst'", ['1200|598600|name 96']],
    ["SELECT * FROM read_csv('$ROOT/a.csv')", ['1|x, "y"|2024-01-31|1.5', '2|NULL|2024-02-29|NULL', '3|z\nz|NULL|2']],
    ["SELECT day FROM '$ROOT/a.csv' WHERE id > 1 AND price IS NULL", ['2024-02-29']],
    ["SELECT count(*) FROM '$ROOT/a.csv'", ['3']],
    ["SELECT sum(n) FROM '$ROOT/years/*/*.csv' WHERE year = 2024", ['5']],
    [
      "SELECT n, year FROM read_csv('$ROOT/years/*/*.csv', hive_partitioning => true) ORDER BY 1",
      ['1|2023', '2|2024', '3|2024'],
    ],
    ["SELECT * FROM read_csv('$ROOT/years/*/*.csv', hive_partitioning => false) ORDER BY 1", ['1', '2', '3']],
    [
      "SELECT year || '!' FROM read_csv('$ROOT/years/**/*.csv', hive_types => {'year': 'varchar'}) WHERE n = 1",
      ['2023!'],
    ],
    [
      "SELECT count(*), filename LIKE '%b.csv' FROM read_csv('$ROOT/years', filename => true) GROUP BY 2 ORDER BY 2",
      ['1|false', '2|true'],
    ],
    ["SELECT * FROM read_csv('$ROOT/wide/*.csv', union_by_name => true) ORDER BY b", ['1|2|NULL', 'NULL|2.5|x']],
    [
      "SELECT * FROM read_csv(['$ROOT/years/year=2023/a.csv', '$ROOT/years/year=2024/b.csv']) ORDER BY n",
      ['1|2023', '2|2024', '3|2024'],
    ],
    ["SELECT id + 1, typeof(id) FROM read_csv('$ROOT/a.csv', types => {'id': 'smallint'}) LIMIT 1", ['2|smallint']],
    [
      "SELECT \"1\" FROM read_csv('$ROOT/a.csv', header => true, skip => 1, names => ['1', 'n', 'd', 'p']) LIMIT 1",
      ['2'],
    ],
    ["SELECT id FROM read_csv('$ROOT/a.csv', all_varchar => true) WHERE id = '3'", ['3']],
  ])('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected)
  })

  it.each([
    ["FROM read_csv('$ROOT/none.csv')", '58P01', 'no such file'],
    ["FROM '$ROOT/none.csv'", '58P01', 'no such file'],
    ["FROM read_csv('$ROOT/*.none')", '58P01', 'no files match'],
    ["FROM read_csv('$ROOT/a.csv', nothing => 1)", '42883', 'function read_csv has no option "nothing"'],
    ["FROM read_csv('$ROOT/a.csv', delim => ',,')", '0A000', 'of more than one character'],
    ["FROM read_csv('$ROOT/a.csv', thousands => ',')", '0A000', 'option "thousands" is not supported'],
    ["FROM read_csv('$ROOT/a.csv', delim => ',', sep => ',')", '42601', 'the same option'],
    ["FROM read_csv('$ROOT/a.csv', columns => {'id': 'nonsense'})", '42704', 'type "nonsense" does not exist'],
    ["FROM read_csv('$ROOT/wide/*.csv')", '22P04', 'the header'],
    [
      "FROM read_csv('$ROOT/a.csv', columns => {'a': 'int', 'b': 'int', 'c': 'date', 'd': 'double'})",
      '22P02',
      'line 2, column 2 ("b" integer)',
    ],
  ])('%s is %s', async (sql, sqlstate, message) => {
    await expect(rows(`SELECT * ${sql}`)).rejects.toMatchObject({
      sqlstate,
      message: expect.stringContaining(message) as unknown,
    })
  })
})

describe('read_json', () => {
  put('a.jsonl', '{"id":1,"tags":["x","y"],"at":{"day":"2024-01-31"}}\n{"id":2,"note":"\\u00e9"}\n')
  put('b.json', '[{"id": 3, "note": null}, {"id": 4.5}]')
  put('c.ndjson.gz', gzipSync('{"id":5}\n{"id":6}\n'))

  it.each([
    [
      "SELECT id, note, tags[0], (at).day + 1 FROM '$ROOT/a.jsonl' ORDER BY id",
      ['1|NULL|x|2024-02-01', '2|é|NULL|NULL'],
    ],
    ["SELECT sum(id) FROM '$ROOT/b.json'", ['7.5']],
    ["SELECT count(*), sum(id) FROM '$ROOT/c.ndjson.gz'", ['2|11']],
    ["SELECT id FROM read_json('$ROOT/*.json*') WHERE id >= 2 ORDER BY id", ['2', '3', '4.5']],
    [
      "SELECT id, note FROM read_json('$ROOT/b.json', columns => {'id': 'decimal(5,1)', 'note': 'varchar'})",
      ['3.0|NULL', '4.5|NULL'],
    ],
    ["SELECT json ->> 'id' FROM read_json_objects('$ROOT/a.jsonl')", ['1', '2']],
    [
      "SELECT json FROM read_json('$ROOT/b.json', records => false, maximum_depth => 0) LIMIT 1",
      ['{"id": 3, "note": null}'],
    ],
  ])('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected)
  })

  it.each([
    ["FROM read_ndjson('$ROOT/b.json', columns => {'id': 'int'})", '22P04', 'a JSON object is needed'],
    ["FROM read_json('$ROOT/b.json', ignore_errors => true)", '0A000', 'a value a line'],
    ["FROM read_json('$ROOT/b.json', format => 'x')", '22023', 'no format'],
  ])('%s is %s', async (sql, sqlstate, message) => {
    await expect(rows(`SELECT * ${sql}`)).rejects.toMatchObject({
      sqlstate,
      message: expect.stringContaining(message) as unknown,
    })
  })
})

describe('read_parquet', () => {
  const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/parquet/${name}`, import.meta.url))
  const numbers = (n: number): string =>
    fileURLToPath(new URL(`../fixtures/exec/numbers-${n}.parquet`, import.meta.url))
  for (const n of [0, 1, 2]) {
    mkdirSync(join(root, `parts/k=${n}/day=2024-01-0${n + 1}`), { recursive: true })
    copyFileSync(numbers(n), join(root, `parts/k=${n}/day=2024-01-0${n + 1}/f.parquet`))
  }

  it('finds folders as columns, and leaves files out by them', async () => {
    const all = await rows("SELECT k, day, count(*) FROM '$ROOT/parts/*/*/*.parquet' GROUP BY 1, 2 ORDER BY 1")
    expect(all.map((row) => row.split('|').slice(0, 2).join(' '))).toEqual([
      '0 2024-01-01',
      '1 2024-01-02',
      '2 2024-01-03',
    ])
    const plan = await rows(
      "EXPLAIN ANALYZE SELECT count(*) FROM read_parquet('$ROOT/parts') WHERE k = 1 AND day >= DATE '2024-01-02'",
    )
    expect(plan.join()).toContain('files_skipped_by_partition: 2')
    expect(
      await rows("SELECT DISTINCT typeof(k) FROM read_parquet('$ROOT/parts', hive_types_autocast => false)"),
    ).toEqual(['varchar'])
    await expect(rows("SELECT k FROM read_parquet('$ROOT/parts', hive_partitioning => false)")).rejects.toMatchObject({
      sqlstate: '42703',
    })
  })

  it('gives the names of files', async () => {
    const names = await rows(
      "SELECT DISTINCT source FROM read_parquet('$ROOT/parts/**/*.parquet', filename => 'source') WHERE source LIKE '%k=2%'",
    )
    expect(names).toEqual([join(root, 'parts/k=2/day=2024-01-03/f.parquet')])
  })

  it('compares checksums of pages when that is set', async () => {
    const damaged = `SELECT count(*) FROM read_parquet('${fixture('rle-dict-uncompressed-corrupt-checksum.parquet')}') WHERE long_field IS NOT NULL`
    const fine = `SELECT count(*) FROM read_parquet('${fixture('datapage_v1-snappy-compressed-checksum.parquet')}') WHERE a IS NOT NULL AND b IS NOT NULL`
    const [count] = await rows(fine)
    await rows(damaged)
    await rows('SET verify_page_checksums = true')
    try {
      await expect(rows(damaged)).rejects.toMatchObject({
        sqlstate: 'XX001',
        message: expect.stringContaining('checksum is wrong') as unknown,
      })
      expect(await rows(fine)).toEqual([count])
    } finally {
      await rows('RESET verify_page_checksums')
    }
  })
})
