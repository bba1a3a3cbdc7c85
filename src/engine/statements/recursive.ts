/**
 * WITH RECURSIVE: computed before the query around it is bound, round by round, and then read as a table.
 *
 *     WITH RECURSIVE t AS (a UNION ALL r)      work = a;  all = work
 *                                              while work has rows:  work = r with t for work;  all = all + work
 *
 * UNION drops rows that were there before. Rows live in this thread's memory, so their number is bounded; a query that is nothing but
 * `SELECT ... FROM t LIMIT n` stops the rounds when there are n rows, as an endless recursion is usually written.
 */
import { plainQuery } from '../../sql/make-query.ts'
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { type Field, BIGINT, sameType, typeName } from '../../core/types.ts'
import type { IntervalValue, LiteralExpr, LiteralValue } from '../../expr/expr.ts'
import { intervalMicros } from '../../expr/values/compare.ts'
import { formatValue } from '../../expr/values/format-value.ts'
import type { BindContext } from '../../plan/bind/context.ts'
import { countReferences } from '../../plan/bind/ctes.ts'
import { containsAggregate } from '../../plan/bind/aggregates.ts'
import { bindConstant, bindQuery } from '../../plan/bind/bind.ts'
import type {
  CommonTable,
  Expression,
  Identifier,
  PivotColumn,
  PivotTable,
  Query,
  QueryBody,
  Select,
  SetOperation,
  TableReference,
  WithClause,
} from '../../sql/ast.ts'
import { createMemoryTable } from '../../table/memory/memory-table.ts'
import type { Table } from '../../table/table.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import {
  type Enclosing,
  type OuterColumn,
  keysQuery,
  namesIn,
  outerColumns,
  relationQuery,
  relationsOf,
  rowsOfKey,
  stepQuery,
  termQuery,
} from './correlated-recursion.ts'
import { isOpenPivot, textValues, valuesQuery } from './pivot-values.ts'
import { isSubqueryWithin, recurses } from './recursion.ts'
import { ROW_NUMBER, RecursionTrace, cycleMarks, withParent } from './recursion-trace.ts'
import { runBound } from './run-bound.ts'

/** Rows that a recursion may give in all. */
const ROWS_MAX = 5_000_000

type Row = readonly LiteralValue[]

/** The query with every recursive common table as one that reads a table of its rows, and the context that finds those tables. */
export async function withoutRecursion(
  session: Session,
  query: Query,
  context: BindContext,
  options: ExecuteOptions,
): Promise<{ readonly query: Query; readonly context: BindContext }> {
  const evaluator = new RecursionEvaluator(session, context, options)
  return { query: await evaluator.rewrite(query, [], null), context: evaluator.context }
}

class RecursionEvaluator {
  readonly context: BindContext
  readonly #session: Session
  readonly #options: ExecuteOptions
  /** Rows so far, by names that no SQL can write. */
  readonly #tables = new Map<string, Table>()

  constructor(session: Session, outer: BindContext, options: ExecuteOptions) {
    this.#session = session
    // What it runs is no plan of the statement.
    const { observer: _, ...rest } = options
    this.#options = rest
    this.context = {
      ...outer,
      resolveTable: async (parts, travel, at) =>
        this.#tables.get(parts[0]!.name) ?? outer.resolveTable(parts, travel, at),
    }
  }

  /** `outer`: the common tables around, which definitions may name; `enclosing`: the SELECT around. */
  async rewrite(query: Query, outer: readonly CommonTable[], enclosing: Enclosing | null): Promise<Query> {
    const clause = query.with
    const ctes: CommonTable[] = []
    for (const cte of clause?.ctes ?? []) {
      const inner = { ...cte, query: await this.rewrite(cte.query, [...outer, ...ctes], enclosing) }
      const isOwn = clause!.recursive && recurses(inner)
      const before = [...outer, ...ctes]
      if (!isOwn) ctes.push(inner)
      else if (await this.#readsOutside(inner, before, enclosing)) {
        ctes.push(await this.#evaluateByKeys(inner, before, enclosing!))
      } else ctes.push(await this.#evaluate(inner, before, rowsWanted(query, cte.name)))
    }
    const around = [...outer, ...ctes]
    const rest = (await this.#rewriteParts({ ...query, with: null }, around, enclosing)) as Query
    const limit = await this.#limitOf(rest.limit, around)
    const offset = await this.#limitOf(rest.offset, around)
    return { ...rest, limit, offset, with: clause === null ? null : { ...clause, recursive: false, ctes } }
  }

  /** A LIMIT or OFFSET with a subquery as the number that it gives. */
  async #limitOf(ast: Expression | null, outer: readonly CommonTable[]): Promise<Expression | null> {
    if (ast === null || !isSubqueryWithin(ast)) return ast
    const { at } = ast
    const body: QueryBody = { kind: 'values', at, rows: [[ast]] }
    const clause: WithClause | null = outer.length === 0 ? null : { recursive: false, ctes: lastOfName(outer), at }
    const { fields, rows } = await this.#run(plainQuery(body, at, { with: clause }))
    const value = rows[0]![0]!
    if (value === null) return { kind: 'null', at }
    return { kind: 'number', at, text: formatValue(value, fields[0]!.type, 'UTC') }
  }

  /** Queries anywhere below the node, rewritten. */
  async #rewriteParts(node: unknown, outer: readonly CommonTable[], enclosing: Enclosing | null): Promise<unknown> {
    if (Array.isArray(node)) return Promise.all(node.map((part) => this.#rewritePart(part, outer, enclosing)))
    if (typeof node !== 'object' || node === null) return node
    const { kind } = node as { readonly kind?: string }
    if (kind === 'select' && (node as Select).from.length > 0)
      return this.#rewriteSelect(node as Select, outer, enclosing)
    const entries = await Promise.all(
      Object.entries(node).map(async ([key, part]) => [key, await this.#rewritePart(part, outer, enclosing)] as const),
    )
    return Object.fromEntries(entries)
  }

  #rewritePart(part: unknown, outer: readonly CommonTable[], enclosing: Enclosing | null): Promise<unknown> {
    if (typeof part !== 'object' || part === null) return Promise.resolve(part)
    if ('with' in part && 'body' in part) return this.rewrite(part as Query, outer, enclosing)
    return isOpenPivot(part) ? this.#fillValues(part, outer) : this.#rewriteParts(part, outer, enclosing)
  }

  /** FROM first: what stands after an item may read its columns. */
  async #rewriteSelect(select: Select, outer: readonly CommonTable[], enclosing: Enclosing | null): Promise<Select> {
    const from: TableReference[] = []
    for (const item of select.from) from.push(await this.#rewriteItem(item, outer, from.slice(), enclosing))
    const whole: Enclosing = { from, where: null }
    const where = (await this.#rewriteParts(select.where, outer, whole)) as Select['where']
    // Named apart from the rest, which goes on below it.
    const { from: _, where: __, kind, ...rest } = select
    const parts = (await this.#rewriteParts(rest, outer, { from, where })) as typeof rest
    return { kind, ...parts, from, where }
  }

  async #rewriteItem(
    item: TableReference,
    outer: readonly CommonTable[],
    before: readonly TableReference[],
    enclosing: Enclosing | null,
  ): Promise<TableReference> {
    if (item.kind !== 'join') {
      // Only LATERAL reads what stands before it.
      const isAlone = before.length === 0 || (item.kind === 'derived-table' && !item.lateral)
      const around = isAlone ? enclosing : { from: before, where: null }
      return (await this.#rewritePart(item, outer, around)) as TableReference
    }
    const left = await this.#rewriteItem(item.left, outer, before, enclosing)
    const right = await this.#rewriteItem(item.right, outer, [...before, left], enclosing)
    const around: Enclosing = { from: [...before, left, right], where: null }
    return { ...item, left, right, on: (await this.#rewriteParts(item.on, outer, around)) as Expression | null }
  }

  /** The PIVOT with lists of the values that the data have. */
  async #fillValues(ast: PivotTable, outer: readonly CommonTable[]): Promise<PivotTable> {
    const pivot = (await this.#rewriteParts(ast, outer, null)) as PivotTable
    const columns: PivotColumn[] = []
    for (const column of pivot.columns) {
      if (column.values !== null) {
        columns.push(column)
        continue
      }
      const query = valuesQuery(pivot, column)
      const own = query.with?.ctes ?? []
      const clause: WithClause = { recursive: false, ctes: lastOfName([...outer, ...own]), at: column.at }
      const { fields, rows } = await this.#run(clause.ctes.length === 0 ? query : { ...query, with: clause })
      const { type } = fields[0]!
      const texts = rows.map(([value]) => (value == null ? null : formatValue(value, type, 'UTC')))
      columns.push({ ...column, query: null, values: textValues(texts, column.at) })
    }
    return { ...pivot, columns }
  }

  async #evaluate(cte: CommonTable, outer: readonly CommonTable[], wanted: number): Promise<CommonTable> {
    const { body } = unwrapped(cte.query)
    checkForm(cte, body)
    const { left, right, all } = body
    const first = await this.#run(queryOf(left, outer, cte))
    const fields = fieldsOf(cte, first.fields)
    const seen = all ? null : new Set<string>()
    if (cte.search !== undefined || cte.cycle !== undefined) return this.#trace(cte, outer, body, first.rows, fields)
    const rows: Row[] = []
    let work = newRows(first.rows, seen)
    while (work.length > 0) {
      for (const row of work) rows.push(row)
      if (rows.length > ROWS_MAX) throw unsupported(`a recursive query of more than ${ROWS_MAX} rows`, { at: cte.at })
      if (rows.length >= wanted) break
      this.#options.signal?.throwIfAborted()
      const working = this.#tableOf(cte, fields, work)
      const step = queryOf(right, [...others(outer, cte), working], cte)
      const next = await this.#run(step)
      checkTypes(cte, fields, next.fields)
      work = newRows(next.rows, seen)
    }
    return this.#tableOf(cte, fields, rows)
  }

  /** Whether the definition names columns of the SELECT around it: by itself it cannot be bound. */
  async #readsOutside(cte: CommonTable, outer: readonly CommonTable[], enclosing: Enclosing | null): Promise<boolean> {
    if (enclosing === null || enclosing.from.length === 0 || cte.search !== undefined || cte.cycle !== undefined) {
      return false
    }
    const { body } = unwrapped(cte.query)
    checkForm(cte, body)
    try {
      const { output } = await bindQuery(queryOf(body.left, outer, cte), this.context)
      const work = this.#tableOf(cte, fieldsOf(cte, output), [])
      await bindQuery(queryOf(body.right, [...others(outer, cte), work], cte), this.context)
      return false
    } catch (error) {
      return error instanceof SqlError && (error.sqlstate === '42P01' || error.sqlstate === '42703')
    }
  }

  /** As `#evaluate`, for every row of the SELECT around: see correlated-recursion.ts. */
  async #evaluateByKeys(cte: CommonTable, outer: readonly CommonTable[], enclosing: Enclosing): Promise<CommonTable> {
    const { body } = unwrapped(cte.query)
    checkForm(cte, body)
    const columns = await this.#columnsRead(cte, outer, enclosing)
    if (columns.length === 0) return this.#evaluate(cte, outer, Infinity)
    const { at } = cte
    const run = (query: Query): Promise<{ fields: readonly Field[]; rows: Row[] }> =>
      this.#run(withTables(query, others(outer, cte), at))
    const keys = await this.#run(withTables(keysQuery(enclosing, columns, at), outer, at))
    const table = this.#register(cte, keys.fields, keys.rows)
    const first = await run(termQuery(table, columns, plainQuery(body.left, at), at))
    const fields = [...keys.fields, ...fieldsOf(cte, first.fields.slice(keys.fields.length))]
    const names = fields.slice(columns.length).map(({ name }) => name)
    const seen = body.all ? null : new Set<string>()
    const rows: Row[] = []
    let work = newRows(first.rows, seen)
    while (work.length > 0) {
      for (const row of work) rows.push(row)
      if (rows.length > ROWS_MAX) throw unsupported(`a recursive query of more than ${ROWS_MAX} rows`, { at })
      this.#options.signal?.throwIfAborted()
      const working = { table: this.#register(cte, fields, work), names }
      const next = await run(stepQuery(cte, working, columns, body.right))
      checkTypes(cte, fields, next.fields)
      work = newRows(next.rows, seen)
    }
    return rowsOfKey(cte, { table: this.#register(cte, fields, rows), names }, outerColumns(columns, at))
  }

  /** Columns of the SELECT around that have a name which the definition has. */
  async #columnsRead(
    cte: CommonTable,
    outer: readonly CommonTable[],
    enclosing: Enclosing,
  ): Promise<readonly OuterColumn[]> {
    const written = namesIn(cte.query)
    const columns: OuterColumn[] = []
    for (const relation of relationsOf(enclosing.from)) {
      const query = withTables(relationQuery(enclosing, relation, cte.at), outer, cte.at)
      const { output } = await bindQuery(query, this.context)
      const named = new Set(output.map(({ name }) => name).filter((name) => written.has(name)))
      for (const name of named) columns.push({ relation, name })
    }
    return columns
  }

  /** As `#evaluate`, for SEARCH and CYCLE: knows of each row which one it came from. */
  async #trace(
    cte: CommonTable,
    outer: readonly CommonTable[],
    { right, all }: SetOperation,
    first: readonly Row[],
    fields: readonly Field[],
  ): Promise<CommonTable> {
    const constant = (ast: Expression): LiteralExpr => bindConstant(ast, this.context)
    const marks = cte.cycle === undefined ? null : cycleMarks(cte.cycle, constant)
    const trace = new RecursionTrace(cte, fields, marks, !all, (row) => JSON.stringify(row, keyPart))
    trace.checkNames()
    const term = withParent(right, cte)
    const numbered: readonly Field[] = [...fields, { name: ROW_NUMBER, type: BIGINT, nullable: false }]
    let work: Row[] = []
    const add = (row: Row, parent: number): void => {
      const number = trace.add(row, parent)
      if (number !== null) work.push([...row, BigInt(number)])
      if (trace.rows.length > ROWS_MAX)
        throw unsupported(`a recursive query of more than ${ROWS_MAX} rows`, { at: cte.at })
    }
    for (const row of first) add(row, -1)
    while (work.length > 0) {
      this.#options.signal?.throwIfAborted()
      const next = await this.#run(queryOf(term, [...others(outer, cte), this.#tableOf(cte, numbered, work)], cte))
      checkTypes(cte, fields, next.fields.slice(0, -1))
      work = []
      for (const row of next.rows) add(row.slice(0, -1), Number(row.at(-1) as bigint))
    }
    const made = trace.columns()
    const rows = trace.rows.map((row, i) => [...row, ...made.map(({ values }) => values[i]!)])
    return this.#tableOf(cte, [...fields, ...made.map(({ field }) => field)], rows)
  }

  /** The common table as one that reads these rows. */
  #tableOf(cte: CommonTable, fields: readonly Field[], rows: readonly Row[]): CommonTable {
    const name = this.#register(cte, fields, rows)
    const { at } = cte
    const part: Identifier = { name, quoted: true, at }
    const body: QueryBody = { kind: 'table', name: { parts: [part], at }, at }
    return { at, name: cte.name, columns: [], materialized: cte.materialized, query: queryOf(body, [], cte) }
  }

  /** A table of the rows: the name that finds it. */
  #register(cte: CommonTable, fields: readonly Field[], rows: readonly Row[]): string {
    const name = ` recursive ${this.#tables.size}`
    const columns = fields.map((_, i) => rows.map((row) => row[i]!))
    this.#tables.set(name, createMemoryTable(cte.name.name, { fields }, columns))
    return name
  }

  async #run(query: Query): Promise<{ fields: readonly Field[]; rows: Row[] }> {
    const bound = await bindQuery(query, this.context)
    const result = await runBound(this.#session, bound, this.#options)
    const rows: Row[] = []
    for await (const chunk of result.chunks()) {
      for (const row of chunk) rows.push(row)
      if (rows.length > ROWS_MAX) throw unsupported(`a recursive query of more than ${ROWS_MAX} rows`)
    }
    return { fields: result.fields, rows }
  }
}

/** A query in parentheses without them. */
function unwrapped(query: Query): Query {
  return query.body.kind === 'subquery' && query.orderBy.length === 0 && query.limit === null && query.with === null
    ? unwrapped(query.body.query)
    : query
}

function checkForm({ name, at }: CommonTable, body: QueryBody): asserts body is SetOperation {
  const shown = `recursive query "${name.name}"`
  if (body.kind !== 'set-operation' || body.operator !== 'union') {
    throw new SqlError('42P19', `${shown} does not have the form non-recursive-term UNION [ALL] recursive-term`, { at })
  }
  if (body.byName) throw unsupported('a recursive query with UNION BY NAME', { at })
  if (countReferences(body.left, name.name) > 0) {
    throw new SqlError(
      '42P19',
      `recursive reference to query "${name.name}" must not appear within its non-recursive term`,
      { at },
    )
  }
  if (body.right.kind === 'select' && hasAggregates(body.right)) {
    // Of no rows an aggregate gives a row: the rounds would never end.
    throw new SqlError('42P19', "aggregate functions are not allowed in a recursive query's recursive term", { at })
  }
  const references = countReferences(body.right, name.name)
  if (references > 1) {
    throw new SqlError('42P19', `recursive reference to query "${name.name}" must not appear more than once`, { at })
  }
}

function hasAggregates({ items, having }: Select): boolean {
  const expressions = items.flatMap((item) => (item.kind === 'expression' ? [item.expression] : []))
  return [...expressions, ...(having === null ? [] : [having])].some(containsAggregate)
}

/** The columns of a recursion by those of its first term. */
function fieldsOf({ columns }: CommonTable, fields: readonly Field[]): readonly Field[] {
  return fields.map(({ name, type }, i) => ({ name: columns[i]?.name ?? name, type, nullable: true }))
}

/** Without one that the common table hides. */
function others(outer: readonly CommonTable[], { name }: CommonTable): readonly CommonTable[] {
  return outer.filter((other) => other.name.name !== name.name)
}

function withTables(query: Query, ctes: readonly CommonTable[], at: TextRange): Query {
  return ctes.length === 0 ? query : { ...query, with: { recursive: false, ctes: lastOfName(ctes), at } }
}

function queryOf(body: QueryBody, ctes: readonly CommonTable[], { at }: CommonTable): Query {
  const clause: WithClause | null = ctes.length === 0 ? null : { recursive: false, ctes: lastOfName(ctes), at }
  return plainQuery(body, at, { with: clause })
}

/** An inner common table hides an outer one of its name. */
function lastOfName(ctes: readonly CommonTable[]): readonly CommonTable[] {
  return ctes.filter((cte, i) => !ctes.slice(i + 1).some((other) => other.name.name === cte.name.name))
}

function checkTypes({ name, at }: CommonTable, fields: readonly Field[], next: readonly Field[]): void {
  if (fields.length !== next.length) {
    throw new SqlError('42601', 'each UNION query must have the same number of columns', { at })
  }
  fields.forEach(({ type }, i) => {
    const other = next[i]!.type
    if (sameType(type, other)) return
    throw new SqlError(
      '42804',
      `recursive query "${name.name}" column ${i + 1} has type ${typeName(type)} in non-recursive term but type ${typeName(other)} overall`,
      { at, hint: 'Cast the output of the non-recursive term to the correct type.' },
    )
  })
}

/** Rows not met before; all where `seen` is null. */
function newRows(rows: readonly Row[], seen: Set<string> | null): readonly Row[] {
  if (seen === null) return rows
  return rows.filter((row) => {
    const key = JSON.stringify(row, keyPart)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function keyPart(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Uint8Array) return [...value]
  // Intervals of one length are equal.
  if (typeof value === 'object' && value !== null && 'months' in value)
    return `${intervalMicros(value as IntervalValue)}i`
  return typeof value === 'number' && !Number.isFinite(value) ? `${value}` : value
}

/** Rows after which nothing more is read: the limit of a query that does no more than read the table. */
function rowsWanted({ body, limit, offset, orderBy, orderByAll, withTies }: Query, name: Identifier): number {
  if (body.kind !== 'select' || limit?.kind !== 'number' || orderBy.length > 0 || orderByAll !== null || withTies) {
    return Infinity
  }
  const [only, ...others] = body.from
  const readsIt = only?.kind === 'table-name' && only.name.parts.length === 1 && only.name.parts[0]!.name === name.name
  const isPlain =
    !body.distinct &&
    body.distinctOn === null &&
    body.where === null &&
    body.groupBy.length === 0 &&
    body.having === null &&
    body.qualify === null &&
    body.items.every((item) => item.kind === 'star' || item.expression.kind === 'column')
  if (!readsIt || others.length > 0 || !isPlain) return Infinity
  const skipped = offset === null ? 0 : offset.kind === 'number' ? Number(offset.text) : Infinity
  return Number(limit.text) + skipped
}
