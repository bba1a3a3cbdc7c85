/** Runs the records of a file in a session. */
import type { Session } from '../../../src/engine/session.ts'
import { formatValue } from '../../../src/expr/values/format-value.ts'
import { type TextRow, differs } from './compare.ts'
import type { SltQuery, SltRecord } from './slt-file.ts'

/** What a record did that it should not have. */
export interface SltFailure {
  readonly record: SltRecord
  readonly message: string
  /** Of a query that gave other rows: the lines that would be right. */
  readonly lines?: readonly string[]
}

export async function textRows(session: Session, sql: string): Promise<TextRow[]> {
  const result = await session.query(sql)
  const rows: TextRow[] = []
  const zone = session.sessionValues().timeZone
  for await (const chunk of result.chunks()) {
    for (const row of chunk) {
      rows.push(row.map((value, i) => (value === null ? null : formatValue(value, result.fields[i]!.type, zone))))
    }
  }
  return rows
}

/** @param again Whether a SELECT runs once more, as it does with the plan that was kept of the first run: the rows must be right then. */
export async function runSlt(session: Session, records: readonly SltRecord[], again = false): Promise<SltFailure[]> {
  const failures: SltFailure[] = []
  const labels = new Map<string, readonly string[]>()
  for (const record of records) {
    const failure =
      record.kind === 'query' ? await runQuery(session, record, labels, again) : await runStatement(session, record)
    if (failure !== null) failures.push(failure)
  }
  return failures
}

async function runStatement(
  session: Session,
  record: Exclude<SltRecord, { kind: 'query' }>,
): Promise<SltFailure | null> {
  try {
    await textRows(session, record.sql)
  } catch (error) {
    if (record.error === null) return { record, message: describeError(error) }
    const fits = codeOf(error) === record.error || describeError(error).includes(record.error)
    return fits ? null : { record, message: `${describeError(error)}, not ${record.error}` }
  }
  return record.error === null ? null : { record, message: 'no error' }
}

async function runQuery(
  session: Session,
  record: SltQuery,
  labels: Map<string, readonly string[]>,
  again: boolean,
): Promise<SltFailure | null> {
  let rows: TextRow[]
  try {
    rows = await textRows(session, record.sql)
    // What a query does to a sequence it does twice.
    if (again && /^\s*select\b/i.test(record.sql) && !/nextval|setval/i.test(record.sql))
      rows = await textRows(session, record.sql)
  } catch (error) {
    return { record, message: describeError(error) }
  }
  const columns = rows[0]?.length
  if (columns !== undefined && record.types !== '' && columns !== record.types.length) {
    return { record, message: `${columns} columns, not ${record.types.length}` }
  }
  const lines = differs(record, rows)
  if (lines !== null) return { record, message: 'other rows', lines }
  return sameLabel(record, labels)
}

/** Queries of one label have one result. */
function sameLabel(record: SltQuery, labels: Map<string, readonly string[]>): SltFailure | null {
  if (record.label === '') return null
  const known = labels.get(record.label)
  if (known === undefined) labels.set(record.label, record.expected)
  else if (known.join('\n') !== record.expected.join('\n'))
    return { record, message: `differs from label ${record.label}` }
  return null
}

function codeOf(error: unknown): string {
  return (error as { readonly sqlstate?: string }).sqlstate ?? ''
}

/** `22012 division by zero`; without a code it is a fault of the engine. */
function describeError(error: unknown): string {
  const { message, stack } = error as Error
  return codeOf(error) === '' ? `internal: ${stack ?? message}` : `${codeOf(error)} ${message}`
}
