/** What a data file's footer says, read on the planning thread. */
import { InternalError } from '../../core/errors.ts'
import type { DataFile, FormatName, ReadContext } from '../../format/format.ts'
import { formatByName } from '../../format/index.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'

/** Footers are decoded without the shared memory: planning must not need an engine that is running. */
const METADATA_ONLY: ReadContext = {
  get memory(): never {
    throw new InternalError('the footer of a file was read through the shared memory')
  },
  get kernels(): never {
    throw new InternalError('the footer of a file was read by a kernel')
  },
}

export interface FooterOptions {
  readonly access: StorageAccess
  readonly format: FormatName
}

/** What `use` makes of the file at `url`, which is open meanwhile. */
export function withFooter<T>(
  url: string,
  { access, format }: FooterOptions,
  use: (file: DataFile) => T,
): T {
  const file = access.storageFor(url).openSync(url)
  try {
    return use(formatByName(format).open(file, METADATA_ONLY))
  } finally {
    file.close()
  }
}
