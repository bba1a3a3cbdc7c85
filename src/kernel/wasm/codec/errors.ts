// Error codes of the decompressors; src/format/codec.ts turns them into messages.

/** The input ends within an element. */
export const TRUNCATED: i32 = -1
/** More bytes come out than the caller expects. */
export const TOO_LONG: i32 = -2
/** Fewer bytes come out than the caller expects. */
export const TOO_SHORT: i32 = -3
/** A back reference points before the beginning of the output. */
export const BAD_OFFSET: i32 = -4
/** A field has a value that the format does not allow. */
export const MALFORMED: i32 = -5
/** The frame needs something that is not supported (a dictionary). */
export const UNSUPPORTED: i32 = -6
