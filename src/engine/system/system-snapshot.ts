/**
 * The objects of the current catalog as a statement sees them, with PostgreSQL's numbers for them.
 *
 * A catalog keeps no numbers: those of schemas, tables and functions are made of their names, so that they are the same in every statement, session and
 * process. PostgreSQL's own objects keep theirs, which are below 16384.
 *
 * Loaded once for a statement that asks for it: names by listing the catalog, columns by opening its tables.
 */
import type { Catalog, ViewDefinition } from '../../catalog/catalog.ts'
import type { Sequence } from '../../catalog/sequence.ts'
import { DataError, InternalError, ResourceError, SqlError } from '../../core/errors.ts'
import type { Field } from '../../core/types.ts'
import { bindQuery } from '../../plan/bind/bind.ts'
import { declaredFields } from '../../plan/bind/declared-types.ts'
import type { UserFunction } from '../../plan/bind/user-function.ts'
import { plainQuery } from '../../sql/make-query.ts'
import type { Table } from '../../table/table.ts'
import type { Session } from '../session.ts'
import { SYSTEM_SCHEMAS } from '../../plan/bind/system-names.ts'
import { objectNumberOf } from './object-numbers.ts'
import { USER_NAME } from './server-version.ts'
import { type SystemRelationShape, systemShapes } from './relation-columns.ts'
import { pgTypeName, typeModifier } from './type-oids.ts'

/** Relations of a catalog that are listed at most: as many as SHOW TABLES lists. */
const RELATIONS_MAX = 100_000
/** Tables that are opened at once. */
const OPEN_AT_ONCE = 16

export interface SystemSchema {
  readonly oid: number
  readonly name: string
}

export interface SystemColumn {
  readonly name: string
  /** `typname`. */
  readonly type: string
  readonly modifier: number
  readonly isNullable: boolean
  /** SQL text. */
  readonly default: string | null
  readonly comment: string | null
  /** As `pg_attribute.attidentity`. */
  readonly identity?: 'a' | 'd'
}

export interface SystemRelation {
  readonly oid: number
  readonly name: string
  readonly schema: SystemSchema
  /** As `pg_class.relkind`. */
  readonly kind: 'r' | 'v' | 'm' | 'S'
  readonly columns: readonly SystemColumn[]
  /** Its query, of views. */
  readonly definition: string | null
  readonly isTemporary: boolean
  /** One of the user's, not one that every database has. */
  readonly isOwn: boolean
  readonly rules: Table['rules']
  /** Of kind `S`. */
  readonly sequence?: Sequence
  /** The table; undefined for views, and for tables that could not be opened. */
  readonly table?: Table
}

export interface SystemFunction {
  readonly oid: number
  readonly schema: SystemSchema
  readonly definition: UserFunction
  readonly language: string
  /** Its CREATE FUNCTION. */
  readonly statement: string
}

export interface SystemSnapshot {
  readonly database: string
  readonly databases: readonly string[]
  readonly user: string
  readonly schemas: readonly SystemSchema[]
  /** Those of the system first, then in the order of their names. */
  readonly relations: readonly SystemRelation[]
  relation(oid: number): SystemRelation | undefined
  /** The relation of a name, maybe with a schema; plain names are looked up along the search path. */
  find(parts: readonly string[]): SystemRelation | undefined
  schema(oid: number): SystemSchema | undefined
  /** Schemas in which plain names are looked up, in this order. */
  readonly path: readonly string[]
  /** Functions of users. */
  functions(): Promise<readonly SystemFunction[]>
  readonly session: Session
}

const OWN_SCHEMAS: Readonly<Record<string, number>> = { pg_catalog: 11, information_schema: 13_182 }

class Numbers {
  readonly #taken = new Set<number>()

  /** A number for the name: the same one wherever names do not collide. */
  of(...name: readonly string[]): number {
    let oid = objectNumberOf(...name)
    while (this.#taken.has(oid)) oid++
    this.#taken.add(oid)
    return oid
  }
}

/** `opensTables`: whether columns are known, and which of the relations are views. */
export async function loadSystemSnapshot(session: Session, opensTables = true): Promise<SystemSnapshot> {
  const { catalogs, currentCatalog, currentSchema, otherSchemas = [], temporary, registered } = session.names
  const catalog = catalogs.get(currentCatalog)!
  const numbers = new Numbers()
  const names = [...new Set([...(await catalog.schemas()), currentSchema])].sort()
  const schemas = [
    ...SYSTEM_SCHEMAS.map((name): SystemSchema => ({ name, oid: OWN_SCHEMAS[name]! })),
    ...names.map((name): SystemSchema => ({ name, oid: numbers.of('schema', name) })),
    ...(temporary === undefined ? [] : [{ name: 'pg_temp', oid: numbers.of('schema', 'pg_temp') }]),
  ]
  const schemaOf = (name: string): SystemSchema => schemas.find((one) => one.name === name)!
  const found: Listed[] = [...registered].map(([name, table]) => ({ schema: schemaOf(currentSchema), name, table }))
  for (const name of names) found.push(...(await listed(catalog, name, schemaOf(name))))
  if (temporary !== undefined) found.push(...(await listed(temporary, 'main', schemaOf('pg_temp'))))
  found.sort((a, b) => (key(a) < key(b) ? -1 : 1))
  const numbered = found.map((one) => ({ ...one, oid: numbers.of('relation', one.schema.name, one.name) }))
  const own = opensTables ? await opened(session, numbered) : numbered.map(unopened)
  const relations = [...[...systemShapes().values()].map((shape) => ownRelation(shape, schemaOf(shape.schema))), ...own]
  const byOid = new Map(relations.map((one) => [one.oid, one]))
  const byName = new Map(relations.map((one) => [key(one), one]))
  const path = ['pg_catalog', ...(temporary === undefined ? [] : ['pg_temp']), currentSchema, ...otherSchemas]
  return {
    database: currentCatalog,
    databases: [...catalogs.keys()],
    user: USER_NAME,
    schemas,
    relations,
    path,
    session,
    relation: (oid) => byOid.get(oid),
    schema: (oid) => schemas.find((one) => one.oid === oid),
    find(parts) {
      const [name, schema] = parts.toReversed()
      const places = schema === undefined ? path : [schema]
      return places.map((place) => byName.get(`${place}\0${name ?? ''}`)).find((one) => one !== undefined)
    },
    functions: () => listFunctions(catalog, schemas, numbers),
  }
}

interface Listed {
  readonly schema: SystemSchema
  readonly name: string
  readonly catalog?: Catalog
  /** As the catalog calls it. */
  readonly inSchema?: string
  /** Of tables that a program registered. */
  readonly table?: Table
  readonly sequence?: Sequence
}

function key({ schema, name }: { readonly schema: SystemSchema; readonly name: string }): string {
  return `${schema.name}\0${name}`
}

async function listed(catalog: Catalog, inSchema: string, schema: SystemSchema): Promise<Listed[]> {
  const found: Listed[] = []
  for await (const { name } of catalog.tables(inSchema)) {
    if (found.length >= RELATIONS_MAX) throw new ResourceError('54000', `more than ${RELATIONS_MAX} tables in a schema`)
    found.push({ catalog, schema, name, inSchema })
  }
  const sequences = (await catalog.sequences?.())?.list(inSchema) ?? []
  found.push(...sequences.map((sequence) => ({ schema, name: sequence.name, sequence })))
  return found
}

/** Some at a time; in the order given. */
async function opened(
  session: Session,
  all: readonly (Listed & { readonly oid: number })[],
): Promise<readonly SystemRelation[]> {
  const done: SystemRelation[] = []
  for (let from = 0; from < all.length; from += OPEN_AT_ONCE) {
    done.push(
      ...(await Promise.all(all.slice(from, from + OPEN_AT_ONCE).map(async (one) => openRelation(session, one)))),
    )
  }
  return done
}

async function openRelation(session: Session, one: Listed & { readonly oid: number }): Promise<SystemRelation> {
  const { name, catalog, inSchema } = one
  const nothing = unopened(one)
  if (one.sequence !== undefined) return { ...nothing, columns: SEQUENCE_COLUMNS }
  try {
    const isView = catalog !== undefined && (await catalog.hasViews?.([name])) === true
    const view = isView ? await catalog.view?.(inSchema!, name) : undefined
    if (view !== undefined) {
      return { ...nothing, kind: 'v', definition: view.sql, columns: await viewColumns(session, one, view) }
    }
    const table = one.table ?? (await catalog!.table(inSchema!, name))
    if (table === undefined) return nothing
    const { rules } = table
    const source = rules?.view
    return {
      ...nothing,
      kind: source === undefined ? 'r' : 'm',
      definition: source?.sql ?? null,
      columns: declaredFields(table).map((field) => {
        const column = columnOf(field, shownDefault(rules?.defaults.get(field.name)))
        const always = rules?.identities?.get(field.name)
        // The default of an identity column is how it works, not what it is.
        return always === undefined ? column : { ...column, default: null, identity: always ? 'a' : 'd' }
      }),
      rules,
      table,
    }
  } catch (error) {
    // A damaged table is listed, and an error only for who reads it.
    if (error instanceof DataError || error instanceof SqlError) return nothing
    throw error
  }
}

function unopened({ oid, name, schema, sequence }: Listed & { readonly oid: number }): SystemRelation {
  const isTemporary = schema.name === 'pg_temp'
  const plain = { oid, name, schema, isOwn: true, isTemporary, rules: undefined, definition: null, columns: [] }
  return sequence === undefined ? { ...plain, kind: 'r' } : { ...plain, kind: 'S', sequence }
}

const SEQUENCE_COLUMNS: readonly SystemColumn[] = [
  ['last_value', 'int8'],
  ['log_cnt', 'int8'],
  ['is_called', 'bool'],
].map(([name, type]) => ({ name: name!, type: type!, modifier: -1, isNullable: false, default: null, comment: null }))

/** Sequences of `main` are found without the schema's name. */
function shownDefault(text: string | undefined): string | null {
  return text?.replace(/^nextval\('main\./, "nextval('") ?? null
}

async function viewColumns(
  session: Session,
  { catalog, inSchema, name }: Listed,
  view: ViewDefinition,
): Promise<readonly SystemColumn[]> {
  const at = { start: 0, end: 0 }
  const isTemporary = catalog === session.names.temporary
  const parts = isTemporary ? ['pg_temp', name] : [catalog!.name, inSchema!, name]
  const { prepareQuery } = await import('../statements/prepare-query.ts')
  const { bindContext } = await import('../statements/plan.ts')
  try {
    const named = { parts: parts.map((part) => ({ name: part, quoted: true, at })), at }
    // A view of the catalog's relations must not ask for what is being made.
    const within = bindContext(session, {}, () => loadSystemSnapshot(session, false))
    const all = plainQuery({ kind: 'table', name: named, at }, at)
    const { query, context } = await prepareQuery(session, all, {}, within)
    return (await bindQuery(query, context)).output.map((field) => columnOf(field, null))
  } catch (error) {
    if (!(error instanceof SqlError) && !(error instanceof DataError)) throw error
    // What it reads is gone: its names stay.
    return view.columns.map((column) => columnOf({ name: column, type: { kind: 'varchar' }, nullable: true }, null))
  }
}

function columnOf({ name, type, nullable, comment }: Field, written: string | null): SystemColumn {
  return {
    name,
    type: pgTypeName(type),
    modifier: typeModifier(type),
    isNullable: nullable,
    default: written,
    comment: comment ?? null,
  }
}

function ownRelation({ name, oid, kind, fields, types }: SystemRelationShape, schema: SystemSchema): SystemRelation {
  const columns = fields.map((field, i): SystemColumn => ({
    name: field.name,
    type: types[i]!,
    modifier: -1,
    isNullable: true,
    default: null,
    comment: null,
  }))
  const rest = { definition: null, isTemporary: false, isOwn: false, rules: undefined }
  return { oid, name, schema, kind, columns, ...rest }
}

function notCalled(): never {
  throw new InternalError('a listed function is called')
}

async function listFunctions(
  catalog: Catalog,
  schemas: readonly SystemSchema[],
  numbers: Numbers,
): Promise<readonly SystemFunction[]> {
  if (catalog.functions === undefined) return []
  const { parseStored } = await import('../functions/load-functions.ts')
  const found: SystemFunction[] = []
  for (const schema of schemas) {
    if (SYSTEM_SCHEMAS.includes(schema.name) || schema.name === 'pg_temp') continue
    for (const stored of await catalog.functions(schema.name, null)) {
      const definition = await parseStored(stored, async () => notCalled)
      const oid = numbers.of('function', schema.name, stored.name, stored.signature)
      const language = definition.body.kind === 'code' ? 'javascript' : 'sql'
      found.push({ oid, schema, definition, language, statement: stored.statement })
    }
  }
  return found
}
