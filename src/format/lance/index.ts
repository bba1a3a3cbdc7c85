/**
 * Lance: our own reader of files of version 2.1 and 2.2.
 *
 *   file-metadata.ts, schema.ts, page-encoding.ts        the end of the file, fields as SQL columns, how pages are laid out
 *   data-file.ts -> ../bind-tree.ts                      the columns a table asks for
 *   group-reader.ts -> page-reader.ts, zipped-page.ts    a stretch of rows of a column
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
