// Where the parts of the caller's work memory lie. Instances share their static data, so tables cannot live there.

/** Sequence tables of the frame: literal lengths, match lengths (2^9 cells of 8 bytes), offsets (2^8). */
export const LITERAL_TABLE: usize = 0
export const MATCH_TABLE: usize = 4096
export const OFFSET_TABLE: usize = 8192
/** Those of the predefined distributions: 64, 64 and 32 cells. */
export const DEFAULT_LITERAL_TABLE: usize = 10240
export const DEFAULT_MATCH_TABLE: usize = 10752
export const DEFAULT_OFFSET_TABLE: usize = 11264
/** Huffman table: 2^11 cells, u8 bits, u8 symbol. */
export const HUFFMAN: usize = 11520
/** Scratch for building tables. */
export const NORMAL: usize = 15616
export const NEXT: usize = 16128
export const WEIGHTS: usize = 16640
export const SPREAD: usize = 17152
export const WEIGHT_TABLE: usize = 17664
/** Literals of a block: at most 128 KiB, and slack. */
export const LITERALS: usize = 18432
export const LITERALS_MAX: i32 = 131072
export const WORK_BYTES: i32 = 18432 + 131072 + 256
