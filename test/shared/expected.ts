/**
 * Recorded answers (`<table>.expected/expected.json`) and how an answer of ours is held against them.
 *
 * Rows compare as multisets. Floats compare after rounding to their width, doubles to 15 digits, maps without order.
 */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, existsSync } from 'node:fs'
import { join } from 'node:path'

export interface ExpectedQuery {
  readonly sql: string
  readonly as_of: AsOf | null
  readonly columns?: readonly { readonly name: string; readonly type: string }[]
  readonly rows?: readonly (readonly unknown[])[]
  readonly error?: string
  /** An error is right, and so are these rows. */
  readonly error_or_rows?: readonly (readonly unknown[])[]
  readonly order?: 'any' | 'exact'
  readonly note?: string
}

export interface AsOf {
  readonly snapshot?: string
  readonly version?: number
  readonly timestamp_ms?: string
  readonly timestamp?: string
  readonly tag?: string
  readonly branch?: string
  readonly metadata_table?: string
  readonly instant?: string
  readonly query_type?: string
  readonly row_lineage?: boolean
  readonly row_tracking?: boolean
  readonly from?: unknown
  readonly to?: unknown
  readonly mode?: string
  readonly scan_mode?: string
  readonly net?: boolean
  readonly identifier_columns?: readonly string[]
}

export interface ExpectedTable {
  readonly table: string
  readonly features: readonly string[]
  readonly queries: readonly ExpectedQuery[]
}

/** Every table of a folder of fixtures, by name. */
export function expectedTables(folder: string): ExpectedTable[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.expected') && existsSync(join(folder, name, 'expected.json')))
    .map((name) => {
      const found = JSON.parse(readFileSync(join(folder, name, 'expected.json'), 'utf8')) as ExpectedTable
      return { ...found, table: name.replace('.expected', '') }
    })
    .toSorted((a, b) => (a.table < b.table ? -1 : 1))
}

/** The query in our dialect: time travel and metadata tables put into the text. Undefined where the kind is not one of these. */
export function toSql(query: ExpectedQuery, table: string): string | undefined {
  const { sql, as_of } = query
  const name = as_of?.metadata_table === undefined ? table : `${table}__${as_of.metadata_table}`
  const source = new RegExp(`(\\bFROM\\s+)${name}\\b`, 'gi')
  if (/\bview\(/i.test(sql)) return sql.replace(`view(${table})`, `"${table}$view"`)
  if (as_of === null || as_of === undefined) return sql
  if (as_of.metadata_table !== undefined) return sql.replaceAll(source, `$1"${table}$$${as_of.metadata_table}"`)
  if (as_of.mode === 'cdf') return cdfOf(query, source, table)
  if (as_of.query_type === 'read_optimized') return sql.replaceAll(source, `$1"${table}$ro"`)
  if (as_of.mode === 'incremental') return sql.replaceAll(source, `$1${incrementOf(query, table)}`)
  if (as_of.mode === 'incremental-between') return sql.replaceAll(source, `$1${betweenOf(query, table)}`)
  if (as_of.row_lineage === true) return sql
  // Our hidden columns begin with a line.
  if (as_of.row_tracking === true) return sql.replaceAll(/\b(row_(?:id|commit_version))\b/g, '_$1 AS $1')
  if (as_of.mode === 'append' || as_of.mode === 'changelog')
    return sql.replaceAll(source, `$1${changesOf(query, table)}`)
  const travel = travelOf(as_of)
  return travel === undefined ? undefined : sql.replaceAll(source, `$1${table} ${travel}`)
}

/** Changes of Delta tables: both ends are included, and updates have Delta's names. */
function cdfOf({ sql, as_of, columns }: ExpectedQuery, source: RegExp, table: string): string {
  const { from, to } = as_of!
  const range = `from => ${Number(from) - 1}, to => ${to === null || to === undefined ? 'NULL' : String(to)}`
  const names = (columns ?? []).map(({ name }) => {
    if (name !== '_change_type') return name
    return `CASE ${name} WHEN 'update_before' THEN 'update_preimage' WHEN 'update_after' THEN 'update_postimage' ELSE ${name} END`
  })
  return `SELECT ${names.join(', ')} FROM (${sql.replaceAll(source, `$1table_changes('${table}', ${range})`)}) changes`
}

/** Hudi's `000` is before everything. */
function incrementOf({ as_of }: ExpectedQuery, table: string): string {
  const [from, to] = [as_of!.from, as_of!.to].map((time) => (typeof time === 'string' ? `'${time}'` : 'NULL'))
  return `table_changes('${table}', from => ${from}, to => ${to}, mode => 'incremental') changes`
}

/** Incremental reads of Paimon: with kinds, those of the log of changes. */
function betweenOf({ as_of, columns }: ExpectedQuery, table: string): string {
  const { from, to, scan_mode: mode } = as_of!
  const end = (value: unknown): string =>
    typeof value === 'string' && !/^\d+$/.test(value) ? `'${value}'` : version(value)
  const hasKinds = (columns ?? []).some(({ name }) => name === 'rowkind')
  const source = hasKinds ? `"${table}$audit_log"` : `"${table}"`
  return `paimon_incremental_query('${source}', ${end(from)}, ${end(to)}, '${mode}') changes`
}

/**
 * Changes of Iceberg tables as Spark shows them: a subquery with the columns of the answer, change types in capitals and the commit under its
 * name there.
 */
function changesOf({ as_of, columns }: ExpectedQuery, table: string): string {
  const { from, to, mode, net, identifier_columns: keys } = as_of!
  const options = [
    `from => ${version(from)}`,
    `to => ${version(to)}`,
    `mode => '${mode}'`,
    ...(net === true ? ['net => true'] : []),
    ...(keys === undefined ? [] : [`identifier_columns => ARRAY[${keys.map((key) => `'${key}'`).join()}]`]),
  ]
  const names = (columns ?? []).map(({ name }) => {
    if (name === '_change_type') return 'upper(_change_type) AS _change_type'
    return name === '_commit_snapshot_id' ? '_commit_version AS _commit_snapshot_id' : name
  })
  return `(SELECT ${names.join(', ')} FROM table_changes('${table}', ${options.join(', ')})) changes`
}

function version(value: unknown): string {
  return value === null || value === undefined ? 'NULL' : String(value)
}

function travelOf(asOf: AsOf): string | undefined {
  if ('from' in asOf || asOf.mode !== undefined) return undefined
  if (asOf.snapshot !== undefined) return `FOR VERSION AS OF ${asOf.snapshot}`
  if (asOf.version !== undefined) return `FOR VERSION AS OF ${asOf.version}`
  if (asOf.instant !== undefined) return `FOR VERSION AS OF '${asOf.instant}'`
  if (asOf.tag !== undefined) return `FOR VERSION AS OF '${asOf.tag}'`
  if (asOf.branch !== undefined) return `FOR VERSION AS OF '${asOf.branch}'`
  if (asOf.timestamp_ms !== undefined) return timestampText(new Date(Number(asOf.timestamp_ms)).toISOString())
  return asOf.timestamp === undefined ? undefined : timestampText(asOf.timestamp)
}

const timestampText = (iso: string): string => `FOR TIMESTAMP AS OF TIMESTAMPTZ '${iso}'`

/** Undefined when the answers agree, else what differs. */
export function difference(expected: ExpectedQuery, rows: readonly (readonly unknown[])[]): string | undefined {
  const types = (expected.columns ?? []).map((column) => column.type)
  const recorded = expected.rows ?? expected.error_or_rows ?? []
  const want = recorded.map((row) => canonicalRow(row, types))
  const isDigested = recorded.some((row) => row.some(isDigest))
  const got = rows.map((row) => canonicalRow(isDigested ? row.map(digestIfLong) : row, types))
  if (expected.order !== 'exact') {
    want.sort()
    got.sort()
  }
  if (want.length !== got.length) return `${got.length} rows instead of ${want.length}`
  const at = want.findIndex((row, i) => row !== got[i])
  return at < 0 ? undefined : `row ${at}: ${got[at]!.slice(0, 300)} instead of ${want[at]!.slice(0, 300)}`
}

/** Long binaries are recorded by their MD5. */
function isDigest(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('md5:')
}

/** Of binaries above this many bytes. */
const DIGESTED_FROM = 64

function digestIfLong(value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= DIGESTED_FROM * 2 || !/^[0-9a-f]+$/.test(value)) return value
  return `md5:${createHash('md5').update(Buffer.from(value, 'hex')).digest('hex')}`
}

function canonicalRow(row: readonly unknown[], types: readonly string[]): string {
  return JSON.stringify(row.map((value, i) => canonical(value, types[i] ?? '')))
}

function canonical(value: unknown, type: string): unknown {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return canonicalNumber(value, type)
  if (Array.isArray(value)) {
    const parts = partsOf(type)
    if (!type.startsWith('map<')) return value.map((item) => canonical(item, parts[0]?.type ?? nestedType(type)))
    const pairs = (value as readonly (readonly unknown[])[]).map((pair) =>
      pair.map((item, i) => canonical(item, parts[i]!.type)),
    )
    return pairs.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (typeof value === 'object') {
    const parts = new Map(partsOf(type).map((part) => [part.name, part.type]))
    return Object.fromEntries(
      Object.entries(value).map(([k, v]) => [k, canonical(v, parts.get(k) ?? nestedType(type))]),
    )
  }
  // The fixtures give integers of the types that fit a double as numbers or as texts, depending on their writer.
  return typeof value === 'string' && /^-?\d+$/.test(value) ? value.replace(/^-0$/, '0') : value
}

/** What a nested type's text is made of: `map<int,array<string>>`, `struct<a:int,b:string>`. */
function partsOf(type: string): { readonly name: string; readonly type: string }[] {
  const inner = /^(?:array|map|struct)<(.*)>$/s.exec(type)?.[1]
  if (inner === undefined) return []
  const parts: string[] = ['']
  let depth = 0
  for (const letter of inner) {
    if (letter === '<' || letter === '(') depth++
    if (letter === '>' || letter === ')') depth--
    if (letter === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts.map((part) => {
    const colon = type.startsWith('struct') ? part.indexOf(':') : -1
    return { name: part.slice(0, Math.max(0, colon)).trim(), type: part.slice(colon + 1).trim() }
  })
}

/** Inside nested values the type is only needed for how floats round: any float type in the text means that. */
function nestedType(type: string): string {
  return /float|half/.test(type) ? 'float' : ''
}

function canonicalNumber(value: number, type: string): unknown {
  if (/float|half/.test(type)) return Math.fround(value)
  if (Number.isInteger(value)) return Object.is(value, -0) ? '0' : String(value)
  return Number(value.toPrecision(15))
}
