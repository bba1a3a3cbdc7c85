/**
 * SELECT ... FROM STREAM(t): the query is bound and run anew for the changes of each commit, so that filters and projections reach the files that the
 * commit wrote, and rows of other tables are those of that moment.
 *
 * Of one commit, what leaves the table comes before what enters it: who applies the rows in their order ends with the rows of the table.
 */
import { CancelledError, DataError, SqlError, unsupported } from '../../core/errors.ts'
import { type Field, sameType } from '../../core/types.ts'
import { bindConstant, bindInstant, bindQuery } from '../../plan/bind/bind.ts'
import type { BindContext } from '../../plan/bind/context.ts'
import type { Expression, OrderItem, Query, TableFunction } from '../../sql/ast.ts'
import { parse } from '../../sql/parse.ts'
import type { TableChanges } from '../../table/changes.ts'
import { changeFields } from '../../table/changes.ts'
import { createMemoryTable } from '../../table/memory/memory-table.ts'
import type { Table } from '../../table/table.ts'
import { type FollowedStep, followCommits } from '../follow/commit-follower.ts'
import { type StreamRequest, readStreamRequest } from '../follow/stream-request.ts'
import { checkStreamClauses, checkStreamPlan } from '../follow/stream-plan.ts'
import { type StreamPart, StreamResult } from '../follow/stream-result.ts'
import { unlessUnfinished } from '../follow/unless-unfinished.ts'
import type { StatementResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { bindContext } from './plan.ts'
import { runBound } from './run-bound.ts'

/** What a program gives beside the query, in place of the arguments of STREAM. */
export interface StreamOverrides extends Partial<StreamRequest> {
  /** The columns may be others after a change of the table's: each commit's result has its own. */
  readonly columnsMayChange?: boolean
}

/** `stream` is the STREAM of the query (stream-syntax.ts). 0A000 for queries that cannot be computed commit by commit. */
export async function runStream(
  session: Session,
  query: Query,
  stream: TableFunction,
  options: ExecuteOptions,
  overrides: StreamOverrides = {},
): Promise<StreamResult> {
  const context = bindContext(session, options)
  const constants = {
    value: (ast: Expression) => bindConstant(ast, context),
    instant: (value: Parameters<typeof bindInstant>[0], ast: Expression) => bindInstant(value, ast, context),
  }
  const request = { ...readStreamRequest(stream.call, constants), ...overrides }
  if (stream.alias !== null && stream.alias.columns.length > 0) {
    throw unsupported('a list of column names behind STREAM', { at: stream.alias.at })
  }
  checkStreamClauses(query)
  const limit = query.limit === null ? null : limitOf(bindConstant(query.limit, context).value, query.limit)
  const unlimited = { ...query, limit: null }
  const { at } = stream.call.arguments[0]!
  const open = (): Promise<Table> =>
    unlessUnfinished(options.signal, async () => context.resolveTable(request.table, null, at))
  const reader: StreamReader = { session, query: unlimited, stream, context, options, request, open }
  const fields = await checkedFields(reader)
  const columns = overrides.columnsMayChange === true ? undefined : fields
  return new StreamResult(
    fields,
    () => readParts(reader, columns, limit),
    () => session.engine.memory,
  )
}

interface StreamReader {
  readonly session: Session
  /** Without LIMIT. */
  readonly query: Query
  readonly stream: TableFunction
  readonly context: BindContext
  readonly options: ExecuteOptions
  readonly request: StreamRequest
  readonly open: () => Promise<Table>
}

/** The columns of the query, which is checked with an empty table in place of the stream. */
async function checkedFields({ query, stream, context, open }: StreamReader): Promise<readonly Field[]> {
  const table = await open()
  const versionType = table.commits?.().versionType
  if (versionType === undefined) throw unsupported(`following the changes of table "${table.name}" (${table.format})`)
  const fields = [...table.schema.fields, ...changeFields(versionType)]
  const empty = createMemoryTable(
    table.name,
    { fields },
    fields.map(() => []),
  )
  const rows: Table = { ...empty, hiddenColumns: table.hiddenColumns }
  const changes: TableChanges = { rows, carriesRowsOver: false, net: false, pairBy: [] }
  const { plan, output } = await bindQuery(query, contextOf(context, stream, changes))
  checkStreamPlan(plan, rows)
  return output
}

async function* readParts(
  reader: StreamReader,
  columns: readonly Field[] | undefined,
  limit: number | null,
): AsyncGenerator<StreamPart> {
  const { request, open, session } = reader
  const ending = endOf(session, reader.options.signal)
  let left = limit
  try {
    if (left === 0) return
    for await (const step of followCommits({ ...request, open, signal: ending.signal })) {
      const result = await resultOf(reader, step, left)
      if (columns !== undefined) checkColumns(columns, result.fields, step)
      yield { result, offset: step.offset }
      if (left === null) continue
      left -= result.rowCount
      if (left <= 0) return
    }
  } finally {
    ending.close()
  }
}

async function resultOf(
  { session, query, stream, context, options, request }: StreamReader,
  step: FollowedStep,
  limit: number | null,
): Promise<StatementResult> {
  const changes = await changesOf(step, request)
  const orderBy = changes.insertsOnly === true ? [] : signOrder(stream)
  const count: Expression | null = limit === null ? null : { kind: 'number', text: String(limit), at: query.at }
  const bound = await bindQuery({ ...query, orderBy, limit: count }, contextOf(context, stream, changes))
  const result = await runBound(session, bound, options)
  return result.withErrors((error) => explained(error, step))
}

async function changesOf(step: FollowedStep, { identifierColumns }: StreamRequest): Promise<TableChanges> {
  const { table, log, mode, from, to, whole } = step
  if (whole !== undefined) {
    const inserted = { ...whole, versionType: log.versionType }
    return { rows: table, carriesRowsOver: false, net: false, pairBy: [], insertsOnly: true, inserted }
  }
  return table.changes!({
    from: from === undefined ? null : { kind: 'version', value: from },
    to: { kind: 'version', value: to },
    mode,
    // A changelog may tell several changes of a row in one commit: what is left of them does not depend on their order.
    net: mode === 'changelog',
    identifierColumns,
  })
}

/** The context in which the query's STREAM means these changes, and any other one is refused. */
function contextOf(context: BindContext, stream: TableFunction, changes: TableChanges): BindContext {
  return {
    ...context,
    stream: async (ast) => {
      if (ast.call === stream.call) return changes
      throw unsupported('a second STREAM in a query', { at: ast.at })
    },
  }
}

/** Deletes before inserts. */
function signOrder({ alias }: TableFunction): readonly OrderItem[] {
  const name = (alias?.name.name ?? 'stream').replaceAll('"', '""')
  const type = `"${name}"._change_type`
  const [statement] = parse(`SELECT ORDER BY CASE WHEN ${type} IN ('delete', 'update_before') THEN 0 ELSE 1 END`)
  return statement?.kind === 'query' ? statement.query.orderBy : []
}

function limitOf(value: unknown, { at }: Expression): number | null {
  if (value === null) return null
  const limit = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : Number.NaN
  if (Number.isInteger(limit) && limit >= 0) return limit
  throw new SqlError('2201W', 'LIMIT must not be negative', { at })
}

function checkColumns(columns: readonly Field[], now: readonly Field[], { offset, table }: FollowedStep): void {
  const isSame =
    columns.length === now.length &&
    columns.every(({ name, type }, i) => now[i]!.name === name && sameType(type, now[i]!.type))
  if (isSame) return
  throw unsupported(`a STREAM whose columns change: those of table "${table.name}" did,`, {
    detail: `at version ${offset.version}`,
    hint: 'Start the query again behind the last offset, or name the columns that it reads.',
  })
}

/** Files that a version needs may be gone before it is. */
function explained(error: unknown, { table, to, from }: FollowedStep): unknown {
  if (!(error instanceof DataError) || error.sqlstate !== '58P01') return error
  const before = from === undefined ? 'the first version' : `version ${from}`
  return new SqlError('22023', `the changes of table "${table.name}" after ${before} are no longer kept`, {
    detail: `a file of version ${to} is gone: ${error.message}`,
    hint: `start => 'snapshot' begins anew with the rows that the table has now.`,
    cause: error,
  })
}

/** The signal of the statement, which closing the engine ends too. */
function endOf({ engine }: Session, signal: AbortSignal | undefined): { signal: AbortSignal; close: () => void } {
  const controller = new AbortController()
  const onAbort = (): void => controller.abort(new CancelledError())
  const onClose = (): void => controller.abort(new SqlError('57P01', 'the engine is closed'))
  if (signal?.aborted === true) onAbort()
  if (engine.closing.aborted) onClose()
  signal?.addEventListener('abort', onAbort, { once: true })
  engine.closing.addEventListener('abort', onClose, { once: true })
  return {
    signal: controller.signal,
    close: () => {
      signal?.removeEventListener('abort', onAbort)
      engine.closing.removeEventListener('abort', onClose)
    },
  }
}
