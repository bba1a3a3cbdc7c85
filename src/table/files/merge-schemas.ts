/**
 * One schema for files that grew apart: columns go by name, in the order in which they first occur; types widen (integer to bigint to double,
 * real to double, decimals to what holds both, structs field by field).
 */
import { SqlError } from '../../core/errors.ts'
import { DECIMAL_DIGITS_MAX, type DataType, type Field, decimal, sameType, typeName } from '../../core/types.ts'
import type { FileField } from '../../format/format.ts'

/** A file's column as a field; ids are the file's own and mean nothing here. */
export function fieldOfFile({ name, type, nullable }: FileField): Field {
  return { name, type, nullable }
}

/** 42804 naming the column when the types of two files have no common one. A column that a file lacks is nullable. */
export function mergeSchemas(files: readonly (readonly Field[])[]): readonly Field[] {
  const merged = new Map<string, Field>()
  files.forEach((fields, i) => {
    for (const field of fields) {
      const known = merged.get(field.name)
      merged.set(
        field.name,
        known === undefined ? { ...field, nullable: field.nullable || i > 0 } : mergeFields(known, field),
      )
    }
    const names = new Set(fields.map(({ name }) => name))
    for (const [name, field] of merged) if (!names.has(name)) merged.set(name, { ...field, nullable: true })
  })
  return [...merged.values()]
}

function mergeFields(a: Field, b: Field): Field {
  const type = widest(a.type, b.type)
  if (type === undefined) {
    throw new SqlError(
      '42804',
      `column "${a.name}" has types ${typeName(a.type)} and ${typeName(b.type)} in files of one table`,
    )
  }
  return { ...a, type, nullable: a.nullable || b.nullable }
}

const INTEGERS: readonly DataType['kind'][] = ['tinyint', 'smallint', 'integer', 'bigint']

function widest(a: DataType, b: DataType): DataType | undefined {
  if (sameType(a, b)) return a
  if (a.kind === 'null') return b
  if (b.kind === 'null') return a
  const [i, j] = [INTEGERS.indexOf(a.kind), INTEGERS.indexOf(b.kind)]
  if (i >= 0 && j >= 0) return i > j ? a : b
  if (a.kind === 'double' || b.kind === 'double') {
    const other = a.kind === 'double' ? b : a
    const fits =
      other.kind === 'real' || other.kind === 'half' || (INTEGERS.includes(other.kind) && other.kind !== 'bigint')
    return fits ? { kind: 'double' } : undefined
  }
  if (a.kind === 'decimal' && b.kind === 'decimal') {
    const scale = Math.max(a.scale, b.scale)
    const precision = Math.max(a.precision - a.scale, b.precision - b.scale) + scale
    return precision <= DECIMAL_DIGITS_MAX ? decimal(precision, scale) : undefined
  }
  if (a.kind === 'struct' && b.kind === 'struct') return { kind: 'struct', fields: mergeSchemas([a.fields, b.fields]) }
  if (a.kind === 'list' && b.kind === 'list')
    return { kind: 'list', element: mergeFields(a.element, { ...b.element, name: a.element.name }) }
  return undefined
}
