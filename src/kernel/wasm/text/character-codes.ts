// Characters that several readers of texts look for.

/** The digit 0; the others follow it. */
export const NUL: i32 = 48
