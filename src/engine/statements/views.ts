/** CREATE VIEW, DROP VIEW, and queries with the views that they name in place. */
import type { ViewDefinition } from '../../catalog/catalog.ts'
import { SqlError, unsupported } from '../../core/errors.ts'
import { bindQuery } from '../../plan/bind/bind.ts'
import { mayBeSystemName } from '../../plan/bind/system-names.ts'
import { type SyntaxNode, childNodes } from '../../plan/bind/walk-syntax.ts'
import type {
  CommonTable,
  CreateViewStatement,
  DerivedTable,
  DropViewStatement,
  Identifier,
  Query,
  QueryBody,
  RenameViewStatement,
  SelectItem,
  TableName,
  TableQuery,
} from '../../sql/ast.ts'
import { plainQuery, plainSelect } from '../../sql/make-query.ts'
import { parse } from '../../sql/parse.ts'
import { type ResolvedName, candidatesOf } from '../names.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { prepareQuery } from './prepare-query.ts'

export async function runCreateView(
  session: Session,
  statement: CreateViewStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const { name, columns, ifNotExists, orReplace, query, text } = statement
  const place = statement.temporary ? await temporaryPlace(session, name) : await placeOf(session, name)
  const done = commandResult('CREATE VIEW', () => session.engine.memory)
  if (ifNotExists && (await place.catalog.view!(place.schema, place.table)) !== undefined) return done
  if (options.parameters !== undefined && options.parameters.length > 0) throw unsupported('parameters in a view')
  const prepared = await prepareQuery(session, query, options)
  const { output } = await bindQuery(prepared.query, prepared.context)
  if (columns.length > output.length) {
    throw new SqlError('42601', 'CREATE VIEW specifies more column names than columns', { at: columns.at(-1)!.at })
  }
  if ((await place.catalog.sequences?.())?.find(place.schema, place.table) !== undefined) {
    throw new SqlError('42P07', `relation "${place.table}" already exists`, { at: name.at })
  }
  const fields = output.map((field, i) => ({ ...field, name: columns[i]?.name ?? field.name }))
  fields.forEach(({ name: column }, i) => {
    if (fields.findIndex((one) => one.name === column) === i) return
    throw new SqlError('42701', `column "${column}" specified more than once`, { at: name.at })
  })
  const view = { sql: text, columns: fields.map((field) => field.name), schema: session.currentSchema }
  await place.catalog.createView!(place.schema, place.table, { ...view, output: { fields }, orReplace })
  return done
}

export async function runDropView(session: Session, { names, ifExists }: DropViewStatement): Promise<StatementResult> {
  for (const name of names) {
    const { catalog, schema, table } = (await temporaryView(session, name)) ?? (await placeOf(session, name))
    if (!(await catalog.dropView!(schema, table)) && !ifExists) {
      throw new SqlError('42P01', `view "${table}" does not exist`, { at: name.at })
    }
  }
  return commandResult('DROP VIEW', () => session.engine.memory)
}

/** ALTER VIEW v RENAME TO w: the view under its new name first, so that there is one whatever happens. */
export async function runRenameView(
  session: Session,
  { name, to, ifExists }: RenameViewStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const done = commandResult('ALTER VIEW', () => session.engine.memory)
  const { catalog, schema, table } = (await temporaryView(session, name)) ?? (await placeOf(session, name))
  const view = (await catalog.hasViews?.([table])) === true ? await catalog.view?.(schema, table) : undefined
  if (view === undefined) {
    if (ifExists) return done
    throw new SqlError('42P01', `view "${table}" does not exist`, { at: name.at })
  }
  if (view.dialect !== undefined) throw unsupported("renaming another engine's view", { at: name.at })
  const { at } = name
  const prepared = await prepareQuery(session, plainQuery({ kind: 'table', name, at }, at), options)
  const { output } = await bindQuery(prepared.query, prepared.context)
  await catalog.createView!(schema, to.name, { ...view, output: { fields: output }, orReplace: false })
  await catalog.dropView!(schema, table)
  return done
}

async function temporaryPlace(session: Session, { parts, at }: CreateViewStatement['name']): Promise<ResolvedName> {
  if (parts.length > 1 && parts[0]!.name !== 'pg_temp') {
    throw new SqlError('42P16', 'cannot create temporary relation in non-temporary schema', { at })
  }
  session.temporary ??= new (await import('../temporary-tables.ts')).TemporaryTables()
  return { catalog: session.temporary.catalog, schema: 'main', table: parts.at(-1)!.name }
}

/** The session's own view of that name. */
async function temporaryView(
  session: Session,
  { parts }: CreateViewStatement['name'],
): Promise<ResolvedName | undefined> {
  const catalog = session.temporary?.catalog
  const table = parts.at(-1)!.name
  if (catalog === undefined || (parts.length > 1 && parts[0]!.name !== 'pg_temp')) return undefined
  if (!(await catalog.hasViews!([table])) || (await catalog.view!('main', table)) === undefined) return undefined
  return { catalog, schema: 'main', table }
}

async function placeOf(session: Session, { parts, at }: CreateViewStatement['name']): Promise<ResolvedName> {
  const { names } = session
  const places = await candidatesOf(names, parts, at)
  const place = places.find(({ catalog }) => catalog !== names.temporary)!
  if (place.catalog.createView !== undefined && place.catalog.dropView !== undefined) return place
  const why = session.transaction === null ? `in catalog "${place.catalog.name}"` : 'in a transaction block'
  throw unsupported(`CREATE or DROP VIEW ${why}`, { at })
}

/** Views within each other at most. */
const DEPTH_MAX = 64

/** The statement with the query of a view wherever it is named. `place`: where plain names are looked up, if not as everywhere. */
export async function expandViews<T extends SyntaxNode>(
  session: Session,
  root: T,
  place: ViewPlace | null = null,
): Promise<T> {
  return new ViewExpander(session).expand(root, place, 0) as Promise<T>
}

/** Where plain names within a view are looked up. */
interface ViewPlace {
  readonly catalog: string
  readonly schema: string
  /** A temporary view's: temporary tables go first. */
  readonly isTemporary: boolean
  /** Another engine's. */
  readonly isForeign?: boolean
}

interface Inside {
  /** Common tables, which are no views wherever they are named. */
  readonly names: ReadonlySet<string>
  /** Null outside of views. */
  readonly place: ViewPlace | null
  /** Views around. */
  readonly depth: number
}

class ViewExpander {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  async expand(root: SyntaxNode, place: ViewPlace | null, depth: number): Promise<unknown> {
    const names = new Set<string>()
    collectCtes(root, names)
    return this.#rewrite(root, { names, place, depth })
  }

  async #rewrite(node: unknown, inside: Inside): Promise<unknown> {
    if (Array.isArray(node)) return Promise.all(node.map((part) => this.#rewrite(part, inside)))
    if (typeof node !== 'object' || node === null) return node
    if ('kind' in node && node.kind === 'table-name') return this.#table(node as TableName, inside)
    if ('kind' in node && node.kind === 'table') return this.#tableQuery(node as TableQuery, inside)
    // Nodes that stay are the same objects.
    let changed: Record<string, unknown> | undefined
    for (const [key, part] of Object.entries(node)) {
      if (key === 'at' || typeof part !== 'object') continue
      const now = await this.#rewrite(part, inside)
      if (!isSame(now, part)) (changed ??= { ...node })[key] = now
    }
    return changed ?? node
  }

  /** `TABLE v` is `SELECT * FROM v`. */
  async #tableQuery(ast: TableQuery, inside: Inside): Promise<QueryBody> {
    const { name, at } = ast
    const from = await this.#table({ kind: 'table-name', name, alias: null, travel: null, hint: null, at }, inside)
    if (from.kind === 'table-name') return from.name === name ? ast : { ...ast, name: from.name }
    const star: SelectItem = { kind: 'star', qualifier: null, exclude: [], replace: [], rename: [], at }
    return plainSelect({ items: [star], from: [from] }, at)
  }

  async #table(ast: TableName, { names, place, depth }: Inside): Promise<TableName | DerivedTable> {
    const { parts } = ast.name
    if (ast.name.path === true || (parts.length === 1 && names.has(parts[0]!.name))) return ast
    if (mayBeSystemName(parts) && (await isSystemRelation(parts))) return ast
    const isFull =
      place === null || parts.length > 1 || (place.isTemporary && (await this.#isTemporary(parts[0]!.name)))
    // Other engines look up `schema.table` in the view's catalog.
    const isOfCatalog = place?.isForeign === true && parts.length === 2
    const full = isOfCatalog
      ? qualified(ast, [place.catalog])
      : isFull
        ? ast
        : qualified(ast, [place.catalog, place.schema])
    return (await this.#find(full, { depth })) ?? full
  }

  async #isTemporary(name: string): Promise<boolean> {
    const { temporary } = this.#session.names
    if (temporary === undefined) return false
    return ((await temporary.view?.('main', name)) ?? (await temporary.table('main', name))) !== undefined
  }

  async #find(ast: TableName, { depth }: Pick<Inside, 'depth'>): Promise<DerivedTable | undefined> {
    const { parts, at } = ast.name
    if (parts.length === 1 && this.#session.names.registered.has(parts[0]!.name)) return undefined
    for (const { catalog, schema, table } of await candidatesOf(this.#session.names, parts, at).catch(() => [])) {
      const view = await catalog.view?.(schema, table)
      if (view === undefined) continue
      if (ast.travel !== null) throw unsupported('a version of a view', { at })
      if (depth >= DEPTH_MAX) {
        throw new SqlError('42P17', `infinite recursion detected in view "${table}"`, { at })
      }
      const query = await viewQuery(view)
      const { temporary, currentCatalog } = this.#session.names
      const isTemporary = catalog === temporary
      const place = isTemporary ? currentCatalog : catalog.name
      const within = { catalog: place, schema: view.schema, isTemporary, isForeign: view.dialect !== undefined }
      const inner = (await this.expand(query, within, depth + 1)) as Query
      const name = ast.alias?.name ?? parts.at(-1)!
      const own = view.columns.map((column): Identifier => ({ name: column, quoted: true, at }))
      const columns = own.map((column, i) => ast.alias?.columns[i] ?? column)
      return { kind: 'derived-table', lateral: false, query: inner, alias: { name, columns, at }, at: ast.at }
    }
    return undefined
  }
}

/** Relations of the system are the same wherever they are named. */
async function isSystemRelation(parts: readonly Identifier[]): Promise<boolean> {
  const { systemShape } = await import('../system/system-tables.ts')
  return systemShape(parts.slice(-2).map(({ name }) => name)) !== undefined
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  return Array.isArray(a) && Array.isArray(b) && a.every((part, i) => isSame(part, (b as readonly unknown[])[i]))
}

async function viewQuery({ sql, dialect }: ViewDefinition): Promise<Query> {
  const statements =
    dialect === undefined
      ? parse(sql)
      : await (await import('../../sql/dialect/parse-dialect.ts')).parseDialect(sql, dialect)
  const [statement, ...others] = statements
  if (statement?.kind === 'query' && others.length === 0) return statement.query
  throw new SqlError('0A000', 'a view that is no query')
}

function qualified(ast: TableName, names: readonly string[]): TableName {
  const { at } = ast.name
  const before = names.map((name): Identifier => ({ name, quoted: true, at }))
  // The name stays what columns are qualified by.
  return { ...ast, name: { ...ast.name, parts: [...before, ...ast.name.parts] } }
}

function collectCtes(node: SyntaxNode, names: Set<string>): void {
  for (const cte of (node as { ctes?: readonly CommonTable[] }).ctes ?? []) names.add(cte.name.name)
  for (const child of childNodes(node)) collectCtes(child, names)
}
