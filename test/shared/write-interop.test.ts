/**
 * Other engines read what was written here: PyIceberg, and DuckDB's Iceberg extension.
 *
 * Needs a Python with pyiceberg, or with duckdb, duckdb-extension-avro and duckdb-extension-iceberg of one version: `python3`, or what SLUICE_PYICEBERG and
 * SLUICE_DUCKDB name. Skipped where there is none.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const STATEMENTS = ['tables.sql', 'changes.sql'].map((name) =>
  fileURLToPath(new URL(`../fixtures/iceberg-written/${name}`, import.meta.url)),
)
const TABLES = [
  ...['types', 'parts', 'months', 'nested', 'replaced', 'empty'],
  // Rows that were deleted, updated and merged; columns and partitions that were altered; two tables of one transaction.
  ...['changed', 'copied', 'whole', 'evolved', 'one', 'two'],
] as const

/** Both print, a table a line, JSON of the rows ordered by text: each value as text that all agree on. */
const TEXTS = `
import datetime, decimal, json, math, sys
def text(v):
    if v is None: return None
    if isinstance(v, bool): return str(v).lower()
    if isinstance(v, float): return 'NaN' if math.isnan(v) else repr(v).replace('inf', 'Infinity')
    if isinstance(v, (bytes, bytearray)): return v.hex()
    if isinstance(v, datetime.datetime):
        if v.tzinfo is not None: v = v.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return v.strftime('%Y-%m-%d %H:%M:%S.%f').rjust(26, '0')
    if isinstance(v, datetime.time): return v.strftime('%H:%M:%S.%f')
    if isinstance(v, list): return [text(x) for x in v]
    return str(v)
def show(table, rows):
    print(json.dumps([table, sorted([[text(v) for v in row] for row in rows], key=json.dumps)]))
`
const PYICEBERG = `${TEXTS}
import glob, re
from pyiceberg.table import StaticTable
for name in sys.argv[2:]:
    files = glob.glob(f'{sys.argv[1]}/{name}/metadata/v*.metadata.json')
    table = StaticTable.from_metadata(max(files, key=lambda f: int(re.search(r'v(\\d+)', f.split('/')[-1]).group(1))))
    rows = [list(row.values()) for row in table.scan().to_arrow().to_pylist()]
    show(name, rows)
    # It cannot inspect a snapshot without manifests.
    if rows: table.inspect.files(), table.inspect.snapshots(), table.inspect.manifests()
`
const DUCKDB = `${TEXTS}
import duckdb, glob, importlib
db = duckdb.connect()
for name in ('avro', 'iceberg'):
    folder = list(importlib.import_module('duckdb_extension_' + name).__path__)[0]
    db.execute(f"INSTALL '{glob.glob(folder + '/extensions/*/' + name + '.duckdb_extension')[0]}'")
    db.execute('LOAD ' + name)
for name in sys.argv[2:]:
    show(name, [list(row) for row in db.execute(f"select * from iceberg_scan('{sys.argv[1]}/{name}')").fetchall()])
`

const READERS = [
  {
    name: 'PyIceberg',
    python: process.env['SLUICE_PYICEBERG'] ?? 'python3',
    program: PYICEBERG,
    needs: 'import pyiceberg, pyarrow',
  },
  {
    name: 'DuckDB',
    python: process.env['SLUICE_DUCKDB'] ?? 'python3',
    program: DUCKDB,
    needs: 'import duckdb, duckdb_extension_iceberg, duckdb_extension_avro, pytz',
  },
] as const

const root = mkdtempSync(join(tmpdir(), 'sluice-interop-'))
const own = new Map<string, unknown>()

beforeAll(async () => {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  const database = await open({ catalog: root, threads: 1 })
  const texts = STATEMENTS.map((file) => readFileSync(file, 'utf8')).join('\n')
  for (const statement of texts.split(';\n')) {
    if (statement.trim() !== '') await (await database.query(statement)).rows()
  }
  for (const name of TABLES) {
    const result = await database.query(`select * from ${name}`)
    const rows = (await result.rows()).map((row) =>
      result.schema.map((field) => textOf(row[field.name], field.type.kind)),
    )
    own.set(name, rows.map((row) => JSON.stringify(row)).toSorted())
  }
  await database.close()
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

/** As `text` above. */
function textOf(value: unknown, kind: string): unknown {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map((item) => textOf(item, ''))
  if (typeof value === 'number' && (kind === 'real' || kind === 'double')) {
    return Object.is(value, -0) ? '-0.0' : Number.isInteger(value) ? `${value}.0` : String(value)
  }
  if (kind === 'timestamp' || kind === 'time')
    return withMicros(value instanceof Date ? value.toISOString().replace('T', ' ').replace('Z', '') : String(value))
  if (value instanceof Date) return value.toISOString().slice(0, 10)
  return String(value)
}

function withMicros(text: string): string {
  const [whole, fraction = ''] = text
    .replace(/(Z|\+00)$/, '')
    .replace('T', ' ')
    .split('.')
  return `${whole}.${fraction.padEnd(6, '0')}`
}

for (const { name, python, program, needs } of READERS) {
  describe.skipIf(spawnSync(python, ['-c', needs]).status !== 0)(`${name} reads`, () => {
    let read = new Map<string, unknown>()
    beforeAll(() => {
      const output = execFileSync(python, ['-c', program, root, ...TABLES], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const lines = output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as [string, unknown[]])
      read = new Map(lines.map(([table, rows]) => [table, rows.map((row) => JSON.stringify(row)).toSorted()]))
    })
    for (const table of TABLES) test(table, () => expect(read.get(table)).toEqual(own.get(table)))
  })
}
