/**
 * What a version checksum file (`<version>.crc`, JSON) says of a table's state, compared with what the log gave.
 *
 * Commits have no checksums themselves: a flipped byte in a file's path or in an action's name is seen by nothing else. Writers need not make
 * these files; each is of one version.
 *
 * Spec: Delta PROTOCOL.md, "Version Checksum File".
 */
import { corrupt } from '../../core/errors.ts'
import { isJsonObject, parseExactJson } from '../../core/exact-json.ts'
import type { Storage } from '../../storage/storage.ts'
import { type DeltaFile, type Metadata, numberOf, objectOf } from './actions.ts'

const CHECKSUM_BYTES_MAX = 256 << 20

export interface VersionChecksum {
  readonly url: string
  readonly fileCount: number | undefined
  readonly byteCount: number | undefined
  readonly schemaString: string | undefined
}

/** XX001 for a file that is no checksum. */
export async function readVersionChecksum(storage: Storage, url: string): Promise<VersionChecksum> {
  const json = parseExactJson(await storage.readAll(url, CHECKSUM_BYTES_MAX), url)
  if (!isJsonObject(json)) throw corrupt(url, 'not a version checksum')
  const schemaString = objectOf(json['metadata'])?.['schemaString']
  return {
    url,
    fileCount: numberOf(json['numFiles']),
    byteCount: numberOf(json['tableSizeBytes']),
    schemaString: typeof schemaString === 'string' ? schemaString : undefined,
  }
}

/** XX001 when the columns are others. */
export function assertSchemaAgrees({ url, schemaString }: VersionChecksum, metadata: Metadata): void {
  if (schemaString === undefined || schemaString === metadata.schemaString) return
  throw corrupt(url, "the log gives other columns than the version's checksum")
}

/** XX001 when there are more files, fewer or others. */
export function assertFilesAgree({ url, fileCount, byteCount }: VersionChecksum, files: readonly DeltaFile[]): void {
  if (fileCount !== undefined && files.length !== fileCount) {
    throw corrupt(url, `the log gives ${files.length} files, the version's checksum says ${fileCount}`)
  }
  const found = files.reduce((sum, file) => sum + file.byteCount, 0)
  if (byteCount !== undefined && found !== byteCount) {
    throw corrupt(url, `the log gives files of ${found} bytes, the version's checksum says ${byteCount}`)
  }
}
