/**
 * Avro as a data file format; manifests and logs are read by container.ts, record by record.
 *
 *   block-index.ts -> container.ts, schema.ts, file-node.ts    the header, where blocks lie, fields as SQL columns
 *   data-file.ts -> ../bind-tree.ts, program.ts                the columns a table asks for, as a program of the kernel
 *   group-reader.ts -> kernel/wasm/avro                        blocks to vectors
 */
import type { FileFormat } from '../format.ts'
import { readAvroIndex } from './block-index.ts'
import { AvroDataFile } from './data-file.ts'

export const avroFormat: FileFormat = {
  name: 'avro',
  open: (file, context) => new AvroDataFile(file, context, readAvroIndex(file)),
}
