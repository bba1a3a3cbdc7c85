/** SQL values as JavaScript values: literals, bounds of columns, results of constant expressions. */

/**
 * A value in the form of its type's storage: boolean; number for i32, f32 and f64; bigint for i64 and i128 (decimals
 * unscaled, wide ones also NaN and infinities as numbers); string for varchar; Uint8Array for bytea and uuid; objects for intervals; arrays for list (elements), struct (fields
 * in order) and map (pairs); null.
 */
export type LiteralValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | IntervalValue
  | readonly LiteralValue[]

export interface IntervalValue {
  readonly months: number
  readonly days: number
  readonly micros: bigint
}
