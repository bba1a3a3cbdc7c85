/** Paths into JSON as DuckDB, Spark and Trino write them: `$.a.b[0]`, `$."a b"`, `$['a']`, `/a/b/0`, or a key alone. */
import { SqlError } from '../../core/errors.ts'

const STEP = /\.(?:"([^"]*)"|([^.[\]"]+))|\[(?:(-?\d+)|#-(\d+)|["']([^"']*)["'])\]/y

/** The steps; 22023 for wildcards and what else is no plain path. */
export function jsonPathSteps(path: string): readonly (string | number)[] {
  if (path.startsWith('/')) {
    return path
      .slice(1)
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  }
  if (!path.startsWith('$')) return [path]
  const steps: (string | number)[] = []
  STEP.lastIndex = 1
  while (STEP.lastIndex < path.length) {
    const at = STEP.lastIndex
    const match = STEP.exec(path)
    if (match === null) throw new SqlError('22023', `invalid JSON path "${path}" at position ${at + 1}`)
    const [, quoted, plain, place, fromEnd, bracketed] = match
    if (place !== undefined) steps.push(Number(place))
    else if (fromEnd !== undefined) steps.push(-Number(fromEnd))
    else steps.push(quoted ?? plain ?? bracketed ?? '')
    if (plain === '*') throw new SqlError('22023', `a wildcard in a JSON path is not supported: "${path}"`)
  }
  return steps
}
