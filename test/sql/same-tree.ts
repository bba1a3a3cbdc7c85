/** Syntax trees without the places of their text, to be compared. */

/** A copy without ranges. */
export function withoutRanges(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRanges)
  if (value === null || typeof value !== 'object') return value
  const parts = Object.entries(value).filter(([name]) => name !== 'at' && name !== 'operatorAt')
  return Object.fromEntries(parts.map(([name, part]) => [name, withoutRanges(part)]))
}
