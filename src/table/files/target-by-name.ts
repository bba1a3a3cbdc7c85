/** Columns of files that are found by name, nested fields too. */
import type { DataType, Field } from '../../core/types.ts'
import type { TargetField } from '../../format/format.ts'

/** What a reader is asked for to get the column `name` as `type`. */
export function targetByName(name: string, type: DataType): TargetField {
  return {
    names: [name],
    type,
    children: nestedOf(type).map((field) => targetByName(field.name, field.type)),
  }
}

function nestedOf(type: DataType): readonly Field[] {
  switch (type.kind) {
    case 'struct':
      return type.fields
    case 'list':
      return [type.element]
    case 'map':
      return [type.key, type.value]
    default:
      return []
  }
}
