/**
 * Tables with one damaged file, read by the whole engine: what comes of each.
 *
 *   one file of a table is exchanged for a mutation  ->  ATTACH  ->  SELECT *, a metadata table  ->  rows, or an error that blames  ->  put back
 *
 * The engine's caches know files by their time: all others keep theirs, and are not read again for each case.
 * A flipped bit in a value of a file without checksums can't be seen: such rows that differ are counted. Faults are other rows by other damage,
 * errors that are not of the engine or blame it (XX000), and queries that take too long.
 */
import { mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Engine } from '../../src/engine/engine.ts'
import { parseHeader } from '../../src/format/avro/container.ts'
import { decompressBlock } from '../../src/format/avro/codec.ts'
import { AvroCursor } from '../../src/format/avro/cursor.ts'
import { AvroOutput } from '../../src/format/avro/encoder.ts'
import { jsonRows } from '../built-engine.ts'
import { type DamageReport, type Outcome, reportCases } from '../damage-report.ts'
import { type Below, mutate, seededBelow } from '../mutations.ts'
import { damageKind } from './damage-kind.ts'

export interface DamageRun {
  readonly engine: Engine
  readonly format: string
  /** Where the tables lie: a copy, whose files are exchanged. */
  readonly folder: string
  /** What their metadata calls that folder. */
  readonly writtenAt: string
  readonly tables: readonly string[]
  readonly count: number
  readonly seed: number
  /** The engine's memory_limit: by so much more than undamaged tables damaged ones may take. */
  readonly memoryMegabytes: number
  /** A folder for what made other rows, to look at. */
  readonly keep?: string | undefined
}

/** Reads of undamaged tables before the memory of damaged ones is measured. */
const WARMING_READS = 40

/** More than one case may add to what the process takes: small tables are read by some megabytes. */
const JUMP_MEGABYTES_MAX = 100

/** Of the files that are not damaged: so old that caches hold them. */
const OLD_SECONDS = 1_000_000_000

/**
 * What a damaged file may give besides rows: it is damaged, not supported, missing (a path that changed), too large for the memory; names and
 * versions that the metadata no longer has; and values of another type than they were.
 */
const ALLOWED = ['XX001', '0A000', '58P01', '53200', '54000', '42P01', '42703', '22023']

interface Original {
  readonly table: string
  readonly files: readonly string[]
  /** Its rows, as one text. */
  readonly rows: string
  /** Further queries that the undamaged table answers; each case asks some of them. */
  readonly probes: readonly string[]
}

/** Each case asks so many of a table's further queries, in turn. */
const PROBES = 2

export async function damageTables(run: DamageRun): Promise<DamageReport> {
  const originals: Original[] = []
  for (const table of run.tables) {
    const files = filesOf(join(run.folder, table))
    for (const file of files) utimesSync(join(run.folder, table, file), OLD_SECONDS, OLD_SECONDS)
    const rows = await readTable(run, table, []).catch(ignoreRefused)
    if (rows !== undefined) originals.push({ table, files, rows, probes: await probesOf(run, table) })
  }
  // Until code is compiled, heaps and buffers have grown, and the pages of the engine's memory are touched.
  for (let i = 0; i < Math.min(WARMING_READS, run.count); i++) {
    const { table, probes } = originals[i % originals.length]!
    await readTable(run, table, probes)
  }
  let [table, file] = ['', '']
  const runCase = async (serial: number): Promise<Outcome> => {
    const below = seededBelow(run.seed * 1_000_003 + serial)
    const original = originals[below(originals.length)]!
    const damage = chooseDamage(join(run.folder, original.table), original.files, below)
    ;[table, file] = [original.table, damage.file]
    return outcomeOf(run, original, damage, serial)
  }
  const { format: name, count, memoryMegabytes: megabytesMax } = run
  const options = { name, seed: run.seed, count, caseMegabytesMax: JUMP_MEGABYTES_MAX, megabytesMax }
  return reportCases(options, runCase, () => `seed ${run.seed}: ${table}/${file}`)
}

interface Damage {
  /** Within the table's folder. */
  readonly file: string
  readonly bytes: Uint8Array
  readonly before: Uint8Array
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && (!entry.name.endsWith('.crc') || /^\d{20}\.crc$/.test(entry.name)))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted()
}

function chooseDamage(folder: string, files: readonly string[], below: Below): Damage {
  // Data files have tests of their own: metadata and deletes are three of four.
  const metadata = files.filter((file) => !isData(file))
  const from = metadata.length > 0 && below(4) > 0 ? metadata : files
  const file = from[below(from.length)]!
  const original = new Uint8Array(readFileSync(join(folder, file)))
  // Damage of compressed bytes seldom gets past the decompressor: half of the Avro files are uncompressed first.
  const bytes = isAvro(original) && below(2) === 0 ? uncompressedAvro(original) : original
  return { file, before: bytes, bytes: bytes.length === 0 ? bytes : mutate(bytes, below) }
}

function isData(file: string): boolean {
  return /\.(parquet|orc|lance)$/.test(file) && !/delete|checkpoint|_delta_log|metadata|_sidecars|\.hoodie/.test(file)
}

/** Manifests of some formats have no extension. */
function isAvro(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 3)).toString('latin1') === 'Obj'
}

/** The same container file with codec `null`; files that are none as they are. */
function uncompressedAvro(original: Uint8Array): Uint8Array {
  const cursor = new AvroCursor(original, 'original')
  let header: ReturnType<typeof parseHeader>
  try {
    header = parseHeader(cursor, 'original')
  } catch {
    return original
  }
  const { metadata, codec } = header.header
  const out = new AvroOutput()
  out.raw(Uint8Array.of(0x4f, 0x62, 0x6a, 1))
  const entries = new Map([...metadata, ['avro.codec', 'null']])
  out.long(entries.size)
  for (const [key, value] of entries) {
    out.string(key)
    out.string(value)
  }
  out.byte(0)
  out.raw(header.sync)
  while (cursor.remaining > 0) {
    out.long(cursor.count('record count'))
    out.bytes(decompressBlock(codec, cursor.bytesValue(), 'original'))
    out.raw(cursor.fixed(16))
  }
  return out.view().slice()
}

async function outcomeOf(run: DamageRun, original: Original, damage: Damage, serial: number): Promise<Outcome> {
  const { table, rows, probes } = original
  const path = join(run.folder, table, damage.file)
  const whole = readFileSync(path)
  writeFileSync(path, damage.bytes)
  // A time of its own.
  utimesSync(path, OLD_SECONDS + 1 + serial, OLD_SECONDS + 1 + serial)
  try {
    const asked = Array.from({ length: Math.min(PROBES, probes.length) }, (_, i) => (serial + i) % probes.length)
    const now = await readTable(
      run,
      table,
      asked.map((i) => probes[i]!),
    )
    if (now === rows) return { kind: 'same rows' }
    const what = damageKind(damage.file, {
      before: damage.before,
      after: damage.bytes,
      rowsAgree: JSON.parse(now).length === JSON.parse(rows).length,
    })
    keepCase(run.keep, `${run.format}-${serial}`, { table, ...damage, rows, now, what })
    const kind = `other rows: ${what}`
    return what === 'shape' ? { kind, fault: 'other rows by damage that is to be found' } : { kind }
  } catch (error) {
    const { sqlstate, message } = error as { sqlstate?: string; message: string }
    if (sqlstate !== undefined && ALLOWED.includes(sqlstate)) return { kind: sqlstate }
    return { kind: sqlstate ?? 'crash', fault: `${sqlstate ?? ''} ${message}\n${(error as Error).stack}` }
  } finally {
    writeFileSync(path, whole)
    utimesSync(path, OLD_SECONDS, OLD_SECONDS)
  }
}

function keepCase(
  folder: string | undefined,
  name: string,
  found: Damage & { readonly table: string; readonly rows: string; readonly now: string; readonly what: string },
): void {
  if (folder === undefined) return
  const { before, bytes, rows, now, table, file, what } = found
  const path = join(folder, name)
  mkdirSync(path, { recursive: true })
  writeFileSync(
    join(path, 'info.json'),
    JSON.stringify({ table, file, what, rows: JSON.parse(rows), now: JSON.parse(now) }),
  )
  writeFileSync(join(path, 'before'), before)
  writeFileSync(join(path, 'after'), bytes)
}

/** All rows of a table; `probes` are asked for what they throw. */
async function readTable(
  { engine, folder, writtenAt }: DamageRun,
  table: string,
  probes: readonly string[],
): Promise<string> {
  const session = engine.createSession()
  await session.query('SET verify_page_checksums = true')
  await session.query(`ATTACH '${folder}' AS damaged (TYPE lake, REMAP '${writtenAt}=${folder}')`)
  try {
    await session.query('USE damaged')
    const rows = await jsonRows(session, `SELECT * FROM "${table}"`)
    // A damaged schema lacks the column that is asked for.
    for (const probe of probes) await jsonRows(session, probe).catch(ignoreMissing)
    return JSON.stringify(rows.map((row) => JSON.stringify(row)).toSorted())
  } finally {
    await session.query('USE memory').catch(() => undefined)
    await session.query('DETACH damaged')
  }
}

/** Counts, metadata tables, and a filter by a column that many tables have, for which indexes are read: those that the table answers. */
async function probesOf(run: DamageRun, table: string): Promise<string[]> {
  const all = [
    `SELECT count(*) FROM "${table}"`,
    `SELECT count(*) FROM "${table}" WHERE id = 10`,
    ...METADATA_TABLES.map((kind) => `SELECT * FROM "${table}$${kind}"`),
  ]
  const session = run.engine.createSession()
  await session.query(`ATTACH '${run.folder}' AS whole (TYPE lake, REMAP '${run.writtenAt}=${run.folder}')`)
  await session.query('USE whole')
  const answered: string[] = []
  for (const probe of all) {
    const isAnswered = await jsonRows(session, probe).then(
      () => true,
      () => false,
    )
    if (isAnswered) answered.push(probe)
  }
  await session.query('DETACH whole')
  return answered
}

/** Tables that are refused whole tell nothing. */
function ignoreRefused(error: unknown): undefined {
  if ((error as { sqlstate?: string }).sqlstate !== '0A000') throw error
}

const METADATA_TABLES = ['files', 'history', 'snapshots', 'manifests', 'schemas', 'timeline', 'audit_log']

/** Not every format has every metadata table, and not every table the column. */
function ignoreMissing(error: unknown): void {
  const { sqlstate } = error as { sqlstate?: string }
  if (sqlstate !== '42P01' && sqlstate !== '42703' && sqlstate !== '42883') throw error
}
