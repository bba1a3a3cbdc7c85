import { SqlError, unsupported } from '../../core/errors.ts'
import type { Catalog, CreateTableRequest } from '../../catalog/catalog.ts'
import { type Field, type Schema, VARCHAR } from '../../core/types.ts'
import { column } from '../../expr/expr.ts'
import type { LogicalPlan, LogicalQuery } from '../../plan/logical.ts'
import { isKeptAsText, keptValue } from '../../plan/bind/declared-types.ts'
import { bindQuery } from '../../plan/bind/bind.ts'
import { resolveTypeName } from '../../plan/bind/type-name.ts'
import type { CreateTableStatement, DropTableStatement, Expression } from '../../sql/ast.ts'
import type { PartitionField, TableAlteration } from '../../table/alteration.ts'
import { type ResolvedName, candidatesOf } from '../names.ts'
import { dropOwned, ownedSequences } from '../sequences/owned-sequences.ts'
import { bringsSequence } from '../sequences/brings-sequence.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { writeQuery } from './insert.ts'
import { relationKind, writablePlace } from './new-relation.ts'
import { RuleBinder } from './rule-binder.ts'
import { bindContext } from './plan.ts'
import { prepareQuery } from './prepare-query.ts'

/** CREATE TABLE [IF NOT EXISTS] name (columns) ... | CREATE TABLE name AS query. */
export async function runCreateTable(
  session: Session,
  statement: CreateTableStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  if (statement.temporary) session.temporary ??= new (await import('../temporary-tables.ts')).TemporaryTables()
  const place = await writablePlace(session, statement.name, statement.temporary)
  const done = (rows?: number): StatementResult =>
    rows === undefined
      ? commandResult('CREATE TABLE', () => session.engine.memory)
      : commandResult('SELECT', () => session.engine.memory, rows)
  const taken = await relationKind(place)
  if (taken !== undefined && (taken !== 'table' || !statement.orReplace)) {
    if (statement.ifNotExists) return done()
    throw new SqlError('42P07', `relation "${place.table}" already exists`, { at: statement.name.at })
  }
  if (statement.using !== null && statement.using !== 'iceberg') {
    throw unsupported(`CREATE TABLE USING ${statement.using}`, { at: statement.at })
  }
  if (statement.location !== null) throw unsupported('CREATE TABLE with LOCATION', { at: statement.at })
  // Another writer may make the table first: then it exists, which is what IF NOT EXISTS asks for.
  try {
    return done(await createAs(session, statement, place, options))
  } catch (error) {
    const isThere = error instanceof SqlError && error.sqlstate === '42P07'
    if (statement.ifNotExists && isThere) return done()
    throw error
  }
}

/** Makes the table; of CREATE TABLE AS the rows written. */
async function createAs(
  session: Session,
  statement: CreateTableStatement,
  place: ResolvedName,
  options: ExecuteOptions,
): Promise<number | undefined> {
  if (statement.query === null) {
    if (statement.columns.some(bringsSequence)) await createWithSequences(session, statement, place, options)
    else await createPlain(session, statement, place, options)
    return undefined
  }
  const enforced = statement.keys.find((key) => key.enforced)
  if (enforced !== undefined) throw unsupported('a key in CREATE TABLE AS', { at: enforced.at })
  const prepared = await prepareQuery(session, statement.query, options)
  const query = await bindQuery(prepared.query, prepared.context)
  const fields = statement.columns.length === 0 ? query.output : renamed(query.output, statement)
  const columns = { fields: fields.map((f) => ({ ...f, nullable: true })) }
  const request = requestOf(statement, place, columns)
  const kept = keptQuery(query)
  if (statement.materialized !== undefined) {
    const { materializedRequest } = await import('./materialized-views.ts')
    const staged = materializedRequest(session, request, statement.materialized)
    return writeQuery(session, kept, () => place.catalog.stageTable!(staged, session.engine), options)
  }
  // The table appears with its rows: begin() on a staged table commits both at once.
  return writeQuery(session, kept, () => place.catalog.stageTable!(request, session.engine), options)
}

async function createPlain(
  session: Session,
  statement: CreateTableStatement,
  place: ResolvedName,
  options: ExecuteOptions,
  more: readonly TableAlteration[] = [],
): Promise<void> {
  const columns = { fields: statement.columns.map(fieldOf) }
  const rules = [...(await rulesOf(session, statement, options)), ...more]
  await place.catalog.createTable!(requestOf(statement, place, columns, rules))
}

/** The sequences first: a table whose defaults name none would be of no use. */
async function createWithSequences(
  session: Session,
  statement: CreateTableStatement,
  place: ResolvedName,
  options: ExecuteOptions,
): Promise<void> {
  const { withSequences } = await import('../sequences/column-sequences.ts')
  const made = await withSequences(place, statement.columns)
  made.create()
  try {
    await createPlain(session, { ...statement, columns: made.columns }, place, options, made.rules)
  } catch (error) {
    made.undo()
    throw error
  }
}

/** The column as tables keep it. */
export function keptField(field: Field): Field {
  return isKeptAsText(field.type) ? { ...field, type: VARCHAR } : field
}

/** What a table must know of columns that are kept as text. */
export function typeRules(fields: readonly Field[]): readonly TableAlteration[] {
  return fields
    .filter(({ type }) => isKeptAsText(type))
    .map(({ name, type }) => ({ kind: 'declare-type', column: name, type }))
}

/** The query with its columns as tables keep them. */
function keptQuery(query: LogicalQuery): LogicalQuery {
  const { plan, output, nextColumnId } = query
  if (!output.some(({ type }) => isKeptAsText(type))) return query
  let id = nextColumnId
  const columns = plan.columns.map((from) => (isKeptAsText(from.type) ? { ...from, id: id++, type: VARCHAR } : from))
  const expressions = plan.columns.map((from) => keptValue(column(from.id, from.type)))
  const project: LogicalPlan = { kind: 'project', child: plan, expressions, columns }
  return { ...query, plan: project, nextColumnId: id, output: output.map(keptField) }
}

/** The field of a column definition; 42601 when it has no type. */
export function fieldOf(column: CreateTableStatement['columns'][number]): Field {
  if (column.type === null) {
    throw new SqlError('42601', `column "${column.name.name}" has no type`, { at: column.at })
  }
  return {
    name: column.name.name,
    type: resolveTypeName(column.type),
    nullable: !column.notNull,
    ...(column.comment === null ? {} : { comment: column.comment }),
  }
}

function renamed(output: readonly Field[], statement: CreateTableStatement): readonly Field[] {
  if (statement.columns.length > output.length) {
    throw new SqlError('42601', 'too many column names were specified', { at: statement.at })
  }
  return output.map((field, i) => ({ ...field, name: statement.columns[i]?.name.name ?? field.name }))
}

/** Defaults and constraints, checked against the columns. */
async function rulesOf(
  session: Session,
  statement: CreateTableStatement,
  options: ExecuteOptions,
): Promise<readonly TableAlteration[]> {
  const fields = statement.columns.map(fieldOf)
  const name = statement.name.parts.at(-1)!.name
  const rules = new RuleBinder(name, fields, bindContext(session, options), session.names)
  const defaults = statement.columns.filter((column) => column.default !== null)
  return [
    ...(await Promise.all(defaults.map(async (column) => rules.default(column)))),
    ...statement.checks.map((check) => rules.check(check.name?.name ?? null, check.expression)),
    ...statement.keys.flatMap((key) => (key.enforced ? [rules.key(key)] : [])),
  ]
}

function requestOf(
  statement: CreateTableStatement,
  place: ResolvedName,
  columns: Schema,
  rules: readonly TableAlteration[] = [],
): CreateTableRequest {
  const seen = new Set<string>()
  for (const { name } of columns.fields) {
    if (seen.has(name)) throw new SqlError('42701', `column "${name}" specified more than once`, { at: statement.at })
    seen.add(name)
  }
  return {
    schema: place.schema,
    name: place.table,
    columns: { fields: columns.fields.map(keptField) },
    partitionBy: statement.partitionedBy.map((item) => partitionField(item, seen)),
    properties: new Map([
      ...statement.properties.map(({ name, value }) => [name, String(value)] as const),
      ...(statement.comment === null ? [] : [['comment', statement.comment] as const]),
    ]),
    rules: [...typeRules(columns.fields), ...rules],
    orReplace: statement.orReplace,
  }
}

const TRANSFORMS = new Map<string, PartitionField['transform']>([
  ...(['year', 'month', 'day', 'hour'] as const).flatMap(
    (unit) =>
      [
        [unit, unit],
        [`${unit}s`, unit],
      ] as const,
  ),
  ...(['bucket', 'truncate', 'identity', 'void'] as const).map((name) => [name, name] as const),
])

/** `c`, `day(ts)`, `bucket(16, id)`, `truncate(4, s)` (parameter and column in either order). */
export function partitionField(item: Expression, columns: ReadonlySet<string>): PartitionField {
  if (item.kind === 'column') return { column: knownColumn(item, columns), transform: 'identity' }
  const transform = item.kind === 'function' ? TRANSFORMS.get(item.name.parts.at(-1)!.name) : undefined
  if (item.kind !== 'function' || transform === undefined) {
    throw new SqlError('42601', 'a partition field is a column or a transform of one', {
      at: item.at,
      hint: 'Transforms are year, month, day, hour, bucket(n, column) and truncate(n, column).',
    })
  }
  const values = item.arguments.map((argument) => argument.value)
  const source = values.find((value) => value.kind === 'column')
  const parameter = values.find((value) => value.kind === 'number')
  if (source === undefined) throw new SqlError('42601', 'a transform needs a column', { at: item.at })
  const base = { column: knownColumn(source, columns), transform }
  if (transform !== 'bucket' && transform !== 'truncate') return base
  const number = parameter?.kind === 'number' ? Number(parameter.text) : Number.NaN
  if (!Number.isInteger(number) || number < 1 || number > 0x7fff_ffff) {
    throw new SqlError('22023', `${transform} needs a number from 1 to 2147483647`, { at: item.at })
  }
  return { ...base, parameter: number }
}

function knownColumn(item: Expression & { kind: 'column' }, columns: ReadonlySet<string>): string {
  const { name } = item.parts.at(-1)!
  if (!columns.has(name)) throw new SqlError('42703', `column "${name}" does not exist`, { at: item.at })
  return name
}

export async function runDropTable(session: Session, statement: DropTableStatement): Promise<StatementResult> {
  for (const name of statement.names) {
    const place = await writablePlace(session, name, false)
    let dropped = false
    for (const { catalog, schema, table } of await candidatesOf(session.names, name.parts, name.at)) {
      if (dropped) break
      await assertKind(catalog, { schema, table }, statement)
      const owned = await ownedSequences(catalog, schema, table)
      dropped = (await catalog.dropTable?.(schema, table)) ?? false
      if (dropped) dropOwned(owned)
    }
    if (!dropped && !statement.ifExists) {
      throw new SqlError('42P01', `${kindOf(statement)} "${place.table}" does not exist`, { at: name.at })
    }
  }
  return commandResult(`DROP ${kindOf(statement).toUpperCase()}`, () => session.engine.memory)
}

function kindOf({ materialized }: DropTableStatement): string {
  return materialized === true ? 'materialized view' : 'table'
}

/** 42809 for a table where a materialized view is to be dropped, and the other way round. What can't be opened may be dropped as a table. */
async function assertKind(
  catalog: Catalog,
  { schema, table: name }: Omit<ResolvedName, 'catalog'>,
  statement: DropTableStatement,
): Promise<void> {
  const table = await catalog.table(schema, name).catch(() => undefined)
  if (table === undefined || (table.rules?.view !== undefined) === (statement.materialized === true)) return
  throw new SqlError('42809', `"${name}" is not a ${kindOf(statement)}`, { at: statement.at })
}
