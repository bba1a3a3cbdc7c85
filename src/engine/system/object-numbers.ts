/** Numbers of objects of the catalog, made of their names: the same ones in every statement, session and process. */
import { createHash } from 'node:crypto'

/** The first number that is not PostgreSQL's own. */
const FIRST_OID = 16_384

/** The number of an object of that kind and name, where no other has it. */
export function objectNumberOf(...name: readonly string[]): number {
  const hash = createHash('sha256').update(JSON.stringify(name)).digest()
  return FIRST_OID + (hash.readUInt32LE(0) % (0x7fff_ffff - FIRST_OID))
}

export function relationNumber(schema: string, name: string): number {
  return objectNumberOf('relation', schema, name)
}
