/** `\d` and `\dt`: tables and their columns, laid out as psql does. */
import { typeName } from '../core/types.ts'
import { currentCatalog, locateTable } from '../engine/names.ts'
import type { StatementResult } from '../engine/result.ts'
import { literalResult, textField } from '../engine/statements/literals.ts'
import { tableFacts } from '../engine/table-facts.ts'
import type { LiteralValue } from '../expr/expr.ts'
import type { Client } from './client.ts'

/** Names of a backslash command stand in no SQL text. */
const NOWHERE = { start: 0, end: 0 }

/** `\dt`, or `\d` without a name. A pattern is a catalog, a schema, or the name of tables with `*` and `?`, behind either of them or alone. */
export async function listTables(client: Client, pattern: string, isLong: boolean): Promise<boolean> {
  const found = await tablesLike(client, partsOf(pattern))
  if (found.length === 0) {
    const named = pattern === '' ? '' : ` named "${pattern}"`
    await client.streams.notices.write(`Did not find any relations${named}.\n`)
    return true
  }
  const fields = ['Schema', 'Name', 'Type', ...(isLong ? ['Access method'] : [])].map((name) => textField(name))
  const rows = found.map(({ schema, table, format }) => [schema, table, 'table', ...(isLong ? [format] : [])])
  return client.show(resultOf(client, 'SHOW', fields, rows), { title: 'List of relations' })
}

/** `\d NAME`; with `*` or `?` in the name all tables that fit. */
export async function describeTables(client: Client, name: string, isLong: boolean): Promise<boolean> {
  const parts = partsOf(name)
  const names = parts.map(({ text }) => text)
  if (!parts.some(hasWildcard)) return describe(client, names, isLong)
  const found = await tablesLike(client, parts)
  if (found.length === 0) await client.streams.notices.write(`Did not find any relation named "${name}".\n`)
  let allWell = true
  for (const { catalog, schema, table } of found) {
    const well = await describe(client, [catalog, schema, table], isLong)
    allWell &&= well
  }
  return allWell
}

async function describe(client: Client, names: readonly string[], isLong: boolean): Promise<boolean> {
  const { session } = client
  const parts = names.map((name) => ({ name, quoted: true, at: NOWHERE }))
  const { table, place } = await locateTable(session.names, parts, null, undefined)
  const rows = table.schema.fields.map((field) => [
    field.name,
    typeName(field.type),
    null,
    field.nullable ? null : 'not null',
    table.rules?.defaults.get(field.name) ?? null,
    ...(isLong ? [field.comment ?? null] : []),
  ])
  const columns = ['Column', 'Type', 'Collation', 'Nullable', 'Default', ...(isLong ? ['Description'] : [])]
  const isElsewhere = place !== undefined && place.catalog.name !== session.currentCatalog
  const path = place === undefined ? [table.name] : [place.schema, place.table]
  const title = `Table "${[...(isElsewhere ? [place.catalog.name] : []), ...path].join('.')}"`
  const footers = [...constraintsOf(table), ...(await tableFacts(table)).map(([fact, value]) => `${fact}: ${value}`)]
  const fields = columns.map((column) => textField(column))
  return client.show(resultOf(client, 'DESCRIBE', fields, rows), { title, footers })
}

/** As psql lists them below the columns. */
function constraintsOf({ rules }: Awaited<ReturnType<typeof locateTable>>['table']): readonly string[] {
  const keys = (rules?.keys ?? []).map(
    ({ name, isPrimary, columns }) =>
      `    "${name}" ${isPrimary ? 'PRIMARY KEY' : 'UNIQUE CONSTRAINT'} (${columns.join(', ')})`,
  )
  const checks = (rules?.checks ?? []).map(({ name, expression }) => `    "${name}" CHECK (${expression})`)
  return [
    ...(keys.length === 0 ? [] : ['Indexes:', ...keys]),
    ...(checks.length === 0 ? [] : ['Check constraints:', ...checks]),
  ]
}

/** `\df`. */
export async function listFunctions(client: Client, pattern: string): Promise<boolean> {
  const [part] = partsOf(pattern).slice(-1)
  const like = part === undefined ? '' : ` LIKE '${likeOf(part).replaceAll("'", "''")}'`
  return client.show(() => client.session.query(`SHOW FUNCTIONS${like}`), { title: 'List of functions' })
}

interface NamePart {
  readonly text: string
  readonly quoted: boolean
}

/** The names between the dots: folded to lower case, in quotes as they stand. */
function partsOf(name: string): NamePart[] {
  return [...name.matchAll(/"((?:[^"]|"")*)"|[^."]+/g)].map(([whole, inQuotes]) =>
    inQuotes === undefined
      ? { text: whole.toLowerCase(), quoted: false }
      : { text: inQuotes.replaceAll('""', '"'), quoted: true },
  )
}

function hasWildcard({ text, quoted }: NamePart): boolean {
  return !quoted && /[*?]/.test(text)
}

interface ListedTable {
  readonly catalog: string
  readonly schema: string
  readonly table: string
  readonly format: string
}

async function tablesLike(client: Client, parts: readonly NamePart[]): Promise<ListedTable[]> {
  const { session } = client
  const [first] = parts
  // A name alone is a table's, unless there is a catalog or schema of that name.
  const isPlace =
    parts.length === 1 &&
    (session.engine.catalogs.has(first!.text) || (await currentCatalog(session.names).schemas()).includes(first!.text))
  const place = isPlace ? parts : parts.slice(0, -1)
  const last = isPlace ? undefined : parts.at(-1)
  const from = place.map(({ text }) => `"${text.replaceAll('"', '""')}"`).join('.')
  const like = last === undefined ? '' : ` LIKE '${likeOf(last).replaceAll("'", "''")}'`
  const result = await session.query(`SHOW TABLES${from === '' ? '' : ` FROM ${from}`}${like}`)
  const rows: ListedTable[] = []
  for await (const chunk of result.chunks()) {
    for (const [catalog, schema, table, format] of chunk as readonly (readonly string[])[]) {
      rows.push({ catalog: catalog!, schema: schema!, table: table!, format: format! })
    }
  }
  return rows
}

/** A LIKE pattern for a shell's: what is special in LIKE stands for itself. */
function likeOf(part: NamePart): string {
  const text = part.text.replaceAll(/[\\%_]/g, '\\$&')
  return part.quoted ? text : text.replaceAll('*', '%').replaceAll('?', '_')
}

function resultOf(
  { session }: Client,
  command: string,
  fields: Parameters<typeof literalResult>[2],
  rows: readonly (readonly LiteralValue[])[],
): () => Promise<StatementResult> {
  return async () => literalResult(session, command, fields, rows)
}
