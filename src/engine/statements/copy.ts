/**
 * COPY table FROM 'file' | STDIN, COPY table | (query) TO 'file' | STDOUT: text, csv, json (an object a line) and parquet, by FORMAT or by the file's extension.
 *
 * FROM is an INSERT of what read_csv, read_json or read_parquet gives, read in the types of the table's columns. TO writes a file beside the one
 * that is meant and gives it its name when it is whole.
 */
import { typeName as typeNameNode } from '../../sql/type-names.ts'
import { plainCall, plainQuery, plainSelect } from '../../sql/make-query.ts'
import { SqlError, type TextRange } from '../../core/errors.ts'
import { typeName } from '../../core/types.ts'
import { declaredFields, isKeptAsText } from '../../plan/bind/declared-types.ts'
import type {
  CopyStatement,
  Expression,
  FunctionArgument,
  Identifier,
  InsertStatement,
  QualifiedName,
  Query,
  SelectItem,
} from '../../sql/ast.ts'
import type { Table } from '../../table/table.ts'
import { resolveTable } from '../names.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { CopyOptions } from './copy-options.ts'
import { textOfRows, writeCopy } from './copy-files.ts'
import { withInput } from './copy-input.ts'
import { runInsert } from './insert.ts'
import { runQuery } from './query.ts'

export async function runCopy(
  session: Session,
  statement: CopyStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const { direction, path, at } = statement
  const wanted = new CopyOptions(statement, path)
  if (direction === 'from') return copyFrom(session, statement, { path, wanted }, options)
  const result = await runQuery(session, { kind: 'query', query: sourceOf(statement), at }, options)
  const rowCount = path === null ? await sendCopy(result, wanted, options, at) : await writeCopy(result, path, wanted)
  return commandResult('COPY', () => session.engine.memory, rowCount)
}

async function sendCopy(
  result: StatementResult,
  wanted: CopyOptions,
  { copyOutput }: ExecuteOptions,
  at: TextRange,
): Promise<number> {
  if (copyOutput === undefined) {
    throw new SqlError('0A000', 'COPY TO STDOUT is not supported here', {
      at,
      hint: 'Name a file, or use db.copyTo of the API, or the command line.',
    })
  }
  for await (const text of textOfRows(result, wanted)) await copyOutput(text)
  return result.rowCount
}

/** The query whose rows are written. */
function sourceOf({ query, table, columns, at }: CopyStatement): Query {
  if (query !== null) return query
  const items = columns?.map((name): SelectItem => {
    return { kind: 'expression', expression: { kind: 'column', parts: [name], at: name.at }, alias: null, at: name.at }
  })
  const from = { kind: 'table-name', name: table!, alias: null, travel: null, hint: null, at } as const
  return plainQuery(plainSelect({ items: items ?? [star(at)], from: [from] }, at), at)
}

async function copyFrom(
  session: Session,
  { table: name, columns, at }: CopyStatement,
  { path, wanted }: { readonly path: string | null; readonly wanted: CopyOptions },
  options: ExecuteOptions,
): Promise<StatementResult> {
  const table = await resolveTable(session.names, name!.parts, null, name!.at)
  const read = columnsRead(table, columns)
  const target = { table: table.name, columns: read.map((column) => column.name!) }
  return withInput(session, { path, wanted, target }, options, (file) => {
    const items = itemsRead(table, read, at)
    const insert = insertOf({ name: name!, columns, items, at }, wanted, wanted.readArguments(file, read, at))
    return runInsert(session, insert, options)
  }).then(({ rowCount }) => commandResult('COPY', () => session.engine.memory, rowCount))
}

/** The statement that reads the file. */
function insertOf(
  {
    name,
    columns,
    items,
    at,
  }: {
    readonly name: QualifiedName
    readonly columns: readonly Identifier[] | null
    readonly items: readonly SelectItem[]
    readonly at: TextRange
  },
  wanted: CopyOptions,
  given: readonly FunctionArgument[],
): InsertStatement {
  const isLines = wanted.format === 'csv' || wanted.format === 'text'
  const call = plainCall(`read_${isLines ? 'csv' : wanted.format}`, [], at, { arguments: given })
  const from = { kind: 'table-function', lateral: false, call, ordinality: false, alias: null, at } as const
  return {
    kind: 'insert',
    table: name,
    alias: null,
    columns,
    // Members of JSON objects and columns of Parquet files have names; lines of CSV have places.
    byName: !isLines && columns === null,
    overwrite: false,
    replaceWhere: null,
    query: plainQuery(plainSelect({ items, from: [from] }, at), at),
    returning: null,
    at,
  }
}

/** Names and types that the file is read in. */
function columnsRead(table: Table, columns: readonly Identifier[] | null): readonly FunctionArgument[] {
  const { fields } = table.schema
  const wanted = columns?.map((column) => {
    const field = fields.find(({ name }) => name === column.name)
    if (field !== undefined) return field
    throw new SqlError('42703', `column "${column.name}" of relation "${table.name}" does not exist`, { at: column.at })
  })
  return (wanted ?? fields).map(({ name, type }) => {
    const at = { start: 0, end: 0 }
    return { name, value: { kind: 'string', value: typeName(type), at }, at }
  })
}

/** What the file's columns are read as: all as they are, but for those that a table keeps as text. */
function itemsRead(table: Table, read: readonly FunctionArgument[], at: TextRange): readonly SelectItem[] {
  const kept = declaredFields(table).filter(({ type }) => isKeptAsText(type))
  if (kept.length === 0) return [star(at)]
  return read.map(({ name }): SelectItem => {
    const alias = { name: name!, quoted: true, at }
    const operand: Expression = { kind: 'column', parts: [alias], at }
    const type = kept.find((field) => field.name === name)?.type
    const expression: Expression =
      type === undefined ? operand : { kind: 'cast', operand, type: typeNameNode(type.kind, at), try: false, at }
    return { kind: 'expression', expression, alias, at }
  })
}

function star(at: TextRange): SelectItem {
  return { kind: 'star', qualifier: null, exclude: [], replace: [], rename: [], at }
}
