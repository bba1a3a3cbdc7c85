/** Statements of the texts that were parsed last: programs send the same texts again and again, and parsing costs a short query a fifth of its plan. */
import { parse } from '../sql/parse.ts'
import type { Statement } from '../sql/ast.ts'
import { LruCache } from '../storage/lru-cache.ts'

/** In characters; trees take about 40 times the memory. */
const KEPT_MAX = 64 * 1024
/** Longer texts are mostly data, and not sent twice. */
const TEXT_MAX = 8 * 1024

const texts = new LruCache<readonly Statement[]>(KEPT_MAX)

/** As `parse`. Trees are shared: nobody may change them. */
export function parseText(text: string): readonly Statement[] {
  if (text.length > TEXT_MAX) return parse(text)
  let statements = texts.get(text)
  if (statements === undefined) texts.set(text, (statements = parse(text)), text.length)
  return statements
}
