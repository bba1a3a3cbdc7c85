/** Passing over Avro values that nobody asked for, without making them. */
import { unsupported } from '../../core/errors.ts'
import type { AvroCursor } from './cursor.ts'
import type { AvroRecord, AvroType } from './schema.ts'

export type Skip = (cursor: AvroCursor) => void

const DEPTH_MAX = 200

/** A function that moves the cursor behind a value of `type`. */
export function compileSkip(type: AvroType, records: Map<AvroRecord, { skip: Skip }> = new Map()): Skip {
  switch (type.kind) {
    case 'null':
      return () => undefined
    case 'boolean':
      return (cursor) => cursor.skip(1)
    case 'int':
    case 'enum':
      return (cursor) => void cursor.int()
    case 'long':
      return (cursor) => void cursor.long()
    case 'float':
      return (cursor) => cursor.skip(4)
    case 'double':
      return (cursor) => cursor.skip(8)
    case 'bytes':
    case 'string':
      return (cursor) => cursor.skip(cursor.count('length'))
    case 'fixed': {
      const { size } = type
      return (cursor) => cursor.skip(size)
    }
    case 'array': {
      const item = compileSkip(type.items, records)
      const least = bytesMin(type.items)
      return nested((cursor) => cursor.skipItems(least, () => item(cursor)))
    }
    case 'map': {
      const value = compileSkip(type.values, records)
      const least = 1 + bytesMin(type.values)
      return nested((cursor) =>
        cursor.skipItems(least, () => {
          cursor.skip(cursor.count('length'))
          value(cursor)
        }),
      )
    }
    case 'union': {
      const branches = type.branches.map((branch) => compileSkip(branch, records))
      return (cursor) => {
        const index = cursor.int()
        const skip = branches[index]
        if (skip === undefined) throw cursor.error(`union has no branch ${index}`)
        skip(cursor)
      }
    }
    case 'record': {
      const known = records.get(type)
      if (known !== undefined) return (cursor) => known.skip(cursor)
      const entry: { skip: Skip } = { skip: () => undefined }
      records.set(type, entry)
      const fields = type.fields.map((field) => compileSkip(field.type, records))
      entry.skip = nested((cursor) => {
        for (const skip of fields) skip(cursor)
      })
      return entry.skip
    }
  }
}

function nested(skip: Skip): Skip {
  return (cursor) => {
    if (++cursor.depth > DEPTH_MAX) throw unsupported('Avro data nested this deeply')
    skip(cursor)
    cursor.depth--
  }
}

/** The least bytes that a value of `type` takes. Zero for types that may be empty or are recursive. */
export function bytesMin(type: AvroType, depth: number = 0): number {
  // Records deeper than this are counted as empty: the figure only has to be a lower bound.
  if (depth > 4) return 0
  switch (type.kind) {
    case 'null':
      return 0
    case 'float':
      return 4
    case 'double':
      return 8
    case 'fixed':
      return type.size
    case 'record':
      return type.fields.reduce((sum, field) => sum + bytesMin(field.type, depth + 1), 0)
    default:
      return 1
  }
}
