// Error codes of the page decoders; src/format/parquet/decode-error.ts turns them into messages.

/** The page ends before all its values were found. */
export const TRUNCATED: i32 = -1
/** A field has a value that the format does not allow. */
export const MALFORMED: i32 = -2
/** A code is not below the length of the dictionary, or a level above its greatest. */
export const OUT_OF_RANGE: i32 = -3
/** A value does not fit the type it is converted to. */
export const OVERFLOW: i32 = -4
/** A value cannot be converted without losing digits. */
export const INEXACT: i32 = -5
