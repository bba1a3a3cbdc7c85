/** Whether two syntax trees say the same, wherever their text stood. */

export function sameTree(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameTree(item, b[i]))
  }
  const [left, right] = [fieldsOf(a), fieldsOf(b)]
  const names = new Set([...left.keys(), ...right.keys()])
  return [...names].every((name) => sameTree(left.get(name), right.get(name)))
}

/** All but ranges. */
function fieldsOf(node: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(node).filter(([name]) => name !== 'at' && name !== 'operatorAt' && name !== 'quoted'))
}
