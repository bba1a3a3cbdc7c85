/**
 * Archived instants of layout 2: an LSM tree of Parquet files, one row an instant.
 *
 *   .hoodie/timeline/history/_version_     the number of the manifest that counts
 *   .hoodie/timeline/history/manifest_2    {"files": [{"fileName": "<first>_<last>_<level>.parquet", ...}]}
 *
 * Read for the times at which archived delta commits were completed: they say which file slice the commits' log files belong to.
 *
 * Spec: Apache Hudi technical specification 1.0, "Archival (LSM timeline)".
 */
import { Arena } from '../../core/arena.ts'
import { corrupt } from '../../core/errors.ts'
import { type JsonValue, isJsonObject, parseExactJson } from '../../core/exact-json.ts'
import { VARCHAR } from '../../core/types.ts'
import { BATCH_ROWS_MAX } from '../../core/vector.ts'
import { valueAt } from '../../core/vector-values.ts'
import type { TargetField } from '../../format/format.ts'
import { formatByName } from '../../format/index.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { Storage } from '../../storage/storage.ts'
import { metadataReadContext } from '../metadata-reader.ts'
import type { HudiConfig } from './table-config.ts'

const MANIFEST_BYTES_MAX = 64 << 20

const COLUMNS: readonly TargetField[] = ['instantTime', 'completionTime'].map((name) => ({
  names: [name],
  type: VARCHAR,
  children: [],
}))

/** Whether a table has archived instants. */
export async function hasArchive(storage: Storage, url: string, config: HudiConfig): Promise<boolean> {
  const { timelineLayout, timelinePath, historyPath, archivePath } = config
  const folder =
    timelineLayout === 1
      ? joinLocation(url, '.hoodie', archivePath)
      : joinLocation(url, '.hoodie', timelinePath, historyPath)
  for await (const _ of storage.list(folder)) return true
  return false
}

/** When archived instants were completed, by instant; empty for tables that archived nothing. */
export async function readCompletionTimes(
  storage: Storage,
  url: string,
  { timelineLayout, timelinePath, historyPath }: HudiConfig,
): Promise<ReadonlyMap<string, string>> {
  const times = new Map<string, string>()
  if (timelineLayout === 1) return times
  const folder = joinLocation(url, '.hoodie', timelinePath, historyPath)
  const version = joinLocation(folder, '_version_')
  if (!(await storage.exists(version))) return times
  const number = new TextDecoder().decode(await storage.readAll(version, MANIFEST_BYTES_MAX)).trim()
  if (!/^\d{1,9}$/.test(number)) throw corrupt(version, 'not the number of a manifest')
  const manifest = joinLocation(folder, `manifest_${number}`)
  for (const name of fileNames(await storage.readAll(manifest, MANIFEST_BYTES_MAX), manifest)) {
    readFile(storage, joinLocation(folder, name), times)
  }
  return times
}

function fileNames(bytes: Uint8Array, url: string): string[] {
  const json = parseExactJson(bytes, url)
  const files = isJsonObject(json) ? json['files'] : undefined
  if (!Array.isArray(files)) throw corrupt(url, 'no files in the manifest')
  return (files as readonly JsonValue[]).map((file) => {
    const name = isJsonObject(file) ? file['fileName'] : undefined
    // A name that leads elsewhere is none of the tree's.
    if (typeof name !== 'string' || !/^[\w.-]+\.parquet$/.test(name)) throw corrupt(url, 'a file has no name')
    return name
  })
}

function readFile(storage: Storage, url: string, times: Map<string, string>): void {
  const context = metadataReadContext()
  const file = storage.openSync(url)
  const arena = new Arena(context.memory, 'the history of a Hudi table')
  try {
    const data = formatByName('parquet').open(file, context)
    const bound = data.bind(COLUMNS)
    for (const [group, { rowCount }] of data.rowGroups.entries()) {
      const reader = bound.openRowGroup(group)
      try {
        for (let start = 0; start < rowCount; start += BATCH_ROWS_MAX) {
          const end = Math.min(rowCount, start + BATCH_ROWS_MAX)
          const [instants, completions] = COLUMNS.map((_, column) => reader.read(column, start, end, null, arena))
          for (let row = 0; row < end - start; row++) {
            const [instant, completed] = [instants!, completions!].map((vector) => valueAt(context.memory, vector, row))
            if (typeof instant === 'string' && typeof completed === 'string') times.set(instant, completed)
          }
          arena.reset()
        }
      } finally {
        reader.close()
      }
    }
  } finally {
    arena.free()
    file.close()
  }
}
