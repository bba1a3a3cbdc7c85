/**
 * db.follow and STREAM through the built package: commits of our own writer, and tables of other writers whose commits are published one by one.
 *
 * Method: the changes of each commit, applied to what was there before, give the rows of the version that the commit made.
 */
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/engine/database.ts'
import type { ChangeBatch, FollowOptions } from '../../src/engine/follow/change-batch.ts'
import type { ApiRow } from '../../src/engine/query-result.ts'
import { type ReplayedFormat, ReplayedTable } from './replayed-table.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))

let folder: string
let db: Database

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-follow-'))
  db = await openDatabase()
})

afterAll(async () => {
  await db.close()
  await rm(folder, { recursive: true })
})

async function openDatabase(): Promise<Database> {
  const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
  const database = await open({ catalog: join(folder, 'own'), threads: 1, memoryLimit: '128MB' })
  await database.query(`ATTACH '${folder}' AS lake (TYPE lake, REMAP '/tmp/lake/iceberg=${folder}')`)
  return database
}

async function run(sql: string): Promise<ApiRow[]> {
  return (await db.query(sql)).rows()
}

/** All that is there, as the offsets and rows of each commit. */
async function caughtUp(table: string, options: FollowOptions = {}): Promise<{ batch: ChangeBatch; rows: ApiRow[] }[]> {
  const found: { batch: ChangeBatch; rows: ApiRow[] }[] = []
  for await (const batch of db.follow(table, { ...options, wait: false })) {
    found.push({ batch, rows: await batch.rows() })
  }
  return found
}

async function failure(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: { sqlstate: string; message: string }) => `${error.sqlstate} ${error.message}`,
  )
}

/** Ids and what happened to them. */
function summary(rows: readonly ApiRow[]): string[] {
  return rows.map((row) => `${String(row['id'])} ${String(row['_change_type'])}`)
}

const CHANGE_COLUMNS = new Set(['_change_type', '_commit_version', '_commit_timestamp'])

function textOf(row: ApiRow): string {
  const own = Object.entries(row).filter(([name]) => !CHANGE_COLUMNS.has(name))
  return JSON.stringify(own, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}

/** Rows, as often as they are there; a change that takes away what is not there fails. */
class AppliedRows {
  readonly #counts = new Map<string, number>()

  apply(row: ApiRow): void {
    const text = textOf(row)
    const isGone = row['_change_type'] === 'delete' || row['_change_type'] === 'update_before'
    const count = (this.#counts.get(text) ?? 0) + (isGone ? -1 : 1)
    if (count < 0) throw new Error(`a row that is not there is taken away: ${text}`)
    if (count === 0) this.#counts.delete(text)
    else this.#counts.set(text, count)
  }

  texts(): string[] {
    return [...this.#counts].flatMap(([text, count]) => Array<string>(count).fill(text)).toSorted()
  }
}

function sourceOf(format: ReplayedFormat, table: string): string {
  const isCase = ['pai_pk_dv_parquet', 'pai_pk_dedup_uncompacted'].includes(table)
  return isCase
    ? fileURLToPath(new URL(`../lake-reads/tables/${table}`, import.meta.url))
    : join(FIXTURES, format.split('-')[0]!, table)
}

async function versionRows(table: string, version: string): Promise<string[]> {
  return (await run(`SELECT * FROM ${table} FOR VERSION AS OF ${version}`)).map(textOf).toSorted()
}

describe('tables that we write', () => {
  test('changes come as they are committed, and a saved offset goes on exactly behind what was read', async () => {
    await run('CREATE TABLE orders (id bigint, city varchar)')
    const seen: string[] = []
    let offset = ''
    const reader = (async () => {
      for await (const batch of db.follow('orders')) {
        seen.push(...summary(await batch.rows()))
        offset = JSON.stringify(batch.offset)
        if (seen.length === 3) return
      }
    })()
    await run(`INSERT INTO orders VALUES (1, 'Oslo'), (2, 'Rome')`)
    await run(`INSERT INTO orders VALUES (3, 'Bern')`)
    await reader
    expect(seen).toEqual(['1 insert', '2 insert', '3 insert'])
    await run(`INSERT INTO orders VALUES (4, 'Kiev')`)
    const after = await caughtUp('orders', { from: offset })
    expect(after.map(({ rows }) => rows.map(({ id }) => id))).toEqual([[4n]])
    expect(await caughtUp('orders', { from: after[0]!.batch.offset })).toEqual([])
    expect(await caughtUp('orders', { start: 'now' })).toEqual([])
  })

  test('updates, deletes and merges come as what they did to rows', async () => {
    await run('CREATE TABLE stock (id bigint, n integer)')
    await run('INSERT INTO stock VALUES (1, 10), (2, 20), (3, 30)')
    const [first] = await caughtUp('stock')
    await run('UPDATE stock SET n = 21 WHERE id = 2')
    await run('DELETE FROM stock WHERE id = 3')
    await run(`MERGE INTO stock USING (VALUES (1, 11), (4, 40)) v(id, n) ON stock.id = v.id
      WHEN MATCHED THEN UPDATE SET n = v.n WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.n)`)
    const after = await caughtUp('stock', { from: first!.batch.offset, identifierColumns: ['id'] })
    expect(
      after.map(({ rows }) =>
        rows.map(({ id, n, _change_type }) => `${String(id)}:${String(n)} ${String(_change_type)}`),
      ),
    ).toEqual([
      ['2:20 update_before', '2:21 update_after'],
      ['3:30 delete'],
      ['1:10 update_before', expect.any(String), expect.any(String)],
    ])
    expect(summary(after[2]!.rows).toSorted()).toEqual(['1 update_after', '1 update_before', '4 insert'])
  })

  test('start snapshot: the rows that are there are one batch of inserts', async () => {
    const [first, ...others] = await caughtUp('orders', { start: 'snapshot' })
    expect(others).toEqual([])
    expect(summary(first!.rows).toSorted()).toEqual(['1 insert', '2 insert', '3 insert', '4 insert'])
    expect(String(first!.rows[0]!['_commit_version'])).toBe(first!.batch.version)
  })

  test('columns and a condition', async () => {
    const found = await caughtUp('orders', { columns: ['city'], where: `id > 2 -- the rest` })
    expect(found.map(({ rows }) => rows)).toEqual([[], [{ city: 'Bern' }], [{ city: 'Kiev' }]])
  })

  test('a compaction is a batch without rows, whose offset counts', async () => {
    await run('CREATE TABLE compacted (id bigint)')
    await run('INSERT INTO compacted VALUES (1)')
    const before = (await caughtUp('compacted')).at(-1)!.batch.offset
    await editMetadata('compacted', (metadata) => {
      const snapshots = metadata['snapshots'] as Record<string, unknown>[]
      const last = snapshots.at(-1)!
      const id = 4242
      snapshots.push({
        ...last,
        'snapshot-id': id,
        'parent-snapshot-id': last['snapshot-id'],
        'sequence-number': 2,
        summary: { operation: 'replace' },
      })
      metadata['current-snapshot-id'] = id
      metadata['last-sequence-number'] = 2
      ;(metadata['refs'] as Record<string, Record<string, unknown>>)['main']!['snapshot-id'] = id
    })
    const [only, ...others] = await caughtUp('compacted', { from: before })
    expect([only!.rows, only!.batch.version, others]).toEqual([[], '4242', []])
    await run('INSERT INTO compacted VALUES (2)')
    expect((await caughtUp('compacted', { from: only!.batch.offset })).map(({ rows }) => rows.length)).toEqual([1])
    // The snapshot that the first offset means expires: what came after it cannot be told any more.
    await editMetadata('compacted', (metadata) => {
      metadata['snapshots'] = (metadata['snapshots'] as Record<string, unknown>[]).slice(1)
      metadata['snapshot-log'] = []
    })
    expect(await failure(caughtUp('compacted', { from: before }))).toBe(
      `22023 the changes of table "compacted" after version ${before.version} are no longer kept`,
    )
    // The beginning is then what the table has.
    const [whole] = await caughtUp('compacted')
    expect(summary(whole!.rows).toSorted()).toEqual(['1 insert', '2 insert'])
  })

  test('a change of the columns: later batches have them', async () => {
    await run('CREATE TABLE wider (id bigint)')
    await run('INSERT INTO wider VALUES (1)')
    const [first] = await caughtUp('wider')
    await editMetadata('wider', (metadata) => {
      const [schema] = metadata['schemas'] as { fields: unknown[] }[]
      schema!.fields.push({ id: 2, name: 'note', required: false, type: 'string' })
      metadata['last-column-id'] = 2
    })
    await run(`INSERT INTO wider VALUES (2, 'x')`)
    const [second] = await caughtUp('wider', { from: first!.batch.offset })
    expect(second!.rows).toMatchObject([{ id: 2n, note: 'x', _change_type: 'insert' }])
  })
})

/** Writes the next metadata file of a table of ours: what other writers do to it. */
async function editMetadata(table: string, change: (metadata: Record<string, unknown>) => void): Promise<void> {
  const metadataFolder = join(folder, 'own', table, 'metadata')
  const names = (await readdir(metadataFolder)).filter((name) => name.endsWith('.metadata.json'))
  const numberOf = (name: string): number => Number(/\d+/.exec(name)![0])
  const newest = names.toSorted((a, b) => numberOf(a) - numberOf(b)).at(-1)!
  // Ids of snapshots are larger than JavaScript's numbers: they stay digits.
  const text = (await readFile(join(metadataFolder, newest), 'utf8')).replaceAll(/:\s*(\d{16,})/g, ':"#$1"')
  const metadata = JSON.parse(text) as Record<string, unknown>
  change(metadata)
  const next = newest.replace(/\d+/, (digits) => String(Number(digits) + 1).padStart(digits.length, '0'))
  await writeFile(join(metadataFolder, next), JSON.stringify(metadata).replaceAll(/"#(\d+)"/g, '$1'))
}

describe('tables of other writers, commit by commit', () => {
  const cases: [ReplayedFormat, string, FollowOptions][] = [
    ['iceberg', 'jice_eqdel_parquet', {}],
    ['iceberg', 'ice_dml_mor_v2_parquet', { identifierColumns: ['id'] }],
    ['iceberg', 'flink_upsert', {}],
    ['delta', 'rs_cdf', {}],
    ['delta', 'rs_cdf', { mode: 'changelog' }],
    ['paimon', 'pai_pk_partial_update_groups', {}],
    ['paimon', 'flink_agg', {}],
    ['paimon', 'pai_pk_dv_parquet', {}],
    ['paimon', 'pai_pk_dedup_uncompacted', {}],
    ['hudi', 'hudi_mor_partial_update', {}],
    ['hudi', 'hudi_cow_deletes', {}],
    ['hudi-6', 'hudi_mor_v6', {}],
  ]

  test.each(cases)('%s %s %o', { timeout: 60_000 }, async (format, table, options) => {
    const name = `${table}_${Object.values(options).join('')}`
    // Paths of Iceberg tables are remapped by the name that they were written under.
    const target = join(folder, format === 'iceberg' ? table : name)
    const replayed = await ReplayedTable.make(sourceOf(format, table), target, format)
    const lakeTable = `lake."${format === 'iceberg' ? table : name}"`
    const rows = new AppliedRows()
    const versions: string[] = []
    let saved: string | null = null
    const read = async (following: FollowOptions, most: number): Promise<void> => {
      for await (const batch of db.follow(lakeTable, { ...options, ...following, from: saved })) {
        for (const row of await batch.rows()) rows.apply(row)
        saved = JSON.stringify(batch.offset)
        versions.push(batch.version)
        // Hudi's tables are asked for by the times at which commits were begun.
        if (!format.startsWith('hudi')) {
          expect(rows.texts(), `version ${batch.version}`).toEqual(await versionRows(lakeTable, batch.version))
        }
        if (--most === 0) break
      }
    }
    await replayed.publish()
    const done = new AbortController()
    const publishing = (async () => {
      while (await replayed.publish()) await setTimeout(50)
      done.abort()
    })()
    // Every second commit is read by a follower of its own, that knows the offset only.
    while (!done.signal.aborted) {
      await read({ signal: done.signal }, 2).catch((error: { sqlstate?: string }) => {
        if (error.sqlstate !== '57014') throw error
      })
    }
    await publishing
    await read({ wait: false }, Infinity)
    expect(versions.length).toBeGreaterThan(1)
    const now = (await run(`SELECT * FROM ${lakeTable}`)).map(textOf).toSorted()
    expect(rows.texts()).toEqual(now)
    await rm(target, { recursive: true })
  })

  test('the newest states of what changed in a Hudi table', async () => {
    const table = 'hudi_mor_partial_update'
    const replayed = await ReplayedTable.make(join(FIXTURES, 'hudi', table), join(folder, table), 'hudi')
    await replayed.publish()
    const states = new Map<string, string>()
    let count = 0
    const columns = ['_hoodie_record_key', 'id', 'name', 'amt', 'ver', 'grp']
    for await (const batch of db.follow(`lake.${table}`, { columns, mode: 'incremental' })) {
      for (const row of await batch.rows()) states.set(String(row['_hoodie_record_key']), textOf(row))
      const now = (await run(`SELECT ${columns.join(', ')} FROM lake.${table}`)).map(textOf).toSorted()
      expect([...states.values()].toSorted()).toEqual(now)
      count++
      if (!(await replayed.publish())) break
    }
    expect(count).toBe(replayed.commitCount)
  })
})

describe('history that is gone', () => {
  test('a log without the commits that follow the offset', async () => {
    const target = join(folder, 'cleaned')
    await cp(join(FIXTURES, 'delta', 'rs_cdf'), target, { recursive: true })
    const [first] = await caughtUp('lake.cleaned')
    await rm(join(target, '_delta_log', '00000000000000000001.json'))
    expect(await failure(caughtUp('lake.cleaned', { from: first!.batch.offset }))).toMatch(/^(22023|XX001) /)
  })

  test('data files that were vacuumed', async () => {
    const target = join(folder, 'vacuumed')
    await cp(join(FIXTURES, 'delta', 'rs_cdf'), target, { recursive: true })
    for (const name of await readdir(join(target, '_change_data'))) await rm(join(target, '_change_data', name))
    expect(await failure(caughtUp('lake.vacuumed', { from: 0 }))).toBe(
      '22023 the changes of table "vacuumed" after version 0 are no longer kept',
    )
  })

  test('files that were cleaned', async () => {
    const target = join(folder, 'cleaned_hudi')
    await cp(join(FIXTURES, 'hudi', 'hudi_cow_deletes'), target, { recursive: true })
    const commits = (await readdir(join(target, '.hoodie', 'timeline'))).filter((name) =>
      /^\d+_\d+\.commit$/.test(name),
    )
    const [first, second] = commits.toSorted().map((name) => /^(\d+)_(\d+)/.exec(name)!)
    const range = `from => '${first![2]}', to => '${second![2]}', mode => 'incremental'`
    const count = async (): Promise<unknown> =>
      (await run(`SELECT count(*) AS n FROM table_changes('lake.cleaned_hudi', ${range})`))[0]!['n']
    expect(Number(await count())).toBeGreaterThan(0)
    for (const name of await readdir(target, { recursive: true })) {
      if (name.endsWith(`_${second![1]}.parquet`)) await rm(join(target, name))
    }
    expect(await failure(count())).toBe(
      `22023 what commit "${second![1]}" of table "cleaned_hudi" wrote is no longer kept`,
    )
  })

  test('a table that was made anew at the same place', async () => {
    const target = join(folder, 'again')
    const source = join(FIXTURES, 'paimon', 'pai_pk_partial_update_groups')
    await cp(source, target, { recursive: true })
    const [first] = await caughtUp('lake.again')
    const snapshot = join(target, 'snapshot', 'snapshot-1')
    const text = await readFile(snapshot, 'utf8')
    await writeFile(snapshot, text.replace(/"commitUser" : "[^"]*"/, '"commitUser" : "another"'))
    expect(await failure(caughtUp('lake.again', { from: first!.batch.offset }))).toBe(
      '22023 version 1 of the table is not the one that was read',
    )
    await rm(target, { recursive: true })
  })
})

test('a commit that is still being written is waited for', async () => {
  const target = join(folder, 'halfway')
  const replayed = await ReplayedTable.make(join(FIXTURES, 'delta', 'rs_cdf'), target, 'delta')
  await replayed.publish()
  const commit = join(target, '_delta_log', '00000000000000000001.json')
  const text = await readFile(join(FIXTURES, 'delta', 'rs_cdf', '_delta_log', '00000000000000000001.json'))
  await writeFile(commit, text.subarray(0, 100))
  const counts: number[] = []
  const reading = (async () => {
    for await (const batch of db.follow('lake.halfway')) {
      if (counts.push((await batch.rows()).length) === 2) return
    }
  })()
  await setTimeout(100)
  await writeFile(commit, text)
  await reading
  expect(counts).toEqual([30, 5])
})

describe('ending', () => {
  /** Handles are closed a moment after they are told to. */
  const watchers = async (): Promise<number> => {
    await setTimeout(20)
    return process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length
  }

  test('leaving the loop closes what watched', async () => {
    for await (const batch of db.follow('orders')) {
      expect(batch.version).toMatch(/^\d+$/)
      expect(await watchers()).toBe(1)
      break
    }
    expect(await watchers()).toBe(0)
  })

  test('a signal', async () => {
    const cancel = new AbortController()
    const following = (async () => {
      for await (const batch of db.follow('orders', { start: 'now', signal: cancel.signal }))
        expect(batch).toBeUndefined()
    })()
    void setTimeout(50).then(() => cancel.abort())
    expect(await failure(following)).toBe('57014 canceling statement due to user request')
    expect(await watchers()).toBe(0)
    expect(await failure(caughtUp('orders', { signal: cancel.signal }))).toMatch(/^57014/)
  })

  test('closing the database', async () => {
    const other = await openDatabase()
    const following = (async () => {
      for await (const row of other.stream(`SELECT * FROM STREAM(orders, start => 'now')`)) expect(row).toBeUndefined()
    })()
    void setTimeout(50).then(() => other.close())
    expect(await failure(following)).toBe('57P01 the engine is closed')
    const late = (async () => {
      for await (const batch of other.follow('orders', { start: 'now' })) expect(batch).toBeUndefined()
    })()
    expect(await failure(late)).toBe('57P01 the engine is closed')
    expect(await watchers()).toBe(0)
  })
})

describe('what cannot be followed', () => {
  test.each([
    [{ from: '{"version":1}' }, '22023 invalid offset'],
    [{ from: '{' }, '22023 invalid offset'],
    [{ from: 2 ** 60 }, `22023 version ${2 ** 60} is no integer that a number holds exactly`],
    [{ from: { version: 'x', mark: null } }, `22023 the offset's version "x" is none of this table`],
    [{ start: 'then' }, '22023 unknown start "then"'],
    [{ mode: 'x' }, '22023 unknown mode "x"'],
    [{ mode: 'cdc' }, '0A000 mode "cdc" for changes of an Iceberg table is not supported'],
    [{ pollMs: 0 }, '22023 pollMs is from 1 to 86400000'],
    [{ columns: [] }, '22023 no columns to follow'],
    [{ where: 'true); select (1' }, '42601 the condition to follow is not one'],
    [{ where: 'nope > 1' }, '42703 column "nope" does not exist'],
  ])('%o', async (options, message) => {
    expect(await failure(caughtUp('orders', options as FollowOptions))).toContain(message)
  })

  test('views of a table that leave rows out', async () => {
    await cp(join(FIXTURES, 'paimon', 'flink_agg'), join(folder, 'views'), { recursive: true })
    expect(await failure(caughtUp('lake."views$ro"'))).toMatch(/^0A000 following the changes of table "views\$ro"/)
  })

  test('tables without changes', async () => {
    await db.register('memory', [{ a: 1 }])
    expect(await failure(caughtUp('memory'))).toMatch(/^0A000 following the changes of table "memory" \(memory\)/)
  })
})
