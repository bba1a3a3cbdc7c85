/** The type that values of several JSON files have in common. */
import { type DataType, type Field, JSON_TEXT, VARCHAR, listOf, sameType } from '../../core/types.ts'
import { commonTextType } from '../text/common-type.ts'

/** JSON when no other holds both. */
export function commonJsonType(a: DataType, b: DataType): DataType {
  if (sameType(a, b) || b.kind === 'null') return a
  if (a.kind === 'null') return b
  if (a.kind === 'struct' && b.kind === 'struct') return { kind: 'struct', fields: mergeFields(a.fields, b.fields) }
  if (a.kind === 'list' && b.kind === 'list') return listOf(commonJsonType(a.element.type, b.element.type))
  if (isText(a) && isText(b)) return commonTextType(a, b)
  return isNumber(a) && isNumber(b) ? commonTextType(a, b) : JSON_TEXT
}

function mergeFields(a: readonly Field[], b: readonly Field[]): readonly Field[] {
  const merged = new Map(a.map((field) => [field.name, field]))
  for (const field of b) {
    const known = merged.get(field.name)
    merged.set(field.name, known === undefined ? field : { ...known, type: commonJsonType(known.type, field.type) })
  }
  return [...merged.values()]
}

/** As strings are guessed to be. */
function isText({ kind }: DataType): boolean {
  return kind === VARCHAR.kind || kind === 'date' || kind === 'time' || kind === 'timestamp'
}

function isNumber({ kind }: DataType): boolean {
  return kind === 'bigint' || kind === 'decimal' || kind === 'double'
}
