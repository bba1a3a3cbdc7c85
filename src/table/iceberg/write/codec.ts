/** Which compression a table's data files are written with. */
import { SqlError } from '../../../core/errors.ts'
import { PARQUET_CODECS, type ParquetCodec } from '../../../format/parquet/write/parquet-writer.ts'

export const CODEC_PROPERTY = 'write.parquet.compression-codec'

/** See docs/decisions/004-compression-of-data-files.md. */
const DEFAULT_CODEC: ParquetCodec = 'zstd'

/** The codec that the table's properties ask for; the default where they name one that is not written here. */
export function codecOf(properties: ReadonlyMap<string, string>): ParquetCodec {
  const name = properties.get(CODEC_PROPERTY)?.toLowerCase()
  return PARQUET_CODECS.find((codec) => codec === name) ?? DEFAULT_CODEC
}

/** 22023 for a codec that can't be written: asked of who makes a table, not of who inherits one. */
export function checkCodec(properties: ReadonlyMap<string, string>): void {
  const name = properties.get(CODEC_PROPERTY)
  if (name === undefined || PARQUET_CODECS.some((codec) => codec === name.toLowerCase())) return
  throw new SqlError('22023', `invalid value for property "${CODEC_PROPERTY}": "${name}"`, {
    hint: `Available values: ${PARQUET_CODECS.join(', ')}.`,
  })
}
