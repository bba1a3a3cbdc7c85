/**
 * Parquet: our own reader.
 *
 *   footer.ts -> metadata.ts, column-chunk.ts   Thrift (thrift.ts) to plain objects
 *   schema.ts -> file-node.ts, leaf-type.ts     the schema tree as SQL columns
 *   data-file.ts -> bind.ts -> conversion.ts    the columns a table asks for, and how they are converted
 *   statistics.ts, candidate-ranges.ts, bloom-filter.ts        what need not be read
 *   row-group-reader.ts -> flat-column.ts | nested-column.ts   rows of a column as vectors
 *     leaf-reader.ts -> page-reader.ts -> file-bytes.ts        pages of a leaf, decompressed, from bytes of the file
 *     page-values.ts, delta-values.ts, dictionary.ts -> value-sink.ts   values of pages, collected for one read
 *   encryption/                                              files that are read with keys
 *
 * Hot loops are in kernel/wasm/parquet and kernel/wasm/codec.
 */
import type { FileFormat } from '../format.ts'
import { ParquetDataFile } from './data-file.ts'
import { readFooter, readFooterWithKeys } from './footer.ts'

export const parquetFormat: FileFormat = {
  name: 'parquet',
  open(file, context, layout) {
    if (layout?.kind !== 'parquet') return new ParquetDataFile(file, context, readFooter(file))
    const footer = readFooterWithKeys(file, layout)
    return new ParquetDataFile(footer.decryption?.file ?? file, context, footer)
  },
}
