/**
 * Lance: our own reader of files of every version.
 *
 *   file-metadata.ts, schema.ts, page-encoding.ts        the end of the file, fields as SQL columns, how pages are laid out
 *   data-file.ts -> ../bind-tree.ts                      the columns a table asks for
 *   group-reader.ts -> page-reader.ts, zipped-page.ts    a stretch of rows of a column; array-page.ts of version 2.0, legacy-file.ts of the first
 *     decompress.ts -> leaf-rows.ts -> assemble.ts       values and levels of pages, put together to vectors
 *
 * Hot loops are in kernel/wasm/lance. Datasets (manifests, versions, deletes) are table/lance.
 */
import type { FileFormat } from '../format.ts'
import { LanceDataFile } from './data-file.ts'
import { readLanceMetadata } from './file-metadata.ts'

export const lanceFormat: FileFormat = {
  name: 'lance',
  open: (file, context) => new LanceDataFile(file, context, readLanceMetadata(file)),
}
