/** Texts of files must be UTF-8: damage often shows there, and nothing behind the readers looks again. */
import { type SluiceError, corrupt } from '../core/errors.ts'
import type { Pointer } from '../core/memory.ts'
import type { DataType } from '../core/types.ts'
import type { Kernels } from '../kernel/kernels.ts'

/** `n` values of a column as views; those of other types than text are not looked at. NULLs have no bytes. Errors: XX001. */
export function assertUtf8(
  { text }: Kernels,
  { views, n, type }: { views: Pointer; n: number; type: DataType },
  { url, column }: { url: string; column: string },
): void {
  if (type.kind === 'varchar' && text.viewsUtf8Error(views, n) >= 0) throw notUtf8(url, column)
}

function notUtf8(url: string, column: string): SluiceError {
  return corrupt(url, `column "${column}": a text is not UTF-8`)
}
