/** Whether a table takes infinite dates and timestamps, whose extremes (core/infinity.ts) other engines take for years far away. */

const INFINITE_TIMES_PROPERTY = 'sluice.infinite-times'

/** By the table's property, `extremes`. */
export function keepsInfiniteTimes(properties: ReadonlyMap<string, string>): boolean {
  return properties.get(INFINITE_TIMES_PROPERTY) === 'extremes'
}

/** The properties of a table that nobody else will read. */
export function withInfiniteTimes(properties: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...properties, [INFINITE_TIMES_PROPERTY, 'extremes']])
}
