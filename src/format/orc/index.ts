/**
 * ORC: our own reader.
 *
 *   file-tail.ts -> chunks.ts, metadata.ts, schema.ts     postscript and footer to plain objects, types as SQL columns
 *   data-file.ts -> ../bind-tree.ts                       the columns a table asks for
 *   statistics.ts, bloom-filter.ts                        what need not be read
 *   stripe-reader.ts -> column-reader.ts -> leaf-values.ts    rows of a column as vectors
 *     runs.ts -> stream.ts                                integers, bytes and bits of a stream, decompressed chunk by chunk
 *
 * Hot loops are in kernel/wasm/orc and kernel/wasm/codec. Spec: orc.apache.org/specification/ORCv1.
 */
import type { FileFormat } from '../format.ts'
import { OrcDataFile } from './data-file.ts'
import { readOrcTail } from './file-tail.ts'

export const orcFormat: FileFormat = {
  name: 'orc',
  open: (file, context) => new OrcDataFile(file, context, readOrcTail(file)),
}
