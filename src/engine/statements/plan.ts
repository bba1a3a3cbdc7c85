/** From a bound query to something that runs: statistics, rules, physical plan. Shared by queries, EXPLAIN and INSERT. */
import type { Identifier } from '../../sql/ast.ts'
import type { TextRange } from '../../core/errors.ts'
import type { BindContext } from '../../plan/bind/context.ts'
import { type LogicalPlan, type LogicalQuery, inputsOf } from '../../plan/logical.ts'
import { type PhysicalQuery, planPhysical } from '../../plan/physical-planner.ts'
import { type OptimizeOptions, answerExactly, optimize, questionsOf } from '../../plan/rules/index.ts'
import type { Table, TableStatistics, VersionSpec } from '../../table/table.ts'
import { resolveTable } from '../names.ts'
import type { ExecuteOptions, Session } from '../session.ts'

/** What binding may ask of a session. */
export function bindContext(session: Session, options: ExecuteOptions): BindContext {
  return {
    resolveTable: (parts: readonly Identifier[], travel: VersionSpec | null, at: TextRange) =>
      resolveTable(session.names, parts, travel, at),
    parameters: options.parameters ?? [],
    session: session.sessionValues(),
    // Loaded with the storages when a query calls one: a start-up costs what it loads.
    tableFunction: async (name, args) => (await import('./file-functions.ts')).fileFunction(name, args),
  }
}

export interface PlannedQuery {
  readonly logical: LogicalPlan
  readonly physical: PhysicalQuery
}

/** Optimizes a bound query with the statistics of the tables that it reads. */
export async function planQuery(
  session: Session,
  query: LogicalQuery,
  trace?: (rule: string, plan: LogicalPlan) => void,
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
    session: session.sessionValues(),
    statistics: (table: Table) => statistics.get(table),
    ...(trace === undefined ? {} : { trace }),
  }
  const logical = await answeredExactly(query, optimize(query, options), options)
  return { logical, physical: planPhysical(logical, options) }
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
