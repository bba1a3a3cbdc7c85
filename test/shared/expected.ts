/**
 * Recorded answers (`<table>.expected/expected.json`) and how an answer of ours is held against them.
 *
 * Rows compare as multisets. Floats compare after rounding to their width, doubles to 15 digits, maps without order.
 */
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
  readonly from?: unknown
  readonly mode?: string
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
export function toSql({ sql, as_of }: ExpectedQuery, table: string): string | undefined {
  const name = as_of?.metadata_table === undefined ? table : `${table}__${as_of.metadata_table}`
  const source = new RegExp(`(\\bFROM\\s+)${name}\\b`, 'gi')
  if (as_of === null || as_of === undefined) return sql
  if (as_of.metadata_table !== undefined) return sql.replaceAll(source, `$1"${table}$$${as_of.metadata_table}"`)
  const travel = travelOf(as_of)
  return travel === undefined ? undefined : sql.replaceAll(source, `$1${table} ${travel}`)
}

function travelOf(asOf: AsOf): string | undefined {
  if ('from' in asOf || asOf.mode !== undefined) return undefined
  if (asOf.snapshot !== undefined) return `FOR VERSION AS OF ${asOf.snapshot}`
  if (asOf.version !== undefined) return `FOR VERSION AS OF ${asOf.version}`
  if (asOf.tag !== undefined) return `FOR VERSION AS OF '${asOf.tag}'`
  if (asOf.branch !== undefined) return `FOR VERSION AS OF '${asOf.branch}'`
  if (asOf.timestamp_ms !== undefined) return timestampText(new Date(Number(asOf.timestamp_ms)).toISOString())
  return asOf.timestamp === undefined ? undefined : timestampText(asOf.timestamp)
}

const timestampText = (iso: string): string => `FOR TIMESTAMP AS OF TIMESTAMPTZ '${iso}'`

/** Undefined when the answers agree, else what differs. */
export function difference(expected: ExpectedQuery, rows: readonly (readonly unknown[])[]): string | undefined {
  const types = (expected.columns ?? []).map((column) => column.type)
  const want = (expected.rows ?? expected.error_or_rows ?? []).map((row) => canonicalRow(row, types))
  const got = rows.map((row) => canonicalRow(row, types))
  if (expected.order !== 'exact') {
    want.sort()
    got.sort()
  }
  if (want.length !== got.length) return `${got.length} rows instead of ${want.length}`
  const at = want.findIndex((row, i) => row !== got[i])
  return at < 0 ? undefined : `row ${at}: ${got[at]!.slice(0, 300)} instead of ${want[at]!.slice(0, 300)}`
}

function canonicalRow(row: readonly unknown[], types: readonly string[]): string {
  return JSON.stringify(row.map((value, i) => canonical(value, types[i] ?? '')))
}

function canonical(value: unknown, type: string): unknown {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return canonicalNumber(value, type)
  if (Array.isArray(value)) {
    const items = value.map((item) => canonical(item, nestedType(type)))
    return type.startsWith('map') ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items
  }
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, canonical(v, nestedType(type))]))
  }
  // The fixtures give integers of the types that fit a double as numbers or as texts, depending on their writer.
  return typeof value === 'string' && /^-?\d+$/.test(value) ? value.replace(/^-0$/, '0') : value
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
