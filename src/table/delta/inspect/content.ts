/** What metadata tables are made from. */
import type { CommitTimeSource } from '../commit-times.ts'
import type { LogListing } from '../log-listing.ts'
import type { ScanContext } from '../scan.ts'

export interface MetadataTableContext extends ScanContext {
  /** Display name of the table. */
  readonly name: string
  readonly listing: LogListing
  readonly commitTime: CommitTimeSource
}

/** Micros of a time in milliseconds. */
export function microsOfMs(ms: number | undefined): bigint | null {
  return ms === undefined ? null : BigInt(ms) * 1000n
}
