/** The file formats, by name. A format is a folder here and a line below. */
import { unsupported } from '../core/errors.ts'
import { avroFormat } from './avro/index.ts'
import { csvFormat } from './csv/data-file.ts'
import type { FileFormat, FormatName } from './format.ts'
import { jsonFormat } from './json/data-file.ts'
import { hfileFormat } from './hfile/data-file.ts'
import { hudiLogFormat } from './hudi-log/data-file.ts'
import { lanceFormat } from './lance/index.ts'
import { orcFormat } from './orc/index.ts'
import { parquetFormat } from './parquet/index.ts'

const FORMATS: readonly FileFormat[] = [
  parquetFormat,
  orcFormat,
  avroFormat,
  lanceFormat,
  hudiLogFormat,
  hfileFormat,
  csvFormat,
  jsonFormat,
]

/** The reader of a file format. Errors: 0A000 for one that cannot be read yet. */
export function formatByName(name: FormatName): FileFormat {
  const format = FORMATS.find((candidate) => candidate.name === name)
  if (format === undefined) throw unsupported(`reading data files of format "${name}"`)
  return format
}

/** The format of a data file by its name's extension; undefined: it is no data file. */
export function formatOfFileName(name: string): FormatName | undefined {
  const [, extension = '', compression] = EXTENSION.exec(name.toLowerCase()) ?? []
  const format = Object.hasOwn(EXTENSIONS, extension) ? EXTENSIONS[extension] : undefined
  // Only text is compressed as a whole.
  return compression === undefined || format === 'csv' || format === 'json' ? format : undefined
}

/** A file's name without the extensions of a data file. */
export function nameWithoutExtension(name: string): string {
  return formatOfFileName(name) === undefined ? name : name.slice(0, name.toLowerCase().search(EXTENSION))
}

const EXTENSION = /\.([a-z]+)(\.gz|\.zst)?$/

const EXTENSIONS: Readonly<Record<string, FormatName | undefined>> = {
  parquet: 'parquet',
  parq: 'parquet',
  pq: 'parquet',
  orc: 'orc',
  avro: 'avro',
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  jsonl: 'json',
  ndjson: 'json',
}
