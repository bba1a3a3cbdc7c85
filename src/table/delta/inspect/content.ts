/** What metadata tables are made of and from. */
import type { DataType } from '../../../core/types.ts'
import type { LiteralValue } from '../../../expr/expr.ts'
import type { CommitTimeSource } from '../commit-times.ts'
import type { LogListing } from '../log-listing.ts'
import type { ScanContext } from '../scan.ts'

export interface MetadataTableContext extends ScanContext {
  /** Display name of the table. */
  readonly name: string
  readonly listing: LogListing
  readonly commitTime: CommitTimeSource
}

export type Column = readonly [name: string, type: DataType]
export type Row = readonly LiteralValue[]

export interface Content {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

/** A list of nullable elements. */
export function listOf(type: DataType): DataType {
  return { kind: 'list', element: { name: 'element', type, nullable: true } }
}

/** A map with nullable values. */
export function mapOf(key: DataType, value: DataType): DataType {
  return {
    kind: 'map',
    key: { name: 'key', type: key, nullable: false },
    value: { name: 'value', type: value, nullable: true },
  }
}

/** Micros of a time in milliseconds. */
export function microsOfMs(ms: number | undefined): bigint | null {
  return ms === undefined ? null : BigInt(ms) * 1000n
}
