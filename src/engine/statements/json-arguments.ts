/** The options of read_json, by the names that they have in DuckDB. */
import type { DataType } from '../../core/types.ts'
import { SqlError } from '../../core/errors.ts'
import type { JsonOptions } from '../../format/json/options.ts'
import { compressionArgument } from './csv-arguments.ts'
import type { FunctionArguments } from './function-arguments.ts'

const FORMS: Readonly<Record<string, JsonOptions['form']>> = {
  auto: undefined,
  newline_delimited: 'lines',
  nd: 'lines',
  array: 'array',
  unstructured: 'stream',
}

/** Takes the options out of `args`. Errors: 42601 for values that make no sense, 0A000 for options that are not supported. */
export function jsonOptions(args: FunctionArguments, timeZone: string): JsonOptions {
  args.boolean('auto_detect')
  args.refuse('convert_strings_to_integers', 'field_appearance_threshold', 'map_inference_threshold')
  args.refuse('maximum_sample_files')
  const columns = args.types('columns')
  if (columns !== undefined && Array.isArray(columns)) {
    throw new SqlError('42601', "columns are given with their names: columns => {name: 'type', ...}")
  }
  const sampleSize = args.integer('sample_size', -1)
  const depth = args.integer('maximum_depth', -1)
  const options: { -readonly [K in keyof JsonOptions]: JsonOptions[K] | undefined } = {
    form: formOf(args),
    isRecords: recordsOf(args),
    columns:
      columns === undefined
        ? undefined
        : [...(columns as ReadonlyMap<string, DataType>)].map(([name, type]) => ({ name, type })),
    dropsRows: args.boolean('ignore_errors'),
    sampleRows: sampleSize === -1 ? Infinity : sampleSize,
    depthMax: depth === undefined || depth === -1 ? undefined : depth,
    rowBytesMax: args.integer('maximum_object_size', 1),
    dateFormat: formatOf(args.text('dateformat', 'date_format')),
    timestampFormat: formatOf(args.text('timestampformat', 'timestamp_format')),
    compression: compressionArgument(args),
    timeZone,
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as JsonOptions
}

function formOf(args: FunctionArguments): JsonOptions['form'] {
  const name = args.text('format')?.toLowerCase() ?? 'auto'
  if (!Object.hasOwn(FORMS, name)) throw new SqlError('22023', `"${name}" is no format of JSON files`)
  return FORMS[name]
}

function recordsOf(args: FunctionArguments): boolean | undefined {
  const value = args.value('records')
  return value === undefined || value === 'auto' ? undefined : value === true || value === 'true'
}

function formatOf(format: string | undefined): string | undefined {
  return format === 'auto' || format === 'iso' ? undefined : format
}
