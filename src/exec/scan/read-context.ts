/** What readers of files get from a query: with checksums of pages compared, pages are not taken from the cache. */
import type { ReadContext } from '../../format/format.ts'
import type { QueryContext } from '../query-context.ts'

export function readContextOf({ thread, session }: QueryContext): ReadContext {
  return session.checksPages === true ? { ...thread, blockCache: undefined, checksPages: true } : thread
}
