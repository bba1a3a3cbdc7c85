/** `t$history`: one row a commit that is kept, newest first, with the columns of Delta's DESCRIBE HISTORY. */
import { BIGINT, BOOLEAN, type DataType, TIMESTAMPTZ, VARCHAR, mapOf } from '../../../core/types.ts'
import { writeExactJson } from '../../../core/exact-json.ts'
import type { JsonValue } from '../../../core/exact-json.ts'
import type { LiteralValue } from '../../../expr/expr.ts'
import { type PlainObject, bigintOf, objectOf } from '../actions.ts'
import { CommitTimes, readCommitInfo } from '../commit-times.ts'
import { type MetadataTableContext, microsOfMs } from './content.ts'
import type { Content, Row } from '../../metadata-content.ts'

const JOB_FIELDS = ['jobId', 'jobName', 'jobRunId', 'runId', 'jobOwnerId', 'triggerType'] as const

/** Commits that are read at the same time. */
const READS_AHEAD = 16

function structOf(names: readonly string[]): DataType {
  return { kind: 'struct', fields: names.map((name) => ({ name, type: VARCHAR, nullable: true })) }
}

export async function history(context: MetadataTableContext): Promise<Content> {
  const { access, listing, snapshot, commitTime } = context
  const times = new CommitTimes({ access, listing, metadata: snapshot.metadata, source: commitTime })
  const commits = [...listing.commits].filter(([version]) => version <= snapshot.version).toSorted(([a], [b]) => b - a)
  const rows: Row[] = []
  for (let i = 0; i < commits.length; i += READS_AHEAD) {
    const part = commits.slice(i, i + READS_AHEAD)
    const infos = await Promise.all(part.map(async ([, url]) => readCommitInfo(access, url)))
    for (const [j, [version]] of part.entries()) {
      const info = infos[j]
      rows.push([BigInt(version), microsOfMs(await times.timeOf(version, info)), ...valuesOf(info ?? {})])
    }
  }
  return {
    columns: [
      ['version', BIGINT],
      ['timestamp', TIMESTAMPTZ],
      ['userId', VARCHAR],
      ['userName', VARCHAR],
      ['operation', VARCHAR],
      ['operationParameters', mapOf(VARCHAR, VARCHAR)],
      ['job', structOf(JOB_FIELDS)],
      ['notebook', structOf(['notebookId'])],
      ['clusterId', VARCHAR],
      ['readVersion', BIGINT],
      ['isolationLevel', VARCHAR],
      ['isBlindAppend', BOOLEAN],
      ['operationMetrics', mapOf(VARCHAR, VARCHAR)],
      ['userMetadata', VARCHAR],
      ['engineInfo', VARCHAR],
    ],
    rows,
  }
}

function valuesOf(info: PlainObject): LiteralValue[] {
  const { isBlindAppend } = info
  return [
    textOf(info['userId']),
    textOf(info['userName']),
    textOf(info['operation']),
    mapValue(info['operationParameters']),
    structValue(info['job'], JOB_FIELDS),
    structValue(info['notebook'], ['notebookId']),
    textOf(info['clusterId']),
    bigintOf(info['readVersion']) ?? null,
    textOf(info['isolationLevel']),
    typeof isBlindAppend === 'boolean' ? isBlindAppend : null,
    mapValue(info['operationMetrics']),
    textOf(info['userMetadata']),
    textOf(info['engineInfo']),
  ]
}

/** Texts as they are, other JSON as its text. */
function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : writeExactJson(value as JsonValue)
}

function mapValue(value: unknown): LiteralValue {
  const object = objectOf(value)
  return object === undefined ? null : Object.entries(object).map(([key, item]) => [key, textOf(item)])
}

function structValue(value: unknown, names: readonly string[]): LiteralValue {
  const object = objectOf(value)
  return object === undefined ? null : names.map((name) => textOf(object[name]))
}
