/** From a bound query to something that runs: statistics, rules, physical plan. Shared by queries, EXPLAIN and INSERT. */
import { SqlError, type TextRange, unsupported } from '../../core/errors.ts'
import { type Expr, someExpr } from '../../expr/expr.ts'
import type { SessionValues } from '../../expr/functions/function.ts'
import type { Identifier } from '../../sql/ast.ts'
import { parseExpression } from '../../sql/parse-expression.ts'
import type { BindContext } from '../../plan/bind/context.ts'
import { mayBeSystemName } from '../../plan/bind/system-names.ts'
import { type LogicalPlan, type LogicalQuery, inputsOf } from '../../plan/logical.ts'
import { expressionsOf } from '../../plan/node-expressions.ts'
import { type PhysicalQuery, planPhysical } from '../../plan/physical-planner.ts'
import { type OptimizeOptions, answerExactly, optimize, questionsOf } from '../../plan/rules/index.ts'
import type { Table, TableStatistics, VersionSpec } from '../../table/table.ts'
import { resolveTable } from '../names.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import type { SystemSnapshot } from '../system/system-snapshot.ts'

/** What binding may ask of a session. */
export function bindContext(
  session: Session,
  options: ExecuteOptions,
  snapshot: () => Promise<SystemSnapshot> = systemOf(session),
): BindContext {
  return {
    resolveTable: async (parts: readonly Identifier[], travel: VersionSpec | null, at: TextRange) =>
      (travel === null ? await options.tables?.(parts, at) : undefined) ??
      (mayBeSystemName(parts) ? await systemTableOf(parts, travel, at, snapshot) : undefined) ??
      tableOrFile(session, parts, travel, at),
    parameters: options.parameters ?? [],
    session: session.sessionValues(),
    parseExpression,
    functions: async (names) =>
      (await import('../functions/load-functions.ts')).loadFunctions(session, names, snapshot),
    objects: async () => (await import('../system/find-objects.ts')).systemObjects(await snapshot()),
    // Loaded with the storages when a query calls one: a start-up costs what it loads.
    tableFunction: async (name, args, at) =>
      (await import('./file-functions.ts')).fileFunction(name, args, { session: session.sessionValues(), at }),
  }
}

/** The catalog as a statement sees it: looked at once, when first asked for. */
function systemOf(session: Session): () => Promise<SystemSnapshot> {
  let loaded: Promise<SystemSnapshot> | undefined
  return () =>
    (loaded ??= import('../system/system-snapshot.ts').then(({ loadSystemSnapshot }) => loadSystemSnapshot(session)))
}

/** A relation of the system; undefined for names of others. */
async function systemTableOf(
  parts: readonly Identifier[],
  travel: VersionSpec | null,
  at: TextRange,
  snapshot: () => Promise<SystemSnapshot>,
): Promise<Table | undefined> {
  const { systemShape, systemTable } = await import('../system/system-tables.ts')
  const shape = systemShape(parts.slice(-2).map(({ name }) => name))
  if (shape === undefined) return undefined
  if (travel !== null) throw unsupported('a version of a relation of the system', { at })
  const loaded = await snapshot()
  if (parts.length > 2 && parts[0]!.name !== loaded.database) {
    throw unsupported(`a cross-database reference to "${parts.map(({ name }) => name).join('.')}"`, { at })
  }
  return systemTable(shape, loaded)
}

/** A table of that name, else the file that is called so: `FROM 'x.csv'`. */
async function tableOrFile(
  session: Session,
  parts: readonly Identifier[],
  travel: VersionSpec | null,
  at: TextRange,
): Promise<Table> {
  try {
    return await resolveTable(session.names, parts, travel, at)
  } catch (error) {
    const [{ name }, ...others] = parts as readonly [Identifier, ...Identifier[]]
    const isMissing = error instanceof SqlError && error.sqlstate === '42P01'
    const sequence = isMissing && travel === null ? await sequenceOf(session, parts, at) : undefined
    if (sequence !== undefined) return sequence
    const mayBeFile = error instanceof SqlError && error.sqlstate === '42P01' && others.length === 0
    if (!mayBeFile || travel !== null || !FILE_NAME.test(name)) throw error
    const { fileNamed } = await import('./file-functions.ts')
    const table = await fileNamed(name, session.sessionValues())
    if (table === undefined) throw error
    return table
  }
}

async function sequenceOf(session: Session, parts: readonly Identifier[], at: TextRange): Promise<Table | undefined> {
  const { findSequence } = await import('../sequences/find-sequences.ts')
  const found = await findSequence(session.names, parts, at)
  return found && (await import('../sequences/sequence-table.ts')).sequenceTable(found.sequence)
}

/** An extension at the end, of one file or of a pattern. */
const FILE_NAME = /\.\w+$/

export interface PlannedQuery {
  readonly physical: PhysicalQuery
  /** Whether it calls functions that only this thread has. */
  readonly callsCode: boolean
}

/** Optimizes a bound query with the statistics of the tables that it reads. */
export async function planQuery(
  session: Session,
  query: LogicalQuery,
  trace?: (rule: string, plan: LogicalPlan) => void,
  values: SessionValues = session.sessionValues(),
): Promise<PlannedQuery> {
  const statistics = await statisticsOf(query)
  const disabledRules = new Set(
    session.settings
      .text('disabled_rules')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  )
  const options = {
    disabledRules,
    session: values,
    statistics: (table: Table) => statistics.get(table),
    ...(trace === undefined ? {} : { trace }),
  }
  const logical = await answeredExactly(query, optimize(query, options), options)
  return { physical: planPhysical(logical, options), callsCode: callsCode(logical) }
}

function callsCode(plan: LogicalPlan): boolean {
  const isCode = (expr: Expr): boolean =>
    someExpr(
      expr,
      (part) => part.kind === 'call' && (part.own !== undefined || (part.lambda !== undefined && isCode(part.lambda))),
    )
  return expressionsOf(plan).some(isCode) || inputsOf(plan).some(callsCode)
}

/** Asks tables that only estimated for what is left to answer without reading rows. */
async function answeredExactly(query: LogicalQuery, plan: LogicalPlan, options: OptimizeOptions): Promise<LogicalPlan> {
  const exact = new Map<Table, TableStatistics>()
  for (const [table, columns] of questionsOf(plan, options)) {
    const found = await table.exactStatistics?.(columns)
    if (found !== undefined) exact.set(table, found)
  }
  return exact.size === 0 ? plan : answerExactly(plan, query, { ...options, statistics: (table) => exact.get(table) })
}

async function statisticsOf(query: LogicalQuery): Promise<ReadonlyMap<Table, TableStatistics>> {
  const tables = new Set<Table>()
  collectTables(query.plan, tables)
  for (const plan of query.subqueries.values()) collectTables(plan, tables)
  const list = [...tables]
  const found = await Promise.all(list.map((table) => table.statistics()))
  return new Map(list.map((table, i) => [table, found[i]!]))
}

function collectTables(plan: LogicalPlan, tables: Set<Table>): void {
  if (plan.kind === 'scan') tables.add(plan.table)
  for (const input of inputsOf(plan)) collectTables(input, tables)
}
