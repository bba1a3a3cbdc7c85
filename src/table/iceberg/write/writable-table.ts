/** Lets statements write to an Iceberg table. */
import type { ReadContext } from '../../../format/format.ts'
import type { RowChangeKind, Table } from '../../table.ts'
import type { IcebergTable } from '../iceberg-table.ts'
import type { CommitBase } from './commit.ts'
import type { CommitTarget } from './publish.ts'
import { IcebergWrite, type WriteOptions } from './table-write.ts'
import { assertWritable } from './writable.ts'

export interface WritePlace {
  readonly target: () => Promise<CommitTarget>
  readonly base: CommitBase
  /** Where commits of statements go; absent: they are published. */
  readonly publish?: WriteOptions['publish']
}

/** The table with `begin` and `beginChange`. */
export function writable(table: IcebergTable, { target: locate, base, publish }: WritePlace): Table {
  const { metadata } = table
  const options = (context: ReadContext): WriteOptions => ({
    ...base,
    metadata,
    context,
    ...(publish === undefined ? {} : { publish }),
  })
  const place = async (): Promise<CommitTarget> => {
    const target = await locate()
    // One that is not there yet lies where it will be.
    if (base.staged === undefined) assertWritable(target, metadata)
    return target
  }
  return Object.assign(table, {
    begin: async (context: ReadContext) => new IcebergWrite(await place(), options(context)),
    beginChange: async (context: ReadContext, kind: RowChangeKind) => {
      const { IcebergRowChange } = await import('./row-change.ts')
      return new IcebergRowChange(table, await place(), { ...options(context), kind })
    },
  })
}
