/** Whether a file is the one that the table's metadata describes. */
import { corrupt } from '../../core/errors.ts'
import type { DataFile } from '../../format/format.ts'
import type { FileRef } from '../../table/table.ts'

/** XX001 when a file has other rows than recorded: it was cut between two blocks, say, or its path was damaged. */
export function assertRowCount({ url, rowCount }: FileRef, file: DataFile): void {
  if (rowCount === undefined || file.isSequential === true || file.rowCount === rowCount) return
  throw corrupt(url, `the file has ${file.rowCount} rows, the table's metadata says ${rowCount}`)
}
