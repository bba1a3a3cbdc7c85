/** What makes the rows of a relation of the system. One file a group of relations here, one line in index.ts. */
import type { LiteralValue } from '../../../expr/expr.ts'
import type { SystemSnapshot } from '../system-snapshot.ts'

/** A row by the names of its columns; those left out are NULL. */
export type SystemRow = Readonly<Record<string, LiteralValue | number>>

export type RowBuilder = (snapshot: SystemSnapshot) => readonly SystemRow[] | Promise<readonly SystemRow[]>

export type RowBuilders = Readonly<Record<string, RowBuilder>>

/** The only user, who owns everything. */
export const OWNER_OID = 10
