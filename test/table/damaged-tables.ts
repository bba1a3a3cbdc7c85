/**
 * Tables with one damaged file, read by the whole engine: what comes of each.
 *
 *   copy of the table (links, but for one file, which is mutated)  ->  ATTACH  ->  SELECT *, metadata tables  ->  rows, or an error that blames
 *
 * A flipped bit in a value of a file without checksums can't be seen: such rows that differ are counted. Faults are other rows by other damage,
 * errors that are not of the engine or blame it (XX000), and queries that take too long.
 */
import { linkSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Engine } from '../../src/engine/engine.ts'
import { parseHeader } from '../../src/format/avro/container.ts'
import { decompressBlock } from '../../src/format/avro/codec.ts'
import { AvroCursor } from '../../src/format/avro/cursor.ts'
import { AvroOutput } from '../../src/format/avro/encoder.ts'
import { jsonRows } from '../built-engine.ts'
import { type Below, mutate, seededBelow } from '../mutations.ts'
import { damageKind } from './damage-kind.ts'

export interface DamageRun {
  readonly engine: Engine
  /** Where the tables lie. */
  readonly folder: string
  /** What their metadata calls that folder. */
  readonly writtenAt: string
  readonly tables: readonly string[]
  /** An empty folder on the disk of `folder`: copies are links. */
  readonly scratch: string
  readonly count: number
  readonly seed: number
  /** The engine's memory_limit: by so much more than undamaged tables damaged ones may take. */
  readonly memoryMegabytes: number
  /** A folder for what made other rows, to look at. */
  readonly keep?: string | undefined
}

export interface DamageReport {
  /** Cases by what came of them: `same rows`, `other rows` with what the change meant (damage-kind.ts), or an SQLSTATE. */
  readonly outcomes: ReadonlyMap<string, number>
  /** Cases that must not be, with what repeats them. */
  readonly faults: readonly string[]
  /** Of the process, at any time. */
  readonly rssMegabytesMax: number
  /** How much more that is than it took to read the same tables, undamaged, before. */
  readonly grownMegabytes: number
}

/** Reads of undamaged tables before the memory of damaged ones is measured. */
const WARMING_READS = 40

/** More than one case may add to what the process takes: small tables are read by some megabytes. */
const JUMP_MEGABYTES_MAX = 100

/** Far longer than any of these small tables takes, on a busy machine too. */
const SLOW_MS = 20_000

/**
 * What a damaged file may give besides rows: it is damaged, not supported, missing (a path that changed), too large for the memory; names and
 * versions that the metadata no longer has; and values of another type than they were.
 */
const ALLOWED = ['XX001', '0A000', '58P01', '53200', '54000', '42P01', '42703', '22023']

export async function damageTables(run: DamageRun): Promise<DamageReport> {
  const outcomes = new Map<string, number>()
  const faults: string[] = []
  const originals: { table: string; files: string[]; rows: string }[] = []
  for (const table of run.tables) {
    const rows = await readTable(run, run.folder, table).catch(ignoreRefused)
    if (rows !== undefined) originals.push({ table, files: filesOf(join(run.folder, table)), rows })
  }
  // Until code is compiled, heaps and buffers have grown, and the pages of the engine's memory are touched.
  for (let i = 0; i < WARMING_READS; i++) await readTable(run, run.folder, originals[i % originals.length]!.table)
  const before = peakMegabytes()
  for (let i = 0; i < run.count; i++) {
    const below = seededBelow(run.seed * 1_000_003 + i)
    const original = originals[below(originals.length)]!
    const damage = chooseDamage(join(run.folder, original.table), original.files, below)
    const peak = peakMegabytes()
    const outcome = await outcomeOf(run, original, damage, i)
    outcomes.set(outcome.kind, (outcomes.get(outcome.kind) ?? 0) + 1)
    const name = `seed ${run.seed}, case ${i}: ${original.table}/${damage.file}`
    if (peakMegabytes() - peak > JUMP_MEGABYTES_MAX) faults.push(`${name}: memory grew by ${peakMegabytes() - peak} MB`)
    if (outcome.fault !== undefined) faults.push(`${name}: ${outcome.fault}`)
    if (outcome.tookMs > SLOW_MS) faults.push(`${name}: took ${Math.round(outcome.tookMs)} ms`)
  }
  const rssMegabytesMax = peakMegabytes()
  const grownMegabytes = rssMegabytesMax - before
  if (grownMegabytes > run.memoryMegabytes)
    faults.push(`memory grew by ${grownMegabytes} MB beyond that of undamaged tables`)
  return { outcomes, faults, rssMegabytesMax, grownMegabytes }
}

function peakMegabytes(): number {
  return Math.round(process.resourceUsage().maxRSS / 1000)
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

async function outcomeOf(
  run: DamageRun,
  { table, files, rows }: { table: string; files: readonly string[]; rows: string },
  damage: Damage,
  serial: number,
): Promise<{ kind: string; fault?: string; tookMs: number }> {
  // A folder of its own: caches know files by their name, size and time.
  const folder = join(run.scratch, `case${serial}`)
  let began = 0
  const tookMs = (): number => performance.now() - began
  try {
    for (const file of files) {
      const target = join(folder, table, file)
      mkdirSync(dirname(target), { recursive: true })
      if (file === damage.file) writeFileSync(target, damage.bytes)
      else linkSync(join(run.folder, table, file), target)
    }
    began = performance.now()
    const now = await readTable(run, folder, table)
    const kind = now === rows ? 'same rows' : 'other rows'
    if (kind === 'same rows') return { kind, tookMs: tookMs() }
    const change = {
      before: damage.before,
      after: damage.bytes,
      rowsAgree: JSON.parse(now).length === JSON.parse(rows).length,
    }
    const what = damageKind(damage.file, change)
    const name = `${kind}: ${what}`
    const tells = { kind: name, tookMs: tookMs() }
    keepCase(run.keep, serial, { table, ...damage, rows, now, what })
    return what === 'shape' ? { ...tells, fault: 'other rows by damage that is to be found' } : tells
  } catch (error) {
    const { sqlstate, message } = error as { sqlstate?: string; message: string }
    if (sqlstate !== undefined && ALLOWED.includes(sqlstate)) return { kind: sqlstate, tookMs: tookMs() }
    const fault = `${sqlstate ?? ''} ${message}\n${(error as Error).stack}`
    return { kind: sqlstate ?? 'exception', fault, tookMs: tookMs() }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function keepCase(
  folder: string | undefined,
  serial: number,
  found: Damage & { readonly table: string; readonly rows: string; readonly now: string; readonly what: string },
): void {
  if (folder === undefined) return
  const { before, bytes, rows, now, table, file, what } = found
  const path = join(folder, `case${serial}`)
  mkdirSync(path, { recursive: true })
  writeFileSync(
    join(path, 'info.json'),
    JSON.stringify({ table, file, what, rows: JSON.parse(rows), now: JSON.parse(now) }),
  )
  writeFileSync(join(path, 'before'), before)
  writeFileSync(join(path, 'after'), bytes)
}

/** All rows of a table, and those of its metadata tables read for what they throw. */
async function readTable({ engine, writtenAt }: DamageRun, folder: string, table: string): Promise<string> {
  const session = engine.createSession()
  await session.query('SET verify_page_checksums = true')
  await session.query(`ATTACH '${folder}' AS damaged (TYPE lake, REMAP '${writtenAt}=${folder}')`)
  try {
    await session.query('USE damaged')
    const rows = await jsonRows(session, `SELECT * FROM "${table}"`)
    await jsonRows(session, `SELECT count(*) FROM "${table}"`)
    // A filter by a column that many tables have: indexes are read for it.
    await jsonRows(session, `SELECT count(*) FROM "${table}" WHERE id = 10`).catch(ignoreMissing)
    for (const kind of METADATA_TABLES) {
      await jsonRows(session, `SELECT * FROM "${table}$${kind}"`).catch(ignoreMissing)
    }
    return JSON.stringify(rows.map((row) => JSON.stringify(row)).toSorted())
  } finally {
    await session.query('USE memory').catch(() => undefined)
    await session.query('DETACH damaged')
  }
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
