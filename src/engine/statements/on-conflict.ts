/**
 * INSERT ... ON CONFLICT: a MERGE by a key of the table.
 *
 *     INSERT INTO t (k, n) query ON CONFLICT (k) DO UPDATE SET n = t.n + excluded.n WHERE c
 *
 *     MERGE INTO t USING (query) AS excluded(k, n) ON t.k = excluded.k
 *       WHEN MATCHED AND c THEN UPDATE SET n = t.n + excluded.n
 *       WHEN NOT MATCHED THEN INSERT (k, n) VALUES (excluded.k, excluded.n)
 *
 * Two new rows with one key: the first stays with DO NOTHING, else 21000 or 23505.
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import { type Field, sameType, typeName } from '../../core/types.ts'
import { canAssign } from '../../expr/coerce.ts'
import { bindQuery } from '../../plan/bind/bind.ts'
import { checkInsertable } from '../../plan/bind/identity-columns.ts'
import { type SyntaxNode, childNodes, mapSyntax } from '../../plan/bind/walk-syntax.ts'
import type {
  Assignment,
  ColumnReference,
  Expression,
  Identifier,
  InsertStatement,
  MergeStatement,
  OnConflict,
  Query,
  SelectItem,
} from '../../sql/ast.ts'
import { parse } from '../../sql/parse.ts'
import { parseExpression } from '../../sql/parse-expression.ts'
import type { Table, TableKey } from '../../table/table.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { runChange } from './change-table.ts'
import { runInsert } from './insert.ts'
import { prepareQuery } from './prepare-query.ts'

type ConflictStatement = InsertStatement & { readonly onConflict: OnConflict }

export async function runOnConflict(
  session: Session,
  statement: ConflictStatement,
  table: Table,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const { onConflict, ...plain } = statement
  const keys = keysOf(table, onConflict)
  // Nothing can conflict.
  if (keys.length === 0) return runInsert(session, plain, options)
  if (statement.query === null || statement.byName || statement.overwrite || statement.replaceWhere !== null) {
    throw unsupported('ON CONFLICT in this form of INSERT', { at: onConflict.at })
  }
  const query = withDefaults(statement.query, statement, table)
  const prepared = await prepareQuery(session, query, options)
  const { output } = await bindQuery(prepared.query, prepared.context)
  const fields = fieldsOf(statement, table, output.length)
  const changed = mergeOf({ ...statement, query }, { table, keys, fields, output })
  const result = await runChange(session, changed, options)
  if (statement.returning !== null) return result.withCommand('INSERT 0')
  return commandResult('INSERT 0', () => session.engine.memory, result.rowCount)
}

/** VALUES with the columns' defaults in place of DEFAULT; 428C9 for other values of columns that are always generated. */
function withDefaults(query: Query, { columns, overriding }: InsertStatement, table: Table): Query {
  const { body } = query
  if (body.kind !== 'values') {
    if (hasDefault(query)) throw unsupported('DEFAULT here', { at: query.at })
    const given = columns?.map(({ name }) => name) ?? table.schema.fields.map(({ name }) => name)
    for (const field of table.schema.fields) {
      if (given.includes(field.name)) checkInsertable(table, field, overriding, query.at)
    }
    return query
  }
  const rows = body.rows.map((row) =>
    row.map((value, i) => {
      const field = columns === null ? table.schema.fields[i] : findColumn(table, columns[i])
      if (value.kind !== 'default') {
        if (field !== undefined) checkInsertable(table, field, overriding, value.at)
        return value
      }
      const text = field === undefined ? undefined : table.rules?.defaults.get(field.name)
      return text === undefined ? ({ kind: 'null', at: value.at } as const) : parseExpression(text)
    }),
  )
  return { ...query, body: { ...body, rows } }
}

function findColumn({ schema }: Table, column: Identifier | undefined): Field | undefined {
  return schema.fields.find(({ name }) => name === column?.name)
}

/** The keys that are meant; 42P10 when none is, 42704 for a constraint that there is not. */
function keysOf({ rules, schema, name }: Table, { target, set, at }: OnConflict): readonly TableKey[] {
  const keys = rules?.keys ?? []
  if (target === null) {
    if (set === null) return keys
    throw new SqlError('42601', 'ON CONFLICT DO UPDATE requires inference specification or constraint name', {
      at,
      hint: 'For example, ON CONFLICT (column_name).',
    })
  }
  if ('constraint' in target) {
    const { name: wanted, at: place } = target.constraint
    const key = keys.find((one) => one.name === wanted)
    if (key !== undefined) return [key]
    throw new SqlError('42704', `constraint "${wanted}" for table "${name}" does not exist`, { at: place })
  }
  const wanted = target.columns.map((column) => {
    if (schema.fields.some((field) => field.name === column.name)) return column.name
    throw new SqlError('42703', `column "${column.name}" does not exist`, { at: column.at })
  })
  const fits = ({ columns }: TableKey): boolean =>
    columns.every((one) => wanted.includes(one)) && wanted.every((one) => columns.includes(one))
  const key = keys.find(fits)
  if (key !== undefined) return [key]
  throw new SqlError('42P10', 'there is no unique or exclusion constraint matching the ON CONFLICT specification', {
    at,
  })
}

function fieldsOf(
  { columns, table: { at } }: InsertStatement,
  { schema, name }: Table,
  count: number,
): readonly Field[] {
  const fields =
    columns?.map((column) => {
      const field = schema.fields.find((one) => one.name === column.name)
      if (field !== undefined) return field
      throw new SqlError('42703', `column "${column.name}" of relation "${name}" does not exist`, { at: column.at })
    }) ?? schema.fields.slice(0, count)
  if (fields.length === count) return fields
  const more = fields.length < count ? 'expressions than target columns' : 'target columns than expressions'
  throw new SqlError('42601', `INSERT has more ${more}`, { at })
}

function hasDefault(node: SyntaxNode): boolean {
  return node.kind === 'default' || childNodes(node).some(hasDefault)
}

interface Parts {
  readonly table: Table
  readonly keys: readonly TableKey[]
  readonly fields: readonly Field[]
  readonly output: readonly Field[]
}

function mergeOf(statement: ConflictStatement, parts: Parts): MergeStatement {
  const { onConflict, query, at } = statement
  const { table, keys, fields } = parts
  const alias = statement.alias ?? statement.table.parts.at(-1)!
  const target = quoted(alias.name)
  const equal = (name: string): string => `${target}.${quoted(name)} = excluded.${quoted(name)}`
  const condition = keys.map(({ columns }) => `(${columns.map(equal).join(' AND ')})`).join(' OR ')
  const all = [...fields, ...missingKeys(parts)]
  const names = all.map(({ name }) => quoted(name)).join(', ')
  const values = all.map(({ name }) => `excluded.${quoted(name)}`).join(', ')
  const [parsed] = parse(
    `MERGE INTO t USING (${sourceText(statement, parts)}) AS excluded ON ${condition}
     WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN INSERT (${names}) OVERRIDING SYSTEM VALUE VALUES (${values})`,
  )
  const merge = parsed as MergeStatement
  const [matched, missing] = merge.clauses as [MergeStatement['clauses'][number], MergeStatement['clauses'][number]]
  const source = merge.using as MergeStatement['using'] & { kind: 'derived-table' }
  const body = source.query.body as Query['body'] & { kind: 'select' }
  const given = {
    kind: 'derived-table',
    lateral: false,
    query: query!,
    alias: { name: identifier('given', at), columns: fields.map(({ name }) => identifier(name, at)), at },
    at,
  } as const
  const { set, where } = onConflict
  const ofTarget = <T>(node: T): T => qualified(node, table, alias)
  const update: MergeStatement['clauses'][number] =
    set === null
      ? matched
      : {
          ...matched,
          condition: where === null ? null : ofTarget(where),
          action: { kind: 'update', set: set.map((one): Assignment => ({ ...one, values: ofTarget(one.values) })) },
        }
  return {
    ...merge,
    at,
    table: { name: statement.table, alias: statement.alias, at: statement.table.at },
    using: { ...source, query: { ...source.query, body: { ...body, from: [given] } } },
    clauses: [update, missing],
    returning: statement.returning?.map((item) => ofRow(item, table, alias)) ?? null,
  }
}

/** What RETURNING asks for is of the table's row alone. */
function ofRow(item: SelectItem, table: Table, alias: Identifier): SelectItem {
  const { at } = item
  if (item.kind === 'star') {
    return item.qualifier === null ? { ...item, qualifier: { at, parts: [{ ...alias, quoted: true }] } } : item
  }
  const { expression } = item
  const name = expression.kind === 'column' ? expression.parts.at(-1)! : null
  return { ...item, expression: qualified(expression, table, alias), alias: item.alias ?? name }
}

/** Columns of the keys for which nothing is given: they get their defaults, or NULL. */
function missingKeys({ table, keys, fields }: Parts): readonly Field[] {
  const names = new Set(keys.flatMap(({ columns }) => columns))
  return table.schema.fields.filter(({ name }) => names.has(name) && !fields.some((field) => field.name === name))
}

/** The new rows, of the types of their columns; of several with one key the first, where nothing happens to the others. */
function sourceText({ onConflict, query }: ConflictStatement, parts: Parts): string {
  const { table, keys, fields, output } = parts
  const isValues = query!.body.kind === 'values'
  const items = fields.map(({ name, type }, i) => {
    const given = output[i]!.type
    const converts = !sameType(given, type) && (isValues || canAssign(given, type))
    return converts ? `CAST(${quoted(name)} AS ${typeName(type)}) AS ${quoted(name)}` : quoted(name)
  })
  for (const { name, type } of missingKeys(parts)) {
    const value = table.rules?.defaults.get(name) ?? 'NULL'
    items.push(`CAST(${value} AS ${typeName(type)}) AS ${quoted(name)}`)
  }
  const [key, ...others] = keys
  const isNullable = (column: string): boolean =>
    table.schema.fields.find(({ name }) => name === column)?.nullable !== false
  // NULLs are not equal to each other in a key.
  const isDistinct = onConflict.set === null && others.length === 0 && !key!.columns.some(isNullable)
  const distinct = isDistinct ? `DISTINCT ON (${key!.columns.map(quoted).join(', ')}) ` : ''
  return `SELECT ${distinct}${items.join(', ')} FROM given`
}

/** Plain names of columns mean those of the row that is there. */
function qualified<T>(node: T, { schema }: Table, alias: Identifier): T {
  return mapSyntax(node, (part) => {
    if (part.kind !== 'column') return undefined
    const column = part as unknown as ColumnReference
    const [first, ...rest] = column.parts
    if (!schema.fields.some(({ name }) => name === first!.name)) return undefined
    if (rest.length > 0 && (first!.name === alias.name || first!.name === 'excluded')) return undefined
    const name: Expression = { ...column, parts: [{ ...alias, quoted: true }, ...column.parts] }
    return name
  })
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function identifier(name: string, at: Identifier['at']): Identifier {
  return { name, quoted: true, at }
}
