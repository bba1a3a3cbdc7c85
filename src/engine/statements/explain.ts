/**
 * EXPLAIN [(ANALYZE, VERBOSE, FORMAT TEXT|JSON)] query.
 *
 * VERBOSE adds the logical plan after each rule that changed it. ANALYZE runs the query and throws its rows away.
 */
import { SqlError } from '../../core/errors.ts'
import { bindQuery } from '../../plan/bind/bind.ts'
import { explainJson, explainText } from '../../plan/explain.ts'
import type { LogicalPlan } from '../../plan/logical.ts'
import { printLogical } from '../../plan/print-logical.ts'
import type { ExplainStatement, Statement } from '../../sql/ast.ts'
import type { StatementResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { literalResult, textField } from './literals.ts'
import { planQuery } from './plan.ts'
import { prepareQuery } from './prepare-query.ts'
import { startQuery } from './run-bound.ts'

interface ExplainOptions {
  readonly analyze: boolean
  readonly verbose: boolean
  readonly json: boolean
}

export async function runExplain(
  session: Session,
  statement: ExplainStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const wanted = readOptions(statement)
  const inner = statement.statement
  if (inner.kind !== 'query') return explainOther(session, inner, options, wanted)
  const started = performance.now()
  const prepared = await prepareQuery(session, inner.query, options)
  const query = await bindQuery(prepared.query, prepared.context)
  const trace: string[] = []
  const record = (rule: string, plan: LogicalPlan): void => {
    trace.push(
      `${rule}:`,
      ...printLogical(plan)
        .split('\n')
        .map((line) => `  ${line}`),
    )
  }
  const planned = await planQuery(session, query, wanted.verbose ? record : undefined)
  const planMs = performance.now() - started
  const metrics = wanted.analyze ? await analyze(session, planned, options) : undefined
  const { plan } = planned.physical
  if (wanted.json) {
    const json = explainJson(plan, metrics?.nodes)
    const timing = metrics === undefined ? {} : { 'Planning Time': planMs, 'Execution Time': metrics.executionMs }
    return literalResult(session, 'EXPLAIN', [textField('QUERY PLAN')], [[JSON.stringify([{ Plan: json, ...timing }])]])
  }
  const lines = [...explainText(plan, metrics?.nodes)]
  if (metrics !== undefined) {
    lines.push(`Planning Time: ${planMs.toFixed(3)} ms`, `Execution Time: ${metrics.executionMs.toFixed(3)} ms`)
  }
  return literalResult(
    session,
    'EXPLAIN',
    [textField('QUERY PLAN')],
    [...lines, ...trace].map((line) => [line]),
  )
}

async function explainOther(
  session: Session,
  inner: Statement,
  options: ExecuteOptions,
  { analyze: isRun, json: asJson }: ExplainOptions,
): Promise<StatementResult> {
  const { explainChange } = await import('./explain-change.ts')
  const { lines, json, executionMs } = await explainChange(session, inner, options, isRun)
  const time = executionMs === undefined ? [] : [`Execution Time: ${executionMs.toFixed(3)} ms`]
  const timing = executionMs === undefined ? {} : { 'Execution Time': executionMs }
  const shown = asJson ? [JSON.stringify([{ Plan: json, ...timing }])] : [...lines, ...time]
  return literalResult(
    session,
    'EXPLAIN',
    [textField('QUERY PLAN')],
    shown.map((line) => [line]),
  )
}

async function analyze(session: Session, planned: Parameters<typeof startQuery>[1], options: ExecuteOptions) {
  const started = performance.now()
  const run = await startQuery(session, planned, options)
  for await (const batch of run.batches) batch.release()
  return { nodes: run.metrics(), executionMs: performance.now() - started }
}

function readOptions(statement: ExplainStatement): ExplainOptions {
  let analyze = false
  let verbose = false
  let json = false
  for (const { name, value } of statement.options) {
    const isOn = value === true || ['on', 'true', '1'].includes(String(value).toLowerCase())
    switch (name.toLowerCase()) {
      case 'analyze':
      case 'analyse':
        analyze = isOn
        break
      case 'verbose':
        verbose = isOn
        break
      case 'format':
        json = readFormat(String(value), statement)
        break
      case 'costs':
      case 'buffers':
      case 'timing':
      case 'summary':
      case 'settings':
      case 'wal':
      case 'memory':
        break
      default:
        throw new SqlError('42601', `unrecognized EXPLAIN option "${name}"`, { at: statement.at })
    }
  }
  return { analyze, verbose, json }
}

function readFormat(format: string, statement: ExplainStatement): boolean {
  const lower = format.toLowerCase()
  if (lower === 'json' || lower === 'text') return lower === 'json'
  throw new SqlError('22023', `unrecognized value for EXPLAIN option "format": "${format}"`, { at: statement.at })
}
