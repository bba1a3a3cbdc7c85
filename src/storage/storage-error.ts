/** Errors of storages, in one wording. */
import { DataError, ResourceError, SluiceError } from '../core/errors.ts'

/** No file at `url` (58P01). */
export function missingFile(url: string, cause?: unknown): DataError {
  return new DataError('58P01', `could not open file "${url}": no such file`, { cause })
}

/** The file is shorter than what was to be read of it (XX001). */
export function truncatedFile(url: string, end: number, byteCount: number): DataError {
  return new DataError('XX001', `${url}: file ends before offset ${end}`, {
    detail: `it has ${byteCount} bytes`,
  })
}

/** A file that had to be read as a whole is larger than its kind may be (54000). */
export function fileTooLarge(url: string, byteCount: number, bytesMax: number): ResourceError {
  return new ResourceError('54000', `file "${url}" is too large: ${byteCount} bytes, at most ${bytesMax} are read`)
}

/** No file can have a name that is too long or has a NUL in it (Node's own code): damaged metadata names such. */
const NO_SUCH_FILE = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE']

/** The operating system's error as ours: 58P01 for a missing file, 42501 for a denied one, 53100 for a full disk, else 58030. */
export function ioError(url: string, doing: string, cause: unknown): SluiceError {
  if (cause instanceof SluiceError) return cause
  const code = errorCode(cause)
  if (code !== undefined && NO_SUCH_FILE.includes(code)) return missingFile(url, cause)
  if (code === 'EACCES' || code === 'EPERM') {
    return new DataError('42501', `could not ${doing} file "${url}": permission denied`, { cause })
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ResourceError('53100', `could not ${doing} file "${url}": no space left on device`, {
      cause,
    })
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new DataError('58030', `could not ${doing} file "${url}": ${reason}`, { cause })
}

/** `ENOENT` and the like; undefined for other errors. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
