/** The keys of encrypted Parquet files: `encryption_config => {'footer_key': '...', 'column_keys': {'column': '...'}, 'aad_prefix': '...'}`. */
import { SqlError } from '../../core/errors.ts'
import type { DataType } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import type { ParquetKeys } from '../../format/parquet/encryption/keys.ts'
import type { FunctionArguments } from './function-arguments.ts'

const KEY_BYTES: readonly number[] = [16, 24, 32]

/** Undefined when no keys are given. Errors: 22023 for texts that are no keys, 42601 for names that are not known. */
export function parquetKeys(args: FunctionArguments): ParquetKeys | undefined {
  const config = args.struct('encryption_config')
  if (config === undefined) return undefined
  const known = new Set(['footer_key', 'footer_key_value', 'column_keys', 'aad_prefix'])
  for (const name of config.keys()) {
    if (!known.has(name)) throw new SqlError('42601', `encryption_config has no "${name}"`)
  }
  const footerKey = config.get('footer_key') ?? config.get('footer_key_value')
  if (footerKey === undefined) throw new SqlError('42601', 'encryption_config needs a "footer_key"')
  const columns = config.get('column_keys')
  const aadPrefix = config.get('aad_prefix')?.value
  return {
    kind: 'parquet',
    footerKey: keyOf('footer_key', footerKey.value),
    columnKeys: columns === undefined ? [] : columnKeys(columns),
    ...(typeof aadPrefix === 'string' ? { aadPrefix } : {}),
  }
}

function columnKeys({ value, type }: { value: LiteralValue; type: DataType }): ParquetKeys['columnKeys'] {
  if (type.kind !== 'struct' || !Array.isArray(value)) throw new SqlError('42601', '"column_keys" must be a struct')
  return type.fields.map(({ name }, i) => [name, keyOf(name, value[i] as LiteralValue)] as const)
}

/** Sixteen, 24 or 32 bytes: as they are, or in base64 if the text ends as only base64 does. */
function keyOf(name: string, value: LiteralValue): Uint8Array {
  const text = typeof value === 'string' ? value : ''
  const isBase64 = text.endsWith('=') && text.length % 4 === 0
  const bytes = value instanceof Uint8Array ? value : Buffer.from(text, isBase64 ? 'base64' : 'utf8')
  if (KEY_BYTES.includes(bytes.length)) return Uint8Array.from(bytes)
  // The text itself is not told: it may be nearly a key.
  throw new SqlError('22023', `the key of "${name}" is not of 16, 24 or 32 bytes, nor are they in base64`)
}
