/**
 * EXPLAIN and EXPLAIN ANALYZE of statements that change tables, and of EXECUTE: the statement runs up to its query's plan, or, with ANALYZE, to its end.
 */
import { unsupported } from '../../core/errors.ts'
import type { QueryRun } from '../../exec/executor.ts'
import { type PlanJson, explainJson, explainText } from '../../plan/explain.ts'
import type { Statement } from '../../sql/ast.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { runStatement } from './index.ts'
import type { PlannedQuery } from './plan.ts'

/** Sees the queries of a statement. What it throws in `planned` ends the statement before its query runs. */
export interface QueryObserver {
  planned(query: PlannedQuery): void
  started(query: PlannedQuery, run: QueryRun): void
}

/** Ends a statement that was to be planned only: nothing has happened but what it undoes itself. */
class PlannedOnly extends Error {}

export interface ExplainedChange {
  readonly lines: readonly string[]
  readonly json: PlanJson
  readonly executionMs: number | undefined
}

export async function explainChange(
  session: Session,
  statement: Statement,
  options: ExecuteOptions,
  analyze: boolean,
): Promise<ExplainedChange> {
  const { inner, title } = titleOf(session, statement)
  if (title === undefined) throw unsupported('EXPLAIN of this statement', { at: inner.at })
  let first: PlannedQuery | undefined
  let running: QueryRun | undefined
  const observer: QueryObserver = {
    planned(query) {
      first ??= query
      if (!analyze) throw new PlannedOnly()
    },
    started(query, run) {
      if (query === first) running = run
    },
  }
  const started = performance.now()
  const rowCount = await finish(session, statement, { ...options, observer })
  const executionMs = analyze ? performance.now() - started : undefined
  const metrics = running?.metrics()
  const own = rowCount === undefined ? title : `${title}  (actual rows=${rowCount})`
  if (first === undefined) return { lines: [own], json: { 'Node Type': title }, executionMs }
  const { plan } = first.physical
  const json = explainJson(plan, metrics)
  const lines = explainText(plan, metrics)
  if (title === '') return { lines, json, executionMs }
  const actual: PlanJson = rowCount === undefined ? {} : { 'Actual Rows': rowCount }
  return {
    lines: [own, ...lines.map((line, i) => (i === 0 ? `   ->  ${line}` : `       ${line}`))],
    json: { 'Node Type': 'ModifyTable', Operation: title, ...actual, Plans: [json] },
    executionMs,
  }
}

/** Rows changed; undefined when the statement was only planned. */
async function finish(session: Session, statement: Statement, options: ExecuteOptions): Promise<number | undefined> {
  try {
    const result = await runStatement(session, statement, options)
    // Of a query, rows are computed while they are read.
    for await (const _ of result.chunks());
    return result.rowCount
  } catch (error) {
    if (error instanceof PlannedOnly) return undefined
    throw error
  }
}

/** What stands above the plan; empty for queries, undefined for what has no plan. */
function titleOf(
  session: Session,
  statement: Statement,
): { readonly inner: Statement; readonly title: string | undefined } {
  const name = ({ parts }: { readonly parts: readonly { readonly name: string }[] }): string => parts.at(-1)!.name
  switch (statement.kind) {
    case 'insert':
      return { inner: statement, title: `Insert on ${name(statement.table)}` }
    case 'update':
      return { inner: statement, title: `Update on ${name(statement.table.name)}` }
    case 'delete':
      return { inner: statement, title: `Delete on ${name(statement.table.name)}` }
    case 'merge':
      return { inner: statement, title: `Merge on ${name(statement.table.name)}` }
    case 'create-table':
      return { inner: statement, title: statement.query === null ? undefined : `Create ${name(statement.name)}` }
    case 'query':
      return { inner: statement, title: '' }
    case 'execute': {
      const inner = session.prepared.get(statement.name.name)
      return inner === undefined ? { inner: statement, title: '' } : titleOf(session, inner)
    }
    default:
      return { inner: statement, title: undefined }
  }
}
