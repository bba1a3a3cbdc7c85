/**
 * What a change of a file's bytes meant, told by comparing what the file said before and after.
 *
 *   value   another value of the same kind in the same place: an int, a text, a flag. Where no checksum covers it, no reader can see it
 *   name    a key or a field has another name. Formats tell readers to pass over what they don't know
 *   pages   bytes of pages and records without checksums, or of a footer's statistics: the same number of rows, of other values
 *   joined  a cut took the end of one object and the beginning of the next: the text is whole, and names in it that are unknown are passed over
 *   shape   anything else (lengths, counts, nesting, ends): what a reader must find
 */
import { parseHeader } from '../../src/format/avro/container.ts'
import { readAvroBytes } from '../../src/format/avro/container.ts'
import { AvroCursor } from '../../src/format/avro/cursor.ts'
import { parseExactJson } from '../../src/core/exact-json.ts'

export type DamageKind = 'value' | 'name' | 'pages' | 'joined' | 'shape'

/** `rowsAgree`: as many rows as before. */
export function damageKind(
  file: string,
  { before, after, rowsAgree }: { before: Uint8Array; after: Uint8Array; rowsAgree: boolean },
): DamageKind {
  if (isAvro(before)) return worst(compareAvro(before, after))
  if (/\.(json|properties|crc|text)$|_last_checkpoint|schema-\d+$|snapshot-\d+$|tag-|LATEST|EARLIEST|^\{/.test(file)) {
    return worst(compareText(before, after))
  }
  const text = textOf(before)
  if (text !== undefined && /^\s*[{[]/.test(text)) return worst(compareText(before, after))
  // A row of a delete file is a value: where it names another file or row, what it named is there again.
  return rowsAgree || /delete/.test(file) ? 'pages' : 'shape'
}

const ORDER: readonly DamageKind[] = ['value', 'name', 'pages', 'joined', 'shape']

function worst(kinds: readonly DamageKind[]): DamageKind {
  return kinds.reduce((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a), 'value' as DamageKind)
}

function isAvro(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 3)).toString('latin1') === 'Obj'
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function compareText(before: Uint8Array, after: Uint8Array): DamageKind[] {
  const [a, b] = [textOf(before), textOf(after)]
  if (a === undefined || b === undefined) return ['shape']
  if (!/^\s*[{[]/.test(a)) {
    // Properties: a line is `key=value`.
    const [left, right] = [a, b].map((text) => text.split('\n').map((line) => line.split('=')[0]!))
    return [left!.join() === right!.join() ? 'value' : left!.length === right!.length ? 'name' : 'shape']
  }
  const [left, right] = [a, b].map(jsonLines)
  if (left === undefined || right === undefined) return ['shape']
  const kinds = compareTrees(left, right)
  const known = namesOf(left, new Set())
  const isJoined = after.length < before.length && [...namesOf(right, new Set())].some((name) => !known.has(name))
  return isJoined ? kinds.map((kind) => (kind === 'shape' ? 'joined' : kind)) : kinds
}

function namesOf(tree: unknown, names: Set<string>): Set<string> {
  if (Array.isArray(tree)) for (const item of tree) namesOf(item, names)
  else if (typeof tree === 'object' && tree !== null) {
    for (const [name, value] of Object.entries(tree)) namesOf(value, names.add(name))
  }
  return names
}

/** One value, or one a line. */
function jsonLines(text: string): unknown {
  try {
    return parseExactJson(text, 'text')
  } catch {
    try {
      return text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => parseExactJson(line, 'line'))
    } catch {
      return undefined
    }
  }
}

function compareAvro(before: Uint8Array, after: Uint8Array): DamageKind[] {
  const read = (bytes: Uint8Array): unknown => {
    try {
      const { header } = parseHeader(new AvroCursor(bytes, 'file'), 'file')
      const schema = parseExactJson(header.metadata.get('avro.schema')!, 'schema')
      return [schema, readAvroBytes(bytes, 'file').records()]
    } catch {
      return undefined
    }
  }
  const [left, right] = [read(before), read(after)]
  return left === undefined || right === undefined ? ['shape'] : compareTrees(left, right)
}

/** What differs between two trees of objects, maps, lists and values. JSON within texts is a tree too. */
function compareTrees(a: unknown, b: unknown): DamageKind[] {
  if (a instanceof Map && b instanceof Map) return compareTrees([...a.entries()], [...b.entries()])
  // Opaque, as texts are: bounds of columns.
  if (a instanceof Uint8Array && b instanceof Uint8Array) return ['value']
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return ['shape']
    return a.flatMap((item, i) => compareTrees(item, b[i]))
  }
  if (typeof a === 'string' && typeof b === 'string') {
    const [left, right] = a === b || !a.startsWith('{') ? [] : [jsonLines(a), jsonLines(b)]
    return left !== undefined && right !== undefined ? compareTrees(left, right) : ['value']
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    // Integers are numbers or bigints by their size.
    const isNumber = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint'
    return [
      typeof a === typeof b || (isNumber(a) && isNumber(b)) ? 'value' : a === null || b === null ? 'value' : 'shape',
    ]
  }
  const [left, right] = [Object.entries(a), Object.entries(b)]
  if (left.length !== right.length) return ['shape']
  const there = new Map<string, unknown>(right)
  const renamed = left.filter(([key]) => !there.has(key))
  return [
    ...(renamed.length > 0 ? (['name'] as const) : []),
    ...left.flatMap(([key, value]) => (there.has(key) ? compareTrees(value, there.get(key)) : [])),
  ]
}
