/**
 * What the grammar's actions call to make nodes: ranges, names, calls, types, statements. One builder per text.
 *
 * Positions are token indexes; ranges in nodes are characters of the text. An action may run for an alternative that is
 * given up later, so nothing here keeps state but by token: parameters (one node per token) and refusals.
 */
import { SqlError, type TextRange } from '../core/errors.ts'
import type * as ast from './ast.ts'
import { errorNear } from './lexer.ts'
import { commandTag } from './command-tag.ts'
import { functionDefinition, macroDefinition } from './create-function.ts'
import { changeBelow, changeInWith, isChange, withChanges } from './changes-in-with.ts'
import { createTable, type CreateTableParts } from './create-table.ts'
import { buildTree, type Item, type PostfixPart, postfixTree } from './precedence.ts'
import { FromBuilder, rollUp } from './from-builder.ts'
import * as types from './type-names.ts'

interface CallParts {
  readonly distinct: boolean
  readonly star: boolean
  readonly arguments: readonly ast.FunctionArgument[]
  readonly orderBy: readonly ast.OrderItem[]
  readonly nulls: 'ignore' | 'respect' | null
}

interface CallTail {
  readonly withinGroup: readonly ast.OrderItem[]
  readonly filter: ast.Expression | null
  readonly nulls: 'ignore' | 'respect' | null
  readonly over: ast.WindowSpec | ast.Identifier | null
}

type OrderAll = NonNullable<ast.Query['orderByAll']>
type OrderClause = { readonly items: readonly ast.OrderItem[] } | { readonly all: OrderAll }

interface LimitPart {
  readonly name?: 'LIMIT' | 'OFFSET'
  readonly at?: TextRange
  readonly limit?: ast.Expression | null
  readonly percent?: 'floor' | 'ceiling'
  readonly offset?: ast.Expression
  readonly withTies?: boolean
}

interface TableOptions {
  readonly travel: ast.TimeTravel | null
  readonly hint: string | null
}

interface GroupClause {
  readonly items: ast.Select['groupBy']
  readonly distinct: boolean
}

interface SetTail {
  readonly operator: 'union' | 'intersect' | 'except'
  readonly all: boolean
  readonly byName: boolean
  readonly right: ast.QueryBody
  readonly to: number
}

type CoreQuery = Omit<ast.Query, 'with' | 'at'> & { readonly kind: 'core' }

export class TreeBuilder extends FromBuilder {
  readonly noArguments: CallParts = {
    distinct: false,
    star: false,
    arguments: [],
    orderBy: [],
    nulls: null,
  }
  private readonly parameters = new Map<number, { -readonly [K in keyof ast.Parameter]: ast.Parameter[K] }>()

  // ---- names and values

  identifier(token: number): ast.Identifier {
    const quoted = this.tokens.kinds[token] === 'q'
    return { at: this.range(token, token + 1), name: this.value(token), quoted }
  }

  quotedIdentifier(token: number): ast.Identifier {
    return { at: this.range(token, token + 1), name: this.value(token), quoted: true }
  }

  parameter(token: number): ast.Parameter {
    let parameter = this.parameters.get(token)
    if (parameter === undefined) {
      const kind = this.tokens.kinds[token]
      const length = kind === ':' ? 2 : 1
      const name = kind === '?' ? '' : this.value(token + length - 1)
      const index = /^\d+$/.test(name) ? Number(name) : null
      parameter = {
        kind: 'parameter',
        at: this.range(token, token + length),
        index,
        name: index === null && kind !== '?' ? name : null,
      }
      this.parameters.set(token, parameter)
    }
    return parameter
  }

  /** Numbers the `?` of the text from 1 in each statement. */
  private numberParameters(from: number, to: number): void {
    let next = 1
    const own = [...this.parameters].filter(([token]) => token >= from && token < to)
    for (const [token, parameter] of own.sort(([a], [b]) => a - b)) {
      if (this.tokens.kinds[token] === '?') {
        parameter.index = next
        next += 1
      }
    }
  }

  /** X'..' of whole bytes; of an odd number of digits it is a bit string, as all are in PostgreSQL. */
  bytes(token: number): ast.BytesLiteral | ast.TypedLiteral {
    const hex = this.value(token)
    const at = this.range(token, token + 1)
    if (hex.length % 2 === 0) return { kind: 'bytes', at, hex }
    const bits = hex.replace(/./g, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0'))
    return { kind: 'typed', at, type: types.typeName('bit', at), value: bits }
  }

  explainValue(value: string | number | boolean | null): string | boolean {
    if (typeof value === 'boolean') return value
    const text = value === null ? 'true' : String(value).toLowerCase()
    if (text === 'on' || text === 'true' || text === '1') return true
    if (text === 'off' || text === 'false' || text === '0') return false
    return text
  }

  // ---- statements

  statement(statement: ast.Statement, from: number, to: number): ast.Statement {
    this.numberParameters(from, to)
    const refusal = this.refusals.find((r) => r.from >= from && r.to <= to)
    if (refusal === undefined) return statement
    const at = this.range(from, to)
    const featureAt = this.range(refusal.from, refusal.to)
    return { kind: 'unsupported', at, what: refusal.what, featureAt }
  }

  withStatement(clause: ast.WithClause | null, statement: CoreQuery | ast.Statement, at: TextRange): ast.Statement {
    if (clause?.ctes.some(isChange) === true) {
      const main = statement.kind === 'core' ? this.withStatement(null, statement, at) : statement
      return withChanges(clause.ctes, main, { recursive: clause.recursive, at })
    }
    if (statement.kind === 'core') return { kind: 'query', at, query: this.query(clause, statement, at) }
    if (clause === null || statement.kind === 'unsupported') return statement
    if (statement.kind === 'insert' && statement.query !== null && statement.query.with === null) {
      return { ...statement, at, query: { ...statement.query, with: clause } }
    }
    if (statement.kind === 'update' || statement.kind === 'delete' || statement.kind === 'merge') {
      return { ...statement, at, with: clause }
    }
    return { kind: 'unsupported', at, what: 'WITH before this statement' }
  }

  changeInWith(change: ast.Statement): Pick<ast.ChangeTable, 'change'> {
    return changeInWith(change)
  }

  commandTag(token: number): string {
    return commandTag(this.tokens, token)
  }

  /** The text from token `from` to before token `to`, as written. */
  textOf(from: number, to: number): string {
    const { start, end } = this.range(from, to)
    return this.tokens.text.slice(start, end)
  }

  /** The number of rows that FETCH names. */
  rowCount(token: number): number {
    const count = Number(this.value(token))
    if (Number.isSafeInteger(count)) return count
    throw new SqlError('22023', 'FETCH needs a whole number of rows', { at: this.range(token, token + 1) })
  }

  /** COMMENT ON COLUMN table.column. */
  commentOnColumn(name: ast.QualifiedName, comment: string | null, at: TextRange): ast.Statement {
    const column = name.parts.at(-1)!
    const parts = name.parts.slice(0, -1)
    if (parts.length === 0) throw new SqlError('42601', 'column name must be qualified', { at: name.at })
    const actions: ast.AlterAction[] = [
      { kind: 'comment-column', at, column: { at: column.at, parts: [column] }, comment },
    ]
    return { kind: 'alter-table', at, name: { at: name.at, parts }, ifExists: false, actions }
  }

  showSetting(name: string, at: TextRange): ast.ShowStatement {
    return { kind: 'show', at, what: 'setting', name: { at, parts: [{ at, name, quoted: false }] } }
  }

  columnDefinition(
    name: ast.Identifier,
    type: ast.TypeName | null,
    constraints: readonly (Partial<ast.ColumnDefinition> | { readonly key: Omit<ast.KeyConstraint, 'columns'> })[],
    at: TextRange,
  ): ast.ColumnDefinition {
    const keys = constraints.flatMap((constraint) => ('key' in constraint ? [constraint.key] : []))
    const others = constraints.filter((constraint) => !('key' in constraint))
    const plain = { at, name, type, notNull: false, default: null, comment: null }
    return Object.assign(plain, ...others, keys.length === 0 ? {} : { keys }) as ast.ColumnDefinition
  }

  readonly functionDefinition: typeof functionDefinition = functionDefinition
  readonly macroDefinition: typeof macroDefinition = macroDefinition

  createTable(parts: CreateTableParts): ast.CreateTableStatement {
    return createTable(parts, this.tokens)
  }

  /** A table made by a query that is kept with it. */
  createMaterializedView(
    parts: Pick<CreateTableParts, 'name' | 'ifNotExists' | 'from' | 'at'> & {
      readonly columns: readonly ast.Identifier[] | null
      readonly properties: CreateTableParts['clauses'][number] | null
      readonly query: ast.Query
      readonly text: string
    },
  ): ast.CreateTableStatement {
    const { columns, properties, text, ...rest } = parts
    const elements = columns?.map((name) => this.columnDefinition(name, null, [], name.at)) ?? null
    const clauses = properties === null ? [] : [properties]
    return { ...this.createTable({ ...rest, temporary: false, elements, clauses }), materialized: text }
  }

  // ---- queries

  queryCore(body: ast.QueryBody, order: OrderClause | null, limits: readonly LimitPart[]): CoreQuery {
    const found: { LIMIT?: LimitPart; OFFSET?: LimitPart } = {}
    for (const part of limits) {
      if (part.name === undefined) continue
      if (found[part.name] !== undefined) {
        throw new SqlError('42601', `multiple ${part.name} clauses not allowed`, part.at ? { at: part.at } : {})
      }
      found[part.name] = part
    }
    return {
      kind: 'core',
      body,
      orderBy: order !== null && 'items' in order ? order.items : [],
      orderByAll: order !== null && 'all' in order ? order.all : null,
      limit: found.LIMIT?.limit ?? null,
      ...(found.LIMIT?.percent === undefined ? {} : { percent: found.LIMIT.percent }),
      offset: found.OFFSET?.offset ?? null,
      withTies: found.LIMIT?.withTies ?? false,
    }
  }

  query(clause: ast.WithClause | null, core: CoreQuery, at: TextRange): ast.Query {
    const { kind: _, ...rest } = core
    if (clause?.ctes.some(isChange) === true) throw changeBelow(clause.at)
    return { at, with: clause, ...rest }
  }

  setTail(from: number, to: number, quantifier: unknown, byName: unknown, right: ast.QueryBody): SetTail {
    const word = this.value(from)
    return {
      operator: (word === 'minus' ? 'except' : word) as SetTail['operator'],
      all: quantifier !== null && this.value(from + 1) === 'all',
      byName: byName !== null,
      right,
      to,
    }
  }

  setOperation(head: ast.QueryBody, tails: readonly SetTail[], from: number): ast.QueryBody {
    return tails.reduce<ast.QueryBody>((left, { to, ...tail }) => {
      return { kind: 'set-operation', at: this.range(from, to), left, ...tail }
    }, head)
  }

  select(parts: {
    readonly at: TextRange
    readonly distinct: true | null | readonly ast.Expression[]
    /** Null for FROM without SELECT: all columns. */
    readonly items: readonly ast.SelectItem[] | null
    readonly from: readonly ast.TableReference[] | null
    readonly where: ast.Expression | null
    readonly groupBy: GroupClause | null
    readonly having: ast.Expression | null
    readonly qualify: ast.Expression | null
    readonly windows: readonly ast.NamedWindow[] | null
    readonly sample?: ast.Sample | null
  }): ast.Select {
    const { at, distinct } = parts
    const on = Array.isArray(distinct) ? (distinct as readonly ast.Expression[]) : null
    return {
      kind: 'select',
      at,
      distinct: distinct === true,
      distinctOn: on,
      items: parts.items ?? [this.star(null, [], at)],
      from: parts.from ?? [],
      where: parts.where,
      groupBy: parts.groupBy?.items ?? [],
      ...(parts.groupBy?.distinct === true ? { groupDistinct: true } : {}),
      having: parts.having,
      qualify: parts.qualify,
      windows: parts.windows ?? [],
      ...(parts.sample == null ? {} : { sample: parts.sample }),
    }
  }

  star(qualifier: ast.QualifiedName | null, modifiers: readonly Partial<ast.StarItem>[], at: TextRange): ast.StarItem {
    const item = { kind: 'star' as const, at, qualifier, exclude: [], replace: [], rename: [] }
    return Object.assign(item, ...modifiers) as ast.StarItem
  }

  /** DuckDB's `alias: expression`; `v:a.b` without a blank is a path into JSON elsewhere. */
  prefixAlias(alias: ast.Identifier, expression: ast.Expression, at: TextRange): ast.ExpressionItem {
    if (this.tokens.text[alias.at.end] === ':' && !/\s/.test(this.tokens.text[alias.at.end + 1] ?? '')) {
      const token = this.tokens.starts.indexOf(alias.at.start)
      this.refuse('a path into JSON with ":"', token, token + 1)
    }
    return { kind: 'expression', at, expression, alias }
  }

  groupBy(
    items: readonly ast.GroupItem[],
    within: 'rollup' | 'cube' | null,
    distinct: boolean,
    at: TextRange,
  ): GroupClause {
    return { items: within === null ? items : [rollUp(items, within, at)], distinct }
  }

  plainOrder(order: OrderClause | null): readonly ast.OrderItem[] {
    if (order === null) return []
    if ('items' in order) return order.items
    throw new SqlError('42601', 'ORDER BY ALL is not allowed here')
  }

  // ---- FROM

  joins(
    head: ast.TableReference,
    joins: readonly (Partial<ast.Join> & {
      readonly type: ast.Join['type']
      readonly right: ast.TableReference
      readonly to: number
    })[],
    from: number,
  ): ast.TableReference {
    return joins.reduce<ast.TableReference>((left, { to, ...join }) => {
      const at = this.range(from, to)
      const plain = { asof: false, natural: false, on: null, using: null }
      return { kind: 'join', at, ...plain, left, ...join }
    }, head)
  }

  matchCondition(
    match: ast.Expression,
    condition: { readonly on?: ast.Expression; readonly using?: readonly ast.Identifier[] } | null,
    at: TextRange,
  ): { readonly on?: ast.Expression; readonly using?: readonly ast.Identifier[] } {
    if (condition?.on === undefined) return { ...condition, on: match }
    return { on: { kind: 'and', at, operands: [match, condition.on] } }
  }

  /** `(a JOIN b) AS x`: the alias hides the names inside, as that of a subquery does. */
  parenthesizedJoin(inner: ast.TableReference, alias: ast.TableAlias | null, at: TextRange): ast.TableReference {
    if (alias === null) return inner
    const select = this.selectAll(inner, at)
    const query = this.query(null, this.queryCore(select, null, []), at)
    return { kind: 'derived-table', at, lateral: false, query, alias }
  }

  tableFunction(
    call: ast.Expression & { readonly beside?: readonly ast.FunctionCall[] },
    lateral: unknown,
    ordinality: unknown,
    alias: ast.TableAlias | null,
    at: TextRange,
  ): ast.TableFunction {
    if (call.kind !== 'function') throw new SqlError('42601', 'a function is expected here', { at: call.at })
    const flags = { lateral: lateral !== null, ordinality: ordinality !== null }
    const { beside, ...first } = call
    return {
      kind: 'table-function',
      at,
      call: first,
      ...(beside === undefined ? {} : { beside }),
      ...flags,
      alias,
    }
  }

  tableName(
    name: ast.QualifiedName,
    before: TableOptions,
    rest: (TableOptions & { readonly alias: ast.TableAlias }) | null,
    at: TextRange,
  ): ast.TableName {
    if (before.travel !== null && rest !== null && rest.travel !== null) {
      const range = rest.travel.at
      throw errorNear('syntax error', this.tokens.text, this.tokenAt(range.start))
    }
    const travel = before.travel ?? rest?.travel ?? null
    const hint = before.hint ?? rest?.hint ?? null
    return { kind: 'table-name', at, name, alias: rest?.alias ?? null, travel, hint }
  }

  /** `AT (VERSION => x)`, `AT (TIMESTAMP => x)`, `AT (OFFSET => seconds)`. */
  travelAt(name: ast.Identifier, value: ast.Expression, at: TextRange): ast.TimeTravel {
    if (name.name === 'version' || name.name === 'timestamp') return { kind: name.name, at, value }
    if (name.name !== 'offset') {
      throw new SqlError('42601', `AT (${name.name} => ...) is not known`, {
        at: name.at,
        hint: 'Write AT (VERSION => ...) or AT (TIMESTAMP => ...).',
      })
    }
    const now: ast.FunctionCall = this.plainCallAt('now', [], null, name.at, at)
    const second: ast.IntervalLiteral = {
      kind: 'interval',
      at,
      value: '1',
      from: 'second',
      to: null,
    }
    const binary = { kind: 'binary' as const, at, operatorAt: name.at }
    const offset: ast.Binary = { ...binary, operator: '*', left: value, right: second }
    return { kind: 'timestamp', at, value: { ...binary, operator: '+', left: now, right: offset } }
  }

  // ---- expressions

  tree(head: Item[], tails: readonly (readonly Item[])[] = []): ast.Expression {
    return buildTree(head, tails, this.tokens)
  }

  infix(from: number, count: number, fields: object, operand: readonly Item[]): Item[] {
    return [{ type: 'infix', from, to: from + count, ...fields } as Item, ...operand]
  }

  /** BETWEEN, IN, LIKE with or without NOT before them. */
  negatable(
    part: {
      readonly build: string
      readonly operand?: readonly Item[]
      readonly quantifier?: { readonly to: number }
      readonly to: number
    } & Record<string, unknown>,
    negated: boolean,
    from: number,
  ): Item[] {
    const { operand, quantifier, ...fields } = part
    const base = { ...fields, from, negated, precedence: 6 }
    if (quantifier !== undefined) {
      const operator = `${negated ? 'not ' : ''}${String(part['operator'])}`
      const { to, ...rest } = quantifier
      const node = { kind: 'quantified', ...rest, operator }
      return [{ type: 'postfix', from, to, precedence: 6, node } as unknown as Item]
    }
    if (operand === undefined) return [{ type: 'postfix', ...base } as unknown as Item]
    return [{ ...base, type: 'infix', to: from + 1, none: true } as unknown as Item, ...operand]
  }

  operatorTail(
    operator: { readonly operator: string; readonly precedence: number; readonly count: number },
    right: { readonly operand?: readonly Item[]; readonly quantifier?: { readonly to: number } },
    from: number,
    to: number,
  ): Item[] {
    const { count, ...fields } = operator
    const name = types.plainOperator(operator.operator)
    if (right.operand !== undefined) {
      return this.infix(from, count, { ...fields, operator: name }, right.operand)
    }
    const { to: _, ...quantifier } = right.quantifier ?? { to }
    const node = { kind: 'quantified', ...quantifier, operator: name }
    return [{ type: 'postfix', from, to, precedence: operator.precedence, node } as unknown as Item]
  }

  qualifiedOperator(schema: readonly ast.Identifier[], from: number, to: number): string {
    const unknown = schema.length > 1 || (schema.length === 1 && schema[0]?.name !== 'pg_catalog')
    if (unknown) this.refuse('an operator of another schema', from, to)
    const first = from + 2 + schema.length * 2
    return types.plainOperator(this.source(first, to - 1))
  }

  /** IS ... that is refused: keeps the tree well formed. */
  readonly isRefused = (negated: boolean, from: number, to: number): Item[] => [
    {
      type: 'postfix',
      from,
      to,
      precedence: 4,
      node: { kind: 'is', test: 'null', negated },
    } as Item,
  ]

  postfixed(primary: ast.Expression, parts: readonly PostfixPart[], from: number, to: number): Item {
    const node = parts.length === 0 ? primary : postfixTree(primary, parts, from, this.tokens)
    return { type: 'value', node, from, to }
  }

  /** A dotted name alone, before a string, called, or before `.*`. */
  named(
    name: ast.QualifiedName,
    rest:
      | null
      | 'star'
      | { readonly literal: string; readonly modifiers: readonly number[] }
      | { readonly call: CallParts; readonly tail: CallTail },
    at: TextRange,
  ): ast.Expression {
    const column: ast.ColumnReference = { kind: 'column', at: name.at, parts: name.parts }
    if (rest === null) return column
    if (rest === 'star') return { kind: 'star', at, operand: column }
    if ('call' in rest) return this.call(name, rest.call, rest.tail, at)
    const type = types.plainType(name.parts, rest.modifiers, name.at)
    return { kind: 'typed', at, type, value: rest.literal }
  }

  call(name: ast.QualifiedName, parts: CallParts, tail: CallTail | null, at: TextRange): ast.FunctionCall {
    const { nulls, ...rest } = parts
    return {
      kind: 'function',
      at,
      name,
      ...rest,
      withinGroup: tail?.withinGroup ?? [],
      filter: tail?.filter ?? null,
      nullTreatment: nulls ?? tail?.nulls ?? null,
      over: tail?.over ?? null,
    }
  }

  plainCall(
    name: string,
    values: readonly ast.Expression[],
    tail: CallTail | null,
    nameToken: number,
    at: TextRange,
  ): ast.FunctionCall {
    return this.plainCallAt(name, values, tail, this.range(nameToken, nameToken + 1), at)
  }

  private plainCallAt(
    name: string,
    values: readonly ast.Expression[],
    tail: CallTail | null,
    nameAt: TextRange,
    at: TextRange,
  ): ast.FunctionCall {
    const parts = [{ at: nameAt, name, quoted: false }]
    const list = values.map((value) => ({ at: value.at, name: null, value }))
    return this.call({ at: nameAt, parts }, { ...this.noArguments, arguments: list }, tail, at)
  }

  /** `f((SELECT ...))`. */
  queryArgument(query: ast.Query, from: number, to: number): CallParts {
    const at = this.range(from, to)
    const inner = query.body.kind === 'subquery' ? query.body.query : null
    if (inner === null) this.refuse('a query as the argument of a function', from, to)
    else if (query.orderBy.length > 0 || query.orderByAll !== null || query.limit !== null) {
      this.refuse('ORDER BY behind a subquery in a function call', from, to)
    }
    const value: ast.ScalarQuery = { kind: 'scalar-query', at, query }
    return { ...this.noArguments, arguments: [{ at, name: null, value }] }
  }

  starArguments(order: OrderClause | null, modifiers: readonly Partial<ast.StarItem>[], at: TextRange): CallParts {
    const orderBy = this.plainOrder(order)
    if (modifiers.length === 0) return { ...this.noArguments, star: true, orderBy }
    const value: ast.StarExpression = { kind: 'star', at, operand: null, item: this.star(null, modifiers, at) }
    return { ...this.noArguments, arguments: [{ at, name: null, value }], orderBy }
  }

  /** `MAP[k1, v1, k2, v2]`; `map[k]` reads a column named map. */
  mapArray(head: ast.Expression, tail: readonly ast.Expression[], at: TextRange): ast.Expression {
    if (tail.length === 0) {
      const nameAt = { start: at.start, end: at.start + 'map'.length }
      const column: ast.ColumnReference = {
        kind: 'column',
        at: nameAt,
        parts: [{ at: nameAt, name: 'map', quoted: false }],
      }
      return { kind: 'subscript', at, operand: column, index: head }
    }
    const all = [head, ...tail]
    if (all.length % 2 === 1) {
      throw new SqlError('42601', 'MAP[...] needs a value for each key', { at })
    }
    const entries = []
    for (let i = 0; i < all.length; i += 2) {
      entries.push({ key: all[i] as ast.Expression, value: all[i + 1] as ast.Expression })
    }
    return { kind: 'map', at, entries }
  }
}
