/** Whether a table can be written to here: what is not certain to come out right is refused. */
import { realpathSync } from 'node:fs'
import { type SqlError, unsupported } from '../../../core/errors.ts'
import { plainLocation, schemeOf } from '../../../storage/file-location.ts'
import type { TableMetadata } from '../metadata.ts'
import { type IcebergType, nestedFieldsOf } from '../schema.ts'
import { currentSchema } from '../snapshot.ts'
import type { CommitTarget } from './publish.ts'

/** Types that are written as their own: others (uuid, fixed, nanoseconds) would be read back by other engines as what they are not. */
const WRITTEN: ReadonlySet<string> = new Set([
  ...['boolean', 'int', 'long', 'float', 'double', 'decimal', 'date', 'time', 'timestamp', 'timestamptz'],
  ...['string', 'binary', 'list', 'map', 'struct'],
])

/** 0A000 with the reason. */
export function assertWritable(target: CommitTarget, metadata: TableMetadata): void {
  const problem = versionProblem(metadata) ?? typeProblem(metadata) ?? placeProblem(target, metadata)
  if (problem !== undefined) throw problem
}

/** As `assertWritable`, for a table whose columns are going to be replaced. */
export function assertReplaceable(target: CommitTarget, metadata: TableMetadata): void {
  const problem = versionProblem(metadata) ?? placeProblem(target, metadata)
  if (problem !== undefined) throw problem
}

function versionProblem({ formatVersion }: TableMetadata): SqlError | undefined {
  return formatVersion === 2 ? undefined : unsupported(`writing to Iceberg tables of format version ${formatVersion}`)
}

function typeProblem(metadata: TableMetadata): SqlError | undefined {
  for (const field of currentSchema(metadata).fields) {
    const kind = unwritten(field.type)
    if (kind !== undefined) return unsupported(`writing type ${kind} of column "${field.name}" to an Iceberg table`)
  }
  return undefined
}

function placeProblem({ access, url, name }: CommitTarget, { location }: TableMetadata): SqlError | undefined {
  if (isSamePlace(access.locate(location), url)) return undefined
  return unsupported(`writing to table "${name}", which lies elsewhere than its metadata says,`, {
    detail: `It lies in "${url}" and its metadata says "${location}".`,
    hint: 'What is written would be recorded as being in the other place. A table that is to be written to is not copied or moved.',
  })
}

function unwritten(type: IcebergType): string | undefined {
  if (!WRITTEN.has(type.kind)) return type.kind
  for (const { type: part } of nestedFieldsOf(type)) {
    const kind = unwritten(part)
    if (kind !== undefined) return kind
  }
  return undefined
}

function isSamePlace(recorded: string, reached: string): boolean {
  if (schemeOf(recorded) !== schemeOf(reached)) return false
  if (schemeOf(recorded) !== 'file') return trimmed(recorded) === trimmed(reached)
  try {
    return realpathSync(plainLocation(recorded)) === realpathSync(plainLocation(reached))
  } catch {
    return false
  }
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '')
}
