/** The file formats, by name. A format is a folder here and a line below. */
import { unsupported } from '../core/errors.ts'
import type { FileFormat, FormatName } from './format.ts'
import { parquetFormat } from './parquet/index.ts'

const FORMATS: readonly FileFormat[] = [parquetFormat]

/** The reader of a file format. Errors: 0A000 for one that cannot be read yet. */
export function formatByName(name: FormatName): FileFormat {
  const format = FORMATS.find((candidate) => candidate.name === name)
  if (format === undefined) throw unsupported(`reading data files of format "${name}"`)
  return format
}
