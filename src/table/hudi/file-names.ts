/**
 * Names of data files.
 *
 *   base   <file id>_<write token>_<instant>.parquet
 *   log    .<file id>_<instant>.log.<version>_<write token>         (`.cdc` at the end: change data, no rows of the table)
 *
 * Of a log file, the instant is that of the base file below it (table versions up to 6) or of the delta commit that wrote it (8 and later).
 *
 * Spec: Apache Hudi technical specification 1.0, "Storage Format, File Naming".
 */
import type { FormatName } from '../../format/format.ts'

export type DataFileName =
  | {
      readonly kind: 'base'
      readonly fileId: string
      readonly writeToken: string
      readonly instant: string
      /** As the extension says: parquet, orc, lance, hfile. */
      readonly format: FormatName
    }
  | {
      readonly kind: 'log' | 'cdc'
      readonly fileId: string
      readonly instant: string
      readonly version: number
      readonly writeToken: string
    }

const BASE = /^([^_.][^_]*)_([^_]+)_(\d{3,20})\.(parquet|orc|lance|hfile)$/
const LOG = /^\.([^_]+)_(\d{3,20})\.log\.(\d{1,9})(?:_(\d+-\d+-\d+))?(\.cdc)?$/
const EXTERNAL = /_hudiext$/

/** Undefined for files that are not data. */
export function parseDataFileName(name: string): DataFileName | undefined {
  const base = BASE.exec(name)
  if (base !== null) {
    const [, fileId, writeToken, instant, format] = base
    return { kind: 'base', fileId: fileId!, writeToken: writeToken!, instant: instant!, format: format as FormatName }
  }
  const log = LOG.exec(name)
  if (log === null) return undefined
  const [, fileId, instant, version, writeToken, cdc] = log
  return {
    kind: cdc === undefined ? 'log' : 'cdc',
    fileId: fileId!,
    instant: instant!,
    version: Number(version),
    writeToken: writeToken ?? '',
  }
}

/** A file of another writer that was only registered with the table: its name says less. */
export function isExternalFileName(name: string): boolean {
  return EXTERNAL.test(name)
}
