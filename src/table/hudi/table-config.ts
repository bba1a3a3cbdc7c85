/**
 * What `.hoodie/hoodie.properties` says of a table.
 *
 * Spec: Apache Hudi technical specification 1.0, "Table Properties"; versions 5 and 6 as in the specification of 0.x. Versions 5 and 6 have the
 * timeline of layout 1 (instants directly in `.hoodie`), 8 and 9 that of layout 2 (`.hoodie/timeline`, with completion times).
 */
import { crc32OfBytes } from '../../core/crc32.ts'
import { corrupt, unsupported } from '../../core/errors.ts'
import { parseProperties } from './properties.ts'

export type MergeMode = 'commit-time' | 'event-time' | 'custom'

export interface PartitionField {
  /** The column, with dots where it is a field of a struct. */
  readonly name: string
  /** The path holds the column's own value, not one that a key generator derived from it. */
  readonly isIdentity: boolean
}

export interface HudiConfig {
  /** 5, 6, 8 or 9. */
  readonly version: number
  readonly type: 'copy-on-write' | 'merge-on-read'
  /** 1: `.hoodie/<instant>.<action>`; 2: `.hoodie/timeline/<requested>_<completed>.<action>`. */
  readonly timelineLayout: 1 | 2
  /** Folder of the timeline below `.hoodie`, for layout 2. */
  readonly timelinePath: string
  /** Folder of archived instants below the timeline's, for layout 2. */
  readonly historyPath: string
  /** Folder of archived instants below `.hoodie`, for layout 1. */
  readonly archivePath: string
  readonly recordKeyFields: readonly string[]
  /** The one column whose value as a text is the record key; undefined where keys are made otherwise. */
  readonly plainKeyField: string | undefined
  readonly orderingFields: readonly string[]
  readonly mergeMode: MergeMode
  /** The payload class or merger that makes `mergeMode` custom, for errors. */
  readonly merger: string
  /** Rows carry `_hoodie_record_key` and the other meta columns. */
  readonly hasMetaFields: boolean
  readonly partitionFields: readonly PartitionField[]
  readonly isHiveStyle: boolean
  readonly isUrlEncoded: boolean
  /** Partition columns are only in the paths. */
  readonly dropsPartitionColumns: boolean
  /** Avro schema of an empty table, as JSON text. */
  readonly createSchema: string | undefined
  readonly isCdcEnabled: boolean
  /** Partitions of the metadata table that are complete: `files`, `column_stats`, ... */
  readonly metadataPartitions: ReadonlySet<string>
  /** Rows of logs whose column `field` has the text `text` are deletes. */
  readonly deleteMarker: { readonly field: string; readonly text: string } | undefined
  /** NULLs of a row say nothing where the field has no other default: older rows' values stay. */
  readonly ignoresDefaults: boolean
  /** What makes log files mean more than their merge mode says, if anything does: refused where there are log files. */
  readonly refusedMerging: string | undefined
}

const VERSIONS: ReadonlySet<number> = new Set([5, 6, 8, 9])

/** Payload classes whose merging is one of the two modes. */
const COMMIT_TIME_PAYLOADS: ReadonlySet<string> = new Set([
  'OverwriteWithLatestAvroPayload',
  'OverwriteNonDefaultsWithLatestAvroPayload',
])
const EVENT_TIME_PAYLOADS: ReadonlySet<string> = new Set(['DefaultHoodieRecordPayload', 'EventTimeAvroPayload'])
/** The one of them that takes what a row leaves out from older ones. (PartialUpdateAvroPayload also mixes their meta columns: it is custom.) */
const PARTIAL_PAYLOAD = 'OverwriteNonDefaultsWithLatestAvroPayload'
/** The strategy of tables that merge by a payload class. */
const PAYLOAD_STRATEGY = '00000000-0000-0000-0000-000000000000'

/** Key generators whose paths hold the columns' values. */
const IDENTITY_GENERATORS =
  /^(?:(?:simple|complex)(?:_avro)?|org\.apache\.hudi\.keygen\.(?:Simple|Complex)(?:Avro)?KeyGenerator)$/i

/**
 * Java ends every line of properties, and writes no control characters; `hoodie.table.checksum` is of the table's names.
 *
 * Spec: java.util.Properties.store; HoodieTableConfig.generateChecksum.
 */
function assertWhole(text: string, properties: ReadonlyMap<string, string>, file: string): void {
  const checksum = properties.get('hoodie.table.checksum')
  if (!text.endsWith('\n') || text.includes('\0')) throw corrupt(file, 'the table properties are damaged')
  const name = `${properties.get('hoodie.database.name') ?? ''}.${properties.get('hoodie.table.name') ?? ''}`
  if (checksum !== undefined && Number(checksum) !== crc32OfBytes(Buffer.from(name)))
    throw corrupt(file, `the checksum ${checksum} is not that of the table's name "${name}"`)
}

/** 0A000 for versions and options that can't be read; XX001 naming `file` for a damaged text. */
export function parseTableConfig(text: string, file: string): HudiConfig {
  const properties = parseProperties(text)
  assertWhole(text, properties, file)
  const get = (name: string): string | undefined => {
    const value = properties.get(`hoodie.${name}`)?.trim()
    return value === '' ? undefined : value
  }
  if (!properties.has('hoodie.table.name'))
    throw corrupt(file, 'no Hudi table properties: "hoodie.table.name" is missing')
  const version = Number(get('table.version') ?? 0)
  if (!VERSIONS.has(version)) {
    throw unsupported(`Hudi table version ${get('table.version') ?? 0}`, { detail: `in "${file}"` })
  }
  const type = get('table.type') ?? 'COPY_ON_WRITE'
  if (type !== 'COPY_ON_WRITE' && type !== 'MERGE_ON_READ') throw corrupt(file, `unknown table type "${type}"`)
  if (get('table.base.path.bootstrap') !== undefined || get('bootstrap.base.path') !== undefined) {
    throw unsupported('a bootstrapped Hudi table', { detail: `in "${file}"` })
  }
  const format = get('table.format') ?? 'native'
  if (format.toLowerCase() !== 'native')
    throw unsupported(`the Hudi table format "${format}"`, { detail: `in "${file}"` })
  const isOldLayout = (get('timeline.layout.version') ?? (version >= 8 ? '2' : '1')) !== '2'
  return {
    version,
    type: type === 'COPY_ON_WRITE' ? 'copy-on-write' : 'merge-on-read',
    timelineLayout: isOldLayout ? 1 : 2,
    timelinePath: get('timeline.path') ?? 'timeline',
    historyPath: get('timeline.history.path') ?? 'history',
    archivePath: get('archivelog.folder') ?? 'archived',
    recordKeyFields: namesOf(get('table.recordkey.fields')),
    plainKeyField: plainKeyField(get),
    orderingFields: namesOf(get('table.ordering.fields') ?? get('table.precombine.field')),
    ...mergeModeOf(get, version),
    hasMetaFields: get('populate.meta.fields') !== 'false',
    partitionFields: partitionFieldsOf(get),
    isHiveStyle: get('datasource.write.hive_style_partitioning') === 'true',
    isUrlEncoded: get('datasource.write.partitionpath.urlencode') === 'true',
    dropsPartitionColumns: get('datasource.write.drop.partition.columns') === 'true',
    createSchema: get('table.create.schema'),
    isCdcEnabled: get('table.cdc.enabled') === 'true',
    metadataPartitions: completePartitions(get),
    deleteMarker: deleteMarkerOf(get),
    ignoresDefaults: ignoresDefaults(get, version),
    refusedMerging: refusedMerging(get),
  }
}

type Get = (name: string) => string | undefined

/** Strategies by id, of which only the first two are not custom. */
const STRATEGIES: ReadonlyMap<string, MergeMode> = new Map([
  ['ce9acb64-bde0-424c-9b91-f6ebba25356d', 'commit-time'],
  ['eeb8d96f-b1e4-49fd-bbf8-28ac514178e5', 'event-time'],
])

/**
 * `hoodie.record.merge.mode` where the writer gave it, else what the strategy's id or the payload class means: of both, the id since version 8,
 * the class before. Neither: by the ordering field, if there is one.
 */
function mergeModeOf(get: Get, version: number): { mergeMode: MergeMode; merger: string } {
  const payload = payloadOf(get)
  const strategy = get('record.merge.strategy.id') ?? get('compaction.record.merger.strategy')
  const merger = payload ?? strategy ?? 'unknown'
  const hasOrdering = (get('table.ordering.fields') ?? get('table.precombine.field')) !== undefined
  const inOrder = (mode: MergeMode): MergeMode => (mode === 'event-time' && !hasOrdering ? 'commit-time' : mode)
  switch (get('record.merge.mode')) {
    case 'COMMIT_TIME_ORDERING':
      return { mergeMode: 'commit-time', merger }
    case 'EVENT_TIME_ORDERING':
      return { mergeMode: 'event-time', merger }
    case undefined:
      break
    default: {
      const isPartial = strategy === PAYLOAD_STRATEGY && payload !== undefined && nameOf(payload) === PARTIAL_PAYLOAD
      return { mergeMode: isPartial ? 'commit-time' : 'custom', merger }
    }
  }
  const ofStrategy = strategy === undefined ? undefined : (STRATEGIES.get(strategy) ?? 'custom')
  const ofPayload = payload === undefined ? undefined : modeOfPayload(payload)
  const mode = version >= 8 ? (ofStrategy ?? ofPayload) : (ofPayload ?? ofStrategy)
  return { mergeMode: inOrder(mode ?? 'event-time'), merger }
}

/** The class that merges rows, in the form of versions 5 to 9. */
function payloadOf(get: Get): string | undefined {
  const type = get('compaction.payload.type')
  return (
    get('compaction.payload.class') ??
    get('datasource.write.payload.class') ??
    (type === undefined ? undefined : (PAYLOAD_TYPES.get(type.toUpperCase()) ?? type)) ??
    get('table.legacy.payload.class')
  )
}

const PAYLOAD_TYPES: ReadonlyMap<string, string> = new Map([
  ['OVERWRITE_LATEST_AVRO', 'OverwriteWithLatestAvroPayload'],
  ['HOODIE_AVRO_DEFAULT', 'DefaultHoodieRecordPayload'],
  ['EVENT_TIME_AVRO', 'EventTimeAvroPayload'],
])

/** Of a class, without its package. */
function nameOf(className: string): string {
  return className.slice(className.lastIndexOf('.') + 1)
}

function modeOfPayload(payload: string): MergeMode {
  const name = nameOf(payload)
  if (COMMIT_TIME_PAYLOADS.has(name)) return 'commit-time'
  return EVENT_TIME_PAYLOADS.has(name) ? 'event-time' : 'custom'
}

const MERGE_PROPERTIES = 'record.merge.property.hoodie.'

function deleteMarkerOf(get: Get): HudiConfig['deleteMarker'] {
  const of = (name: string): string | undefined => get(`${MERGE_PROPERTIES}${name}`) ?? get(name)
  const [field, text] = [of('payload.delete.field'), of('payload.delete.marker')]
  return field === undefined || text === undefined ? undefined : { field, text }
}

/** Rows of logs that are deletes by who knows what, or that take columns from older rows. */
function refusedMerging(get: Get): string | undefined {
  const field = get('payload.delete.field') ?? get(`${MERGE_PROPERTIES}payload.delete.field`)
  if (field !== undefined && deleteMarkerOf(get) === undefined) {
    return `a Hudi table whose column "${field}" marks deleted rows, nobody says how,`
  }
  const mode = partialUpdateMode(get)
  const isKnown = mode === undefined || mode === 'NONE' || mode === 'IGNORE_DEFAULTS'
  return isKnown ? undefined : `the Hudi partial update mode "${mode}"`
}

/** By the table's mode since version 9, by the payload class before. */
function ignoresDefaults(get: Get, version: number): boolean {
  if (version < 9) return nameOf(payloadOf(get) ?? '') === PARTIAL_PAYLOAD
  return partialUpdateMode(get) === 'IGNORE_DEFAULTS'
}

function partialUpdateMode(get: Get): string | undefined {
  return get('table.partial.update.mode')?.toUpperCase()
}

/** Key generators that write a single key field's value and nothing else. */
const PLAIN_KEY_GENERATORS =
  /^(?:(?:simple|non_partition)(?:_avro)?|org\.apache\.hudi\.keygen\.(?:Simple|Nonpartitioned)(?:Avro)?KeyGenerator)$/i

function plainKeyField(get: Get): string | undefined {
  const [field, ...others] = namesOf(get('table.recordkey.fields'))
  const generator = get('table.keygenerator.type') ?? get('table.keygenerator.class') ?? ''
  return others.length === 0 && PLAIN_KEY_GENERATORS.test(generator) ? field : undefined
}

function partitionFieldsOf(get: Get): PartitionField[] {
  const generator = get('table.keygenerator.type') ?? get('table.keygenerator.class') ?? ''
  // Dates that are folders of years, months and days are not their columns' values.
  const isIdentity = IDENTITY_GENERATORS.test(generator) && !hasSlashedDates(get)
  // The custom key generator says a type for each field: `region:SIMPLE,ms:TIMESTAMP`.
  return namesOf(get('table.partition.fields')).map((text) => {
    const colon = text.indexOf(':')
    if (colon < 0) return { name: text, isIdentity }
    const isSimple = text.slice(colon + 1).toUpperCase() === 'SIMPLE' && !hasSlashedDates(get)
    return { name: text.slice(0, colon), isIdentity: isSimple }
  })
}

/** `2024-01-10` is the folder `2024/01/10`. */
function hasSlashedDates(get: Get): boolean {
  const names = ['partitioning', 'partitionpath'].map((end) => `datasource.write.slash.separated.date.${end}`)
  return names.some((name) => get(name) === 'true')
}

function completePartitions(get: Get): ReadonlySet<string> {
  const inflight = new Set(namesOf(get('table.metadata.partitions.inflight')))
  return new Set(namesOf(get('table.metadata.partitions')).filter((name) => !inflight.has(name)))
}

function namesOf(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
