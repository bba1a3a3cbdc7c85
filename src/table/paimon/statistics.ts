/**
 * What a Paimon table says of its rows before they are read: from the snapshot and its manifests alone.
 *
 * The record count of a snapshot counts rows of files: of a table with a primary key, rows of equal keys, and deletes, are counted each.
 */
import type { TableStatistics } from '../table.ts'
import type { PaimonContext } from './context.ts'
import { manifestsOf } from './live-files.ts'

/** When nothing is known of the size of a file. */
const FILE_BYTES = 1 << 20

export async function tableStatistics(context: PaimonContext): Promise<TableStatistics> {
  const { access, root, snapshot } = context
  if (snapshot === undefined) return { rowCount: 0, exact: true, byteCount: 0, fileCount: 0, columns: new Map() }
  const manifests = await manifestsOf(access, root, snapshot)
  const files = manifests.reduce((sum, { addedFiles, deletedFiles }) => sum + Number(addedFiles - deletedFiles), 0)
  const fileCount = Math.max(0, files)
  return {
    rowCount: Number(snapshot.totalRecordCount ?? 0n),
    exact: false,
    byteCount: fileCount * FILE_BYTES,
    fileCount,
    columns: new Map(),
  }
}
