/** The file formats, by name. A format is a folder here and a line below. */
import { unsupported } from '../core/errors.ts'
import { avroFormat } from './avro/index.ts'
import type { FileFormat, FormatName } from './format.ts'
import { hfileFormat } from './hfile/data-file.ts'
import { hudiLogFormat } from './hudi-log/data-file.ts'
import { orcFormat } from './orc/index.ts'
import { parquetFormat } from './parquet/index.ts'

const FORMATS: readonly FileFormat[] = [parquetFormat, orcFormat, avroFormat, hudiLogFormat, hfileFormat]

/** The reader of a file format. Errors: 0A000 for one that cannot be read yet. */
export function formatByName(name: FormatName): FileFormat {
  const format = FORMATS.find((candidate) => candidate.name === name)
  if (format === undefined) throw unsupported(`reading data files of format "${name}"`)
  return format
}

/** The format of a data file by its name's extension; undefined: it is no data file. */
export function formatOfFileName(name: string): FormatName | undefined {
  const extension = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase()
  return extension === undefined ? undefined : EXTENSIONS[extension]
}

const EXTENSIONS: Readonly<Record<string, FormatName | undefined>> = {
  parquet: 'parquet',
  parq: 'parquet',
  pq: 'parquet',
  orc: 'orc',
  avro: 'avro',
}
