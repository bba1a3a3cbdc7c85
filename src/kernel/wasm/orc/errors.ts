// Error codes of the ORC decoders; src/format/orc/reader-context.ts turns them into messages.

/** A run has a header or a width that the format does not allow. */
export const MALFORMED: i32 = -2
/** A number or a count is outside of what its column can hold. */
export const OUT_OF_RANGE: i32 = -3
/** A value does not fit the type that it is read as. */
export const OVERFLOW: i32 = -4
/** A value cannot be read as the type without losing digits. */
export const INEXACT: i32 = -5
