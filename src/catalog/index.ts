/** The catalog kinds. A kind is a file here and a line in KINDS. */
import { unsupported } from '../core/errors.ts'
import type { AttachOptions } from './attach-options.ts'
import type { Catalog } from './catalog.ts'
import { attachEmbedded } from './embedded.ts'
import { attachLake } from './lake.ts'

type Attach = (name: string, uri: string, options: AttachOptions) => Promise<Catalog>

const KINDS: ReadonlyMap<string, Attach> = new Map([
  ['lake', attachLake],
  ['embedded', attachEmbedded],
])

/** The catalog at `uri` under a name, by option `type` (default `lake`); 0A000 for an unknown type. */
export async function attachCatalog(name: string, uri: string, options: AttachOptions = {}): Promise<Catalog> {
  const kind = String(options['type'] ?? 'lake').toLowerCase()
  const attach = KINDS.get(kind)
  if (attach === undefined) {
    throw unsupported(`catalog type "${kind}"`, {
      hint: `Known types: ${[...KINDS.keys()].join(', ')}.`,
    })
  }
  return attach(name, uri, options)
}
