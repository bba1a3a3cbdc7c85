/** What ALTER TABLE may ask of a table format, and how partitions are said. */
import type { DataType, Field } from '../core/types.ts'

/** Columns are named by their path: fields of structs, `element` of lists, `key` and `value` of maps. */
export type TableAlteration =
  | {
      readonly kind: 'add-column'
      readonly path: readonly string[]
      readonly field: Field
      readonly place?: FieldPlace
    }
  | { readonly kind: 'drop-column'; readonly path: readonly string[] }
  | { readonly kind: 'rename-column'; readonly path: readonly string[]; readonly to: string }
  | { readonly kind: 'move-column'; readonly path: readonly string[]; readonly place: FieldPlace }
  | { readonly kind: 'set-type'; readonly path: readonly string[]; readonly type: DataType }
  | { readonly kind: 'set-nullable'; readonly path: readonly string[]; readonly nullable: boolean }
  | { readonly kind: 'comment-column'; readonly path: readonly string[]; readonly comment: string | null }
  /** SQL text of an expression; null: no default. */
  | { readonly kind: 'set-default'; readonly column: string; readonly expression: string | null }
  /** GENERATED ALWAYS | BY DEFAULT AS IDENTITY; null: no identity. */
  | { readonly kind: 'set-identity'; readonly column: string; readonly always: boolean | null }
  /** The type of what a column of text says; null: it is text. */
  | { readonly kind: 'declare-type'; readonly column: string; readonly type: DataType | null }
  | { readonly kind: 'add-check'; readonly name: string; readonly expression: string }
  | { readonly kind: 'drop-check'; readonly name: string }
  /** Of rows that are written here no two have the same values in these columns. */
  | {
      readonly kind: 'add-key'
      readonly name: string
      readonly isPrimary: boolean
      readonly columns: readonly string[]
    }
  | { readonly kind: 'drop-key'; readonly name: string }
  | { readonly kind: 'set-properties'; readonly properties: ReadonlyMap<string, string> }
  | { readonly kind: 'unset-properties'; readonly names: readonly string[] }
  | { readonly kind: 'add-partition'; readonly field: PartitionField; readonly name?: string }
  /** By transform, or by the field's own name. */
  | { readonly kind: 'drop-partition'; readonly field: PartitionField | string }
  | { readonly kind: 'sort-order'; readonly order: readonly SortField[] }
  /** The rows must still be those that were looked at, else 40001. */
  | { readonly kind: 'same-rows' }

export interface FieldPlace {
  /** Null: before all others. */
  readonly after: string | null
}

export interface SortField extends PartitionField {
  readonly descending: boolean
  readonly nullsFirst: boolean
}

export interface PartitionField {
  readonly column: string
  readonly transform: 'identity' | 'year' | 'month' | 'day' | 'hour' | 'bucket' | 'truncate' | 'void'
  /** Buckets or width; absent for the others. */
  readonly parameter?: number
}
