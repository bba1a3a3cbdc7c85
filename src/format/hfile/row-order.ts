/** The order of the rows of an HFile: as unsigned bytes, a row before those that it begins. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length)
  for (let i = 0; i < common; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}
