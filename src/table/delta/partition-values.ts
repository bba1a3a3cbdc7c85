/** Partition values of a file, typed. */
import { corrupt } from '../../core/errors.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { DeltaFile, Metadata } from './actions.ts'
import type { DeltaField, DeltaSchema } from './schema.ts'
import { valueOfText } from './value-text.ts'

/** The partition columns, in the order of the metadata; XX001 for one that the schema lacks. */
export function partitionFields({ partitionColumns }: Metadata, schema: DeltaSchema, file: string): DeltaField[] {
  return partitionColumns.map((name) => {
    const field =
      schema.fields.find((found) => found.name === name) ??
      schema.fields.find((found) => found.name.toLowerCase() === name.toLowerCase())
    if (field === undefined) throw corrupt(file, `partition column "${name}" is not a column of the table`)
    return field
  })
}

type PartitionedFile = Pick<DeltaFile, 'partitionValues' | 'path'>

/**
 * The value of one of `count` partition columns in a file; the empty text is NULL, and so is a value that is left out. XX001 for a text that is no
 * value of the type, and where another column has a value instead.
 */
export function partitionValue(
  file: PartitionedFile,
  { name, physicalName, type }: DeltaField,
  count: number = Infinity,
): LiteralValue {
  const text = partitionText(file, physicalName, count)
  if (text === null || text === '') return null
  const value = valueOfText(text, type)
  if (value !== undefined) return value
  throw corrupt(file.path, `partition value "${text}" of column "${name}" is not one of its type`)
}

function partitionText({ partitionValues, path }: PartitionedFile, name: string, count: number): string | null {
  if (Object.hasOwn(partitionValues, name)) return partitionValues[name]!
  // Column names are unique without regard to case, and some writers change the case.
  const folded = name.toLowerCase()
  const keys = Object.keys(partitionValues)
  const key = keys.find((found) => found.toLowerCase() === folded)
  if (key !== undefined) return partitionValues[key] ?? null
  if (keys.length >= count) throw corrupt(path, `the file has no value of partition column "${name}"`)
  return null
}
