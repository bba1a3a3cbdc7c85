/**
 * Manifests of a Lance dataset: one file a version.
 *
 *   _versions/<2^64 - 1 - version>.manifest, of older writers <version>.manifest
 *   ... | u32 length, Manifest | u64 where that begins, u16 major, u16 minor, "LANC"
 *
 * Spec: lance-format protos/table.proto; docs, "Table Format".
 */
import { DataError, corrupt, unsupported } from '../../core/errors.ts'
import { type LanceField, readLanceField } from '../../format/lance/schema.ts'
import { ProtobufError, ProtobufReader } from '../../format/protobuf.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { type LanceIndex, readIndexSection } from './indexes/index-section.ts'
import { assertMadeBy, assertManifestWhole } from './manifest-checks.ts'
import { type RowIdRuns, readRowIdSequence } from './row-ids.ts'

/** Manifests of a million fragments have some 200 MB. */
const MANIFEST_BYTES_MAX = 512 << 20
const TRAILER_BYTES = 16
/** Deletion files, stable row ids, file format 2, config, base paths, no transaction files. */
const KNOWN_FEATURES = 63n
const STABLE_ROW_IDS = 2n

export interface LanceDataFileRef {
  readonly path: string
  /** Ids of the fields in the file; negative: no longer of the dataset. */
  readonly fields: readonly number[]
  readonly byteCount: number
  readonly isElsewhere: boolean
}

export interface LanceDeletionRef {
  readonly kind: 'array' | 'bitmap'
  readonly readVersion: bigint
  readonly id: bigint
  readonly rowCount: number
  readonly isElsewhere: boolean
}

export interface LanceFragment {
  readonly id: number
  readonly files: readonly LanceDataFileRef[]
  readonly deletion: LanceDeletionRef | undefined
  /** Deleted ones included; 0 when the writer did not say. */
  readonly physicalRows: number
  /** Of datasets with stable row ids; undefined where they lie in a file of their own. */
  readonly rowIds: RowIdRuns | undefined
}

export interface LanceManifest {
  readonly version: bigint
  readonly fields: readonly LanceField[]
  readonly fragments: readonly LanceFragment[]
  /** Microseconds since 1970. */
  readonly timestamp: bigint
  /** Of this version. */
  readonly indexes: readonly LanceIndex[]
  /** Rows keep their ids when they are moved. */
  readonly hasStableRowIds: boolean
  /** Old writers left deleted rows out of the numbers of rows when they brought a dataset to their version. */
  readonly hasTrueCounts: boolean
}

/** A version and its file. */
export interface LanceVersionFile {
  readonly version: bigint
  readonly url: string
}

/** The versions of the dataset in folder `url`, newest first. */
export async function listVersions(access: StorageAccess, url: string): Promise<LanceVersionFile[]> {
  const versions: LanceVersionFile[] = []
  for await (const { name, url: file } of access.storageFor(url).list(joinLocation(url, '_versions'))) {
    const digits = /^(\d{1,20})\.manifest$/.exec(name)?.[1]
    if (digits === undefined) continue
    const number = BigInt(digits)
    // Counted down from the greatest number, with twenty digits, so that a listing finds the newest first.
    const version = digits.length === 20 ? 2n ** 64n - 1n - number : number
    versions.push({ version, url: file })
  }
  return versions.sort((a, b) => (a.version < b.version ? 1 : -1))
}

/** Reads a manifest. Errors: XX001; 0A000 for features that are not known. */
export async function readManifest(access: StorageAccess, url: string): Promise<LanceManifest> {
  const bytes = await access.storageFor(url).readAll(url, MANIFEST_BYTES_MAX)
  if (bytes.length < TRAILER_BYTES + 4) throw corrupt(url, `expected a manifest, found ${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (Buffer.from(bytes.subarray(-4)).toString('latin1') !== 'LANC') {
    throw corrupt(url, `expected "LANC" at offset ${bytes.length - 4}`)
  }
  try {
    const manifest = decodeManifest(
      messageAt(bytes, Number(view.getBigUint64(bytes.length - TRAILER_BYTES, true)), url),
      url,
    )
    assertManifestWhole(manifest, url)
    const { transactionStart } = manifest
    if (transactionStart !== undefined) {
      assertMadeBy(messageAt(bytes, transactionStart, url), manifest, url, readFragment)
    }
    return { ...manifest, indexes: readIndexSection(bytes, manifest.indexStart, url) }
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error
    throw corrupt(url, `manifest, byte ${error.offset}: ${error.message}`, { cause: error })
  }
}

/** A message behind its length. */
function messageAt(bytes: Uint8Array, start: number, url: string): ProtobufReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = start <= bytes.length - TRAILER_BYTES - 4 ? view.getUint32(start, true) : Infinity
  if (start + 4 + length > bytes.length) throw corrupt(url, `a message at offset ${start} does not fit the file`)
  return new ProtobufReader(bytes.subarray(start + 4, start + 4 + length))
}

type DecodedManifest = Omit<LanceManifest, 'indexes'> & {
  readonly indexStart: number | undefined
  readonly transactionStart: number | undefined
}

function decodeManifest(message: ProtobufReader, url: string): DecodedManifest {
  const fields: LanceField[] = []
  const fragments: LanceFragment[] = []
  const found = { version: 0n, timestamp: 0n }
  let features = 0n
  let indexStart: number | undefined
  let transactionStart: number | undefined
  let writer = ''
  while (message.next()) {
    if (message.field === 1) fields.push(readLanceField(message.message()))
    else if (message.field === 2) fragments.push(readFragment(message.message()))
    else if (message.field === 3) found.version = message.uint64()
    else if (message.field === 6) indexStart = message.count()
    else if (message.field === 23) transactionStart = message.count()
    else if (message.field === 7) found.timestamp = readTimestamp(message.message())
    else if (message.field === 9) features = message.uint64()
    else if (message.field === 13) {
      for (const part = message.message(); part.next();) if (part.field === 2) writer = part.text()
    }
  }
  if ((features & ~KNOWN_FEATURES) !== 0n) throw unsupported(`reading "${url}": Lance feature flags ${features}`)
  const hasTrueCounts = writer !== '' && !/^0\.[0-8]\./.test(writer)
  const hasStableRowIds = (features & STABLE_ROW_IDS) !== 0n
  return { ...found, fields, fragments, hasTrueCounts, hasStableRowIds, indexStart, transactionStart }
}

function readTimestamp(message: ProtobufReader): bigint {
  let [seconds, nanos] = [0n, 0n]
  while (message.next()) {
    if (message.field === 1) seconds = message.int64()
    else if (message.field === 2) nanos = message.int64()
  }
  return seconds * 1_000_000n + nanos / 1000n
}

function readFragment(message: ProtobufReader): LanceFragment {
  const files: LanceDataFileRef[] = []
  const found = { id: 0, physicalRows: 0 }
  let deletion: LanceDeletionRef | undefined
  let rowIds: RowIdRuns | undefined
  while (message.next()) {
    if (message.field === 1) found.id = message.count()
    else if (message.field === 2) files.push(readDataFile(message.message()))
    else if (message.field === 3) deletion = readDeletion(message.message())
    else if (message.field === 4) found.physicalRows = message.count()
    else if (message.field === 5) rowIds = readRowIdSequence(message.message())
  }
  return { ...found, files, deletion, rowIds }
}

function readDataFile(message: ProtobufReader): LanceDataFileRef {
  const found = { path: '', byteCount: 0, isElsewhere: false }
  const fields: number[] = []
  while (message.next()) {
    if (message.field === 1) found.path = message.text()
    else if (message.field === 2) message.ints(fields)
    else if (message.field === 6) found.byteCount = message.count()
    else if (message.field === 7) found.isElsewhere = true
  }
  return { ...found, fields }
}

function readDeletion(message: ProtobufReader): LanceDeletionRef {
  const found = { readVersion: 0n, id: 0n, rowCount: 0, isElsewhere: false }
  let kind = 0
  while (message.next()) {
    if (message.field === 1) kind = message.count()
    else if (message.field === 2) found.readVersion = message.uint64()
    else if (message.field === 3) found.id = message.uint64()
    else if (message.field === 4) found.rowCount = message.count()
    else if (message.field === 7) found.isElsewhere = true
  }
  if (kind > 1) throw unsupported(`Lance deletion files of kind ${kind}`)
  return { ...found, kind: kind === 0 ? 'array' : 'bitmap' }
}

/** The version that a tag names; 42704 for a tag that does not exist. */
export async function versionOfTag(access: StorageAccess, url: string, tag: string): Promise<bigint> {
  const file = joinLocation(url, '_refs/tags', `${encodeURIComponent(tag)}.json`)
  const storage = access.storageFor(file)
  if (!(await storage.exists(file))) throw new DataError('42704', `tag "${tag}" does not exist`)
  const text = Buffer.from(await storage.readAll(file, 1 << 20)).toString('utf8')
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw corrupt(file, 'a malformed tag', { cause })
  }
  const { version, branch } = (parsed ?? {}) as { version?: unknown; branch?: unknown }
  if (typeof branch === 'string') throw unsupported(`a tag of Lance branch "${branch}"`)
  if (typeof version !== 'number' || !Number.isSafeInteger(version)) throw corrupt(file, 'a tag without a version')
  return BigInt(version)
}
