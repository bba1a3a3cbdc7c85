/** Options of ATTACH: `(TYPE lake, REMAP '/tmp/lake=/data/lake')`. */
import { SqlError } from '../core/errors.ts'
import { parsePathMapping } from '../storage/path-mapping.ts'
import { type StorageAccess, createStorageAccess } from '../storage/storage-access.ts'

export type AttachOptions = Readonly<Record<string, string | number | boolean>>

/** 22023 for options that are not among `known`. */
export function checkOptions(options: AttachOptions, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new SqlError('22023', `unrecognized ATTACH option "${name}"`, {
        hint: `Options of this catalog type: ${known.join(', ')}.`,
      })
    }
  }
}

/** Access to storages with the paths mapped as option `remap` says. */
export function accessOf({ remap }: AttachOptions): StorageAccess {
  if (remap === undefined) return createStorageAccess()
  return createStorageAccess(parsePathMapping(String(remap)))
}
