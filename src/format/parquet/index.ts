/** Parquet: our own reader. The folder's map is in docs/parquet.md. */
import type { FileFormat } from '../format.ts'
import { ParquetDataFile } from './data-file.ts'
import { readFooter } from './footer.ts'

export const parquetFormat: FileFormat = {
  name: 'parquet',
  open: (file, context) => new ParquetDataFile(file, context, readFooter(file)),
}
