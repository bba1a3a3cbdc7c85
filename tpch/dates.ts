/** Dates of TPC-H: 1992-01-01 is day 0, the "current date" 1995-06-17. Source: specification 4.2.2.12 and 4.2.3. */

/** Days from 1970-01-01 to 1992-01-01. */
export const START_DAY = 8035
/** 1995-06-17, as days since START_DAY: what shipped or arrived by then is in the past. */
export const CURRENT_DAY = 1263
/** Days from 1992-01-01 to 1998-12-31. */
export const DAY_COUNT = 2557
