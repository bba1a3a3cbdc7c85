/**
 * Functions of the embedded catalog: a file each.
 *
 *   lake/.sluice/functions/<hash of schema and name>.<hash of parameter types>.json
 *     {"format-version": 1, "schema", "name", "signature", "statement"}
 *
 * `statement` is CREATE FUNCTION as it was written: whoever reads it parses it again.
 */
import { createHash } from 'node:crypto'
import { SqlError, corrupt } from '../core/errors.ts'
import { isJsonObject, parseExactJson } from '../core/exact-json.ts'
import { joinLocation } from '../storage/file-location.ts'
import type { StorageAccess } from '../storage/storage-access.ts'
import type { StoredFunction } from './catalog.ts'

export const FUNCTIONS_FOLDER: readonly string[] = ['.sluice', 'functions']

/** Of one file: a statement is bounded far below. */
const FILE_BYTES_MAX = 16 << 20
/** Files read at most: a directory is not trusted. */
const FILES_MAX = 10_000

interface Place {
  readonly url: string
  readonly access: StorageAccess
}

/** The functions of a schema, of one name or all; the order is that of their names and parameters. */
export async function readFunctions(
  { url, access }: Place,
  schema: string,
  name: string | null,
): Promise<readonly StoredFunction[]> {
  const storage = access.storageFor(url)
  const prefix = name === null ? '' : `${hashOf(schema, name)}.`
  const found: StoredFunction[] = []
  let count = 0
  for await (const entry of storage.list(joinLocation(url, ...FUNCTIONS_FOLDER))) {
    if (!entry.name.endsWith('.json') || !entry.name.startsWith(prefix)) continue
    if (++count > FILES_MAX) throw new SqlError('54000', `more than ${FILES_MAX} functions in "${url}"`)
    const bytes = await storage.readAll(entry.url, FILE_BYTES_MAX)
    const one = parseFunction(new TextDecoder().decode(bytes), entry.url)
    if (one.schema === schema && (name === null || one.name === name)) found.push(one)
  }
  const key = (one: StoredFunction): string => `${one.name}\0${one.signature}`
  return found.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** 42723 when there is one of that name and those parameters already, unless it is to be replaced. */
export async function writeFunction(
  { url, access }: Place,
  schema: string,
  { name, signature, statement }: StoredFunction,
  orReplace: boolean,
): Promise<void> {
  const storage = access.storageFor(url)
  const json = { 'format-version': 1, schema, name, signature, statement }
  const bytes = new TextEncoder().encode(JSON.stringify(json))
  const file = fileOf(url, schema, name, signature)
  if (orReplace) await storage.put(file, bytes)
  else if (!(await storage.putIfAbsent(file, bytes))) throw duplicateFunction(name)
}

export function duplicateFunction(name: string): SqlError {
  return new SqlError('42723', `function "${name}" already exists with same argument types`)
}

/** False when there is none. */
export async function deleteFunction(
  { url, access }: Place,
  schema: string,
  { name, signature }: Pick<StoredFunction, 'name' | 'signature'>,
): Promise<boolean> {
  const storage = access.storageFor(url)
  const file = fileOf(url, schema, name, signature)
  if (!(await storage.exists(file))) return false
  await storage.delete(file)
  return true
}

function parseFunction(text: string, file: string): StoredFunction & { readonly schema: string } {
  const json = parseExactJson(text, file)
  if (!isJsonObject(json)) throw corrupt(file, 'a function is not a JSON object')
  const { schema, name, signature, statement, 'format-version': version } = json
  if (Number(version) !== 1) throw corrupt(file, 'a function of an unknown format-version')
  if (typeof schema !== 'string' || typeof name !== 'string') throw corrupt(file, 'a function lacks its name')
  if (typeof signature !== 'string' || typeof statement !== 'string') throw corrupt(file, 'a function lacks its text')
  return { schema, name, signature, statement }
}

function fileOf(url: string, schema: string, name: string, signature: string): string {
  return joinLocation(url, ...FUNCTIONS_FOLDER, `${hashOf(schema, name)}.${hashOf(signature)}.json`)
}

/** Names may be longer than those of files, and hold any character. */
function hashOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)
}
