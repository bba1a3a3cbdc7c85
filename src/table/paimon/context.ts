/** What every part of a Paimon table that is read at some version has to know. */
import type { StorageAccess } from '../../storage/storage-access.ts'
import type { PaimonOptions } from './options.ts'
import type { Snapshot } from './snapshot.ts'
import type { PaimonSchema, SchemaFolder } from './table-schema.ts'

export interface PaimonContext {
  readonly access: StorageAccess
  /** The table's folder. */
  readonly root: string
  /** The folder of snapshots, tags and schemas: the table's, or that of a branch. */
  readonly branchRoot: string
  readonly schemas: SchemaFolder
  /** Of the version that is read. */
  readonly schema: PaimonSchema
  readonly options: PaimonOptions
  readonly snapshot: Snapshot | undefined
}
