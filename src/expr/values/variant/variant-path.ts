/**
 * Paths into variants: `$.a.b`, `$.list[0]`, `$['odd name']`. `$` is the value itself; names are exact.
 *
 * As in Spark's variant_get; what is not there is found by nobody, and that is no error.
 */
import { SqlError } from '../../../core/errors.ts'
import { Variant } from './variant.ts'

type Step = string | number

const known = new Map<string, readonly Step[]>()
/** Paths that are kept parsed. */
const KNOWN_MAX = 1000

/** Where in the variant the path leads; undefined when there is no such part. 22023 for a malformed path. */
export function findPath(variant: Variant, path: string): number | undefined {
  let at = variant.root
  for (const step of stepsOf(path)) {
    const node = variant.node(at)
    let next: number | undefined
    if (typeof step === 'string' && node.kind === 'object') {
      next = node.fields.find(({ name }) => name === step)?.at
    } else if (typeof step === 'number' && node.kind === 'array') {
      next = node.items[step]
    }
    if (next === undefined) return undefined
    at = next
  }
  return at
}

/** The part at a path as a variant of its own; null when there is none. */
export function variantAt(bytes: Uint8Array, path: string): Uint8Array | null {
  const variant = new Variant(bytes)
  const at = findPath(variant, path)
  if (at === undefined) return null
  const value = variant.valueBytes(at)
  const part = new Uint8Array(variant.root + value.length)
  part.set(variant.metadata)
  part.set(value, variant.root)
  return part
}

function stepsOf(path: string): readonly Step[] {
  let steps = known.get(path)
  if (steps === undefined) {
    steps = parseSteps(path)
    if (known.size < KNOWN_MAX) known.set(path, steps)
  }
  return steps
}

function parseSteps(path: string): readonly Step[] {
  const steps: Step[] = []
  const step = /\.([^.[\]]+)|\[(\d{1,9})\]|\['([^']*)'\]|\["([^"]*)"\]/y
  step.lastIndex = 1
  while (path.startsWith('$') && step.lastIndex < path.length) {
    const match = step.exec(path)
    if (match === null) break
    const [, plain, index, single, double] = match
    steps.push(index === undefined ? (plain ?? single ?? double)! : Number(index))
    if (step.lastIndex === path.length) return steps
  }
  if (path === '$') return []
  throw new SqlError('22023', `invalid path into a variant: "${path}"`, {
    hint: `Paths are written as $.name, $[0] or $['name'].`,
  })
}
