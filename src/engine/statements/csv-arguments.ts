/** The options of read_csv, by the names that they have in DuckDB. */
import type { DataType } from '../../core/types.ts'
import type { TextCompression } from '../../format/csv/layout.ts'
import type { CsvOptions } from '../../format/csv/options.ts'
import { SqlError } from '../../core/errors.ts'
import type { FunctionArguments } from './function-arguments.ts'

/** Takes the options out of `args`. Errors: 42601 for values that make no sense, 0A000 for options that are not supported. */
export function csvOptions(args: FunctionArguments, timeZone: string): CsvOptions {
  args.boolean('auto_detect', 'parallel')
  args.refuse(
    'decimal_separator',
    'thousands',
    'new_line',
    'encoding',
    'store_rejects',
    'rejects_table',
    'rejects_limit',
  )
  args.refuse('rejects_scan', 'force_not_null', 'auto_type_candidates', 'normalize_names', 'strict_mode', 'buffer_size')
  const columns = args.types('columns')
  if (columns !== undefined && Array.isArray(columns)) {
    throw new SqlError('42601', "columns are given with their names: columns => {name: 'type', ...}")
  }
  const sampleSize = args.integer('sample_size', -1)
  const options: { -readonly [K in keyof CsvOptions]: CsvOptions[K] | undefined } = {
    delimiter: args.character('delim', 'sep', 'delimiter'),
    quote: args.character('quote'),
    escape: args.character('escape'),
    comment: args.character('comment'),
    header: args.boolean('header'),
    skip: args.integer('skip', 0),
    nulls: args.texts('nullstr', 'null'),
    quotedNulls: args.boolean('allow_quoted_nulls'),
    columns:
      columns === undefined
        ? undefined
        : [...(columns as ReadonlyMap<string, DataType>)].map(([name, type]) => ({ name, type })),
    names: args.texts('names', 'column_names'),
    types: args.types('types', 'dtypes', 'column_types'),
    allText: args.boolean('all_varchar'),
    padsRows: args.boolean('null_padding'),
    dropsRows: args.boolean('ignore_errors'),
    sampleRows: sampleSize === -1 ? Infinity : sampleSize,
    rowBytesMax: args.integer('max_line_size', 1) ?? args.integer('maximum_line_size', 1),
    dateFormat: formatOf(args.text('dateformat', 'date_format')),
    timestampFormat: formatOf(args.text('timestampformat', 'timestamp_format')),
    compression: compressionArgument(args),
    timeZone,
  }
  check(options)
  // Options that were not given are not there.
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as CsvOptions
}

/** `none`, `gzip`, `zstd`; absent for `auto`. */
export function compressionArgument(args: FunctionArguments): TextCompression | undefined {
  const name = args.text('compression')?.toLowerCase()
  if (name === undefined || name === 'auto' || name === 'auto_detect') return undefined
  if (name === 'none' || name === 'gzip' || name === 'zstd') return name
  if (name === 'uncompressed') return 'none'
  throw new SqlError('0A000', `compression "${name}" is not supported`, { hint: 'auto, none, gzip and zstd are.' })
}

/** DuckDB's name for ISO 8601, which is what is read when nothing is said. */
function formatOf(format: string | undefined): string | undefined {
  return format === 'auto' || format === 'iso' ? undefined : format
}

function check({
  delimiter,
  quote,
  escape,
  comment,
}: { [K in 'delimiter' | 'quote' | 'escape' | 'comment']?: string | undefined }): void {
  if (delimiter === '') throw new SqlError('42601', 'the delimiter must not be empty')
  if (escape !== undefined && escape !== '' && quote === '') throw new SqlError('42601', 'an escape needs a quote')
  const special = [delimiter, quote, comment].filter((char) => char !== undefined && char !== '')
  if (new Set(special).size < special.length || (escape === delimiter && escape !== undefined)) {
    throw new SqlError('42601', 'delimiter, quote, escape and comment must differ')
  }
  for (const char of [...special, escape]) {
    if (char === '\n' || char === '\r')
      throw new SqlError('42601', 'delimiter, quote, escape and comment must be no line ends')
  }
}
