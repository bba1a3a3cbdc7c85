/** Numbers that mark whose pages are whose (core/memory.ts): one a worker thread, one a running query. */
import { ResourceError } from '../core/errors.ts'
import { OWNER_MAX } from '../core/memory.ts'

export interface OwnerNumbers {
  /** A number that nobody has; 54000 when all are taken. */
  take(): number
  /** Gives a number back once no page belongs to it. */
  give(owner: number): void
}

export function createOwnerNumbers(): OwnerNumbers {
  const taken = new Set<number>()
  let last = 0
  return {
    take() {
      if (taken.size >= OWNER_MAX) throw new ResourceError('54000', 'too many queries are running')
      do {
        last = (last % OWNER_MAX) + 1
      } while (taken.has(last))
      taken.add(last)
      return last
    },
    give: (owner) => void taken.delete(owner),
  }
}
