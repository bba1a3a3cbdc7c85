/**
 * What a reader must be able to do for a table. A feature that is not known here is refused by its name.
 *
 * Spec: Delta PROTOCOL.md, "Table Features", "Reader Version Requirements".
 */
import { unsupported } from '../../core/errors.ts'
import type { Metadata, Protocol } from './actions.ts'
import type { MappingMode } from './schema.ts'

/** To add a feature: its line here, and what it asks of readers. */
const READER_FEATURES: ReadonlySet<string> = new Set([
  'columnMapping',
  'deletionVectors',
  'timestampNtz',
  'typeWidening',
  'typeWidening-preview',
  'v2Checkpoint',
  'vacuumProtocolCheck',
  // Columns of the type are refused one by one (schema.ts).
  'variantType',
  'variantType-preview',
  'variantShredding',
  'variantShredding-preview',
])

const READER_VERSION_MAX = 3

/** 0A000 naming the version or the features that are not supported. */
export function assertSupported({ minReaderVersion, readerFeatures }: Protocol, table: string): void {
  if (minReaderVersion > READER_VERSION_MAX) {
    throw unsupported(`reading Delta table "${table}", which needs reader version ${minReaderVersion},`)
  }
  const unknown = readerFeatures.filter((feature) => !READER_FEATURES.has(feature))
  if (minReaderVersion === READER_VERSION_MAX && unknown.length > 0) {
    const names = unknown.map((feature) => `"${feature}"`).join(', ')
    throw unsupported(`reading Delta table "${table}" with table feature ${names}`)
  }
}

/** How columns are found in files; 0A000 for an unknown mode. */
export function mappingModeOf(
  { minReaderVersion, readerFeatures }: Protocol,
  { configuration }: Metadata,
): MappingMode {
  const isSupported =
    minReaderVersion === 2 || (minReaderVersion >= READER_VERSION_MAX && readerFeatures.includes('columnMapping'))
  const mode = configuration.get('delta.columnMapping.mode') ?? 'none'
  if (!isSupported) return 'none'
  if (mode === 'none' || mode === 'name' || mode === 'id') return mode
  throw unsupported(`column mapping mode "${mode}"`)
}
