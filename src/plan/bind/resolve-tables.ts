/**
 * The tables that a query names, opened before it is bound, all at once: binding itself then never waits.
 *
 * Names of common tables are left out by SQL's rule: a name means the innermost WITH around it that defines it (before it).
 */
import { SqlError, type TextRange, unsupported } from '../../core/errors.ts'
import { TIMESTAMPTZ, typeName } from '../../core/types.ts'
import { canAssign } from '../../expr/coerce.ts'
import type { Expr, LiteralExpr } from '../../expr/expr.ts'
import { functionByName } from '../../expr/functions/index.ts'
import type {
  Expression,
  FunctionCall,
  Identifier,
  QualifiedName,
  TableFunction,
  TableName,
  TimeTravel,
  WithClause,
} from '../../sql/ast.ts'
import type { ChangesRequest, TableChanges } from '../../table/changes.ts'
import type { Table, VersionSpec } from '../../table/table.ts'
import { isTableChanges, readChangeArguments } from './change-arguments.ts'
import type { BindContext, ResolvedTables, UserCalls } from './context.ts'
import { withPlainSequence } from './sequence-calls.ts'
import { isSetReturning } from './set-returning.ts'
import { mayBeSystemName, namesObjectType } from './system-names.ts'
import { mayBeUserFunction } from './builtin-names.ts'
import type { UserFunctions } from './user-function.ts'
import { type SyntaxNode, childNodes } from './walk-syntax.ts'

/** Binds and folds an expression without columns. */
export type BindConstant = (ast: Expression) => LiteralExpr

/** Coerces a constant to timestamptz. */
export type ToInstant = (value: Expr, ast: Expression) => LiteralExpr

interface Found {
  readonly node: object
  /** Of a call in FROM: a user's function has no table to open. */
  readonly call?: QualifiedName
  readonly open: () => Promise<Table | TableChanges | undefined>
}

/** The tables below `root`. Looks for them at once and only then waits. */
export function resolveTables(
  root: SyntaxNode,
  context: BindContext,
  constant: BindConstant,
  toInstant: ToInstant,
): Promise<ResolvedTables> {
  const found: Found[] = []
  const columnNames = new Set<string>()
  const collector = new Collector(context, constant, toInstant, found, columnNames)
  collector.visit(root, new Set())
  const open = (functions?: UserFunctions): Promise<ResolvedTables> => openAll(collector, found, columnNames, functions)
  return collector.calls.length === 0 || context.functions === undefined
    ? open()
    : withFunctions(collector, context, open)
}

/** As above, with the functions of users that are called, and the tables of their bodies. */
async function withFunctions(
  collector: Collector,
  context: BindContext,
  open: (functions?: UserFunctions) => Promise<ResolvedTables>,
): Promise<ResolvedTables> {
  const functions = await context.functions!(collector.calls)
  if (functions === undefined) return open()
  for (const { body } of functions.all) {
    if (body.kind === 'query') collector.visit(body.query, new Set())
    else if (body.kind === 'expression') collector.visit(body.expression, new Set())
  }
  return open(functions)
}

async function openAll(
  { seesPivots, seesObjects, context }: Collector,
  found: readonly Found[],
  columnNames: ReadonlySet<string>,
  functions: UserFunctions | undefined,
): Promise<ResolvedTables> {
  const isFunction = ({ call }: Found): boolean => call !== undefined && (functions?.find(call.parts).length ?? 0) > 0
  const opened = await Promise.allSettled(found.map(async (one) => (isFunction(one) ? undefined : one.open())))
  const tables = new Map<object, Table>()
  const changes = new Map<object, TableChanges>()
  // The first in the text is reported, whichever failed first.
  for (const [i, result] of opened.entries()) {
    if (result.status === 'rejected') throw result.reason
    if (result.value === undefined) continue
    if ('rows' in result.value) changes.set(found[i]!.node, result.value)
    else tables.set(found[i]!.node, result.value)
  }
  return {
    tables,
    changes,
    columnNames,
    ...(seesPivots ? { bindPivoted: (await import('./pivoted.ts')).bindPivoted } : {}),
    ...(seesObjects && context.objects !== undefined ? { objects: await context.objects() } : {}),
    ...(functions === undefined ? {} : { users: await callsOf(functions) }),
  }
}

/** Loaded when a query calls a user's function. */
async function callsOf(functions: UserFunctions): Promise<UserCalls> {
  const { bindUserCall, bindUserTable } = await import('./user-calls.ts')
  return {
    bindCall: (binder, ast, scope) => bindUserCall(binder, functions, ast, scope),
    bindTable: (binder, ast, scope) => bindUserTable(binder, functions, ast, scope),
  }
}

/** A query, or a statement that changes data. */
type WithNode = SyntaxNode & { readonly with: WithClause | null }

class Collector {
  /** Met a PIVOT or UNPIVOT. */
  seesPivots = false
  /** Met what may be of the types of numbers of objects. */
  seesObjects = false
  /** Names that are called and may be users' functions. */
  readonly calls: QualifiedName[] = []
  readonly context: BindContext
  readonly #constant: BindConstant
  readonly #toInstant: ToInstant
  readonly #found: Found[]
  readonly #columnNames: Set<string>

  constructor(
    context: BindContext,
    constant: BindConstant,
    toInstant: ToInstant,
    found: Found[],
    columnNames: Set<string>,
  ) {
    this.context = context
    this.#constant = constant
    this.#toInstant = toInstant
    this.#found = found
    this.#columnNames = columnNames
  }

  /** `ctes`: the names of common tables that can be seen here. */
  visit(given: SyntaxNode, ctes: ReadonlySet<string>): void {
    const node = given.kind === 'function' ? withPlainSequence(given as FunctionCall) : given
    if ('with' in node) {
      this.#visitWith(node as WithNode, ctes)
      return
    }
    if (node.kind === 'pivot' || node.kind === 'unpivot') this.seesPivots = true
    if (namesObjectType(node)) this.seesObjects = true
    if (node.kind === 'table-name') this.#addTable(node as TableName, ctes)
    else if (node.kind === 'table') {
      const { name, at } = node as SyntaxNode & Pick<TableName, 'name'>
      this.#addTable({ kind: 'table-name', name, alias: null, travel: null, hint: null, at }, ctes, node)
    } else if (node.kind === 'table-function') this.#addFunction(node as TableFunction)
    else if (node.kind === 'function') this.#addCall(node as FunctionCall)
    else if (node.kind === 'column') {
      for (const { name } of (node as unknown as { parts: readonly Identifier[] }).parts) {
        this.#columnNames.add(name.toLowerCase())
      }
    }
    for (const child of childNodes(node)) this.visit(child, ctes)
  }

  #visitWith(query: WithNode, outer: ReadonlySet<string>): void {
    const ctes = new Set(outer)
    for (const cte of query.with?.ctes ?? []) {
      if (query.with!.recursive) ctes.add(cte.name.name)
      this.visit(cte.query, ctes)
      ctes.add(cte.name.name)
    }
    for (const child of childNodes(query)) if (child !== query.with) this.visit(child, ctes)
  }

  #addTable(ast: TableName, ctes: ReadonlySet<string>, node: object = ast): void {
    const { parts } = ast.name
    this.seesObjects ||= mayBeSystemName(parts)
    const isCte = parts.length === 1 && ast.travel === null && ctes.has(parts[0]!.name)
    if (isCte && ast.hint === null) return
    if (isCte) throw unsupported('OPTIONS of a common table', { at: ast.at })
    if (ast.hint !== null) {
      this.#addWithOptions(ast, ast.hint, node)
      return
    }
    const travel = ast.travel === null ? null : this.#versionOf(ast.travel)
    this.#found.push({ node, open: () => this.context.resolveTable(parts, travel, ast.name.at) })
  }

  #addWithOptions({ name: { parts, at }, travel: written, at: place }: TableName, hint: string, node: object): void {
    const toMicros = (text: string): bigint => {
      if (/^\d{1,15}$/.test(text)) return BigInt(text) * 1000n
      const ast: Expression = { kind: 'string', value: text, at: place }
      return this.#toInstant(this.#constant(ast), ast).value as bigint
    }
    const said = written === null ? null : this.#versionOf(written)
    const open = async (): Promise<Table | TableChanges> => {
      // Loaded when a query has such a hint: few have.
      const { readTableOptions } = await import('./table-options.ts')
      const { travel, changes } = readTableOptions(hint, place, toMicros)
      if (said !== null && (travel ?? changes) !== null) {
        throw new SqlError('42601', 'a version of the table is given twice', { at: place })
      }
      const version = said ?? travel
      const table = await this.context.resolveTable(parts, version, at)
      return changes === null ? table : changesOf(table, changes, 'a range of versions in OPTIONS', place)
    }
    this.#found.push({ node, open })
  }

  #addCall({ name }: FunctionCall): void {
    if (!mayBeUserFunction(name.parts)) return
    this.calls.push(name)
    // Those of the catalog may give numbers of objects.
    this.seesObjects ||= name.parts.at(-1)!.name.startsWith('to_reg')
  }

  #addFunction(ast: TableFunction): void {
    const { parts } = ast.call.name
    const name = parts.at(-1)!.name
    const context = this.context
    if (isTableChanges(name)) {
      this.#found.push({ node: ast, open: async () => this.#openChanges(name, ast) })
      return
    }
    if (isStream(ast)) {
      if (context.stream === undefined)
        throw unsupported('STREAM anywhere but in FROM of a plain SELECT', { at: ast.at })
      this.#found.push({ node: ast, open: async () => context.stream!(ast) })
      return
    }
    if (context.tableFunction === undefined || isBuiltinTableFunction(name)) return
    const open = (): Promise<Table | undefined> => {
      const args = ast.call.arguments.map((argument) => ({
        name: argument.name,
        value: this.#constant(argument.value),
      }))
      return context.tableFunction!(name, args, ast.at)
    }
    this.#found.push({ node: ast, call: ast.call.name, open: async () => open() })
  }

  async #openChanges(name: string, { call: ast }: TableFunction): Promise<TableChanges> {
    const constants = { value: this.#constant, instant: this.#toInstant }
    const { table: parts, request } = readChangeArguments(name, ast, constants)
    const table = await this.context.resolveTable(parts, null, ast.arguments[0]!.at)
    return changesOf(table, request, `function ${name}`, ast.at)
  }

  #versionOf({ kind, value }: TimeTravel): VersionSpec {
    const constant = this.#constant(value)
    if (constant.value === null) {
      throw new SqlError('22004', `${kind} must not be null`, { at: value.at })
    }
    if (kind === 'version') return { kind: 'version', value: versionValue(constant, value) }
    if (constant.type.kind !== 'null' && !canAssign(constant.type, TIMESTAMPTZ) && constant.type.kind !== 'varchar') {
      throw new SqlError('42804', `a timestamp is needed, not type ${typeName(constant.type)}`, {
        at: value.at,
      })
    }
    const instant = this.#toInstant(constant, value)
    return { kind: 'timestamp', micros: instant.value as bigint }
  }
}

/** `what` asks for them. */
async function changesOf(table: Table, request: ChangesRequest, what: string, at: TextRange): Promise<TableChanges> {
  if (table.changes === undefined) {
    throw unsupported(`reading the changes of table "${table.name}" (${table.format})`, { at })
  }
  const changes = await table.changes(request)
  if (request.asRows === true && changes.show === undefined) {
    throw unsupported(`${what} for table "${table.name}" (${table.format})`, { at })
  }
  return changes
}

function versionValue({ value, type }: LiteralExpr, { at }: Expression): bigint | string {
  if (typeof value === 'string') return value
  if (type.kind === 'integer' || type.kind === 'bigint' || type.kind === 'smallint')
    return BigInt(value as number | bigint)
  throw new SqlError('42804', `a version must be an integer or text, not type ${typeName(type)}`, {
    at,
  })
}

/** `STREAM(t)`: the changes of a table, now and as they come. */
export function isStream({ call }: TableFunction): boolean {
  const { parts } = call.name
  return parts.length === 1 && parts[0]!.name === 'stream'
}

/** Functions of the language itself: the engine is not asked for them. */
export function isBuiltinTableFunction(name: string): boolean {
  return isSetReturning(name) || functionByName(name) !== undefined
}
