/** What the metadata tables of a format (`t$files`, `t$history`) are made of. */
import type { DataType } from '../core/types.ts'
import type { LiteralValue } from '../core/value.ts'

export type Column = readonly [name: string, type: DataType]
export type Row = readonly LiteralValue[]

export interface Content {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

/** Timestamps of metadata are in milliseconds, the engine's in micros. */
export const micros = (millis: bigint): bigint => millis * 1000n
