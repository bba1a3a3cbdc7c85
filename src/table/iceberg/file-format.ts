/** The format of a data or delete file as manifests name it. */
import { unsupported } from '../../core/errors.ts'
import type { FormatName } from '../../format/format.ts'
import type { ContentFile } from './manifest.ts'

const FORMATS: readonly FormatName[] = ['parquet', 'orc', 'avro']

/** 0A000 for formats that hold no rows; `what` says what the file is. */
export function fileFormatOf({ format, path }: ContentFile, what: 'data' | 'delete'): FormatName {
  const known = FORMATS.find((name) => name === format)
  if (known === undefined) {
    throw unsupported(`an Iceberg ${what} file in ${format.toUpperCase()} format`, { detail: `file "${path}"` })
  }
  return known
}
