/** SQL/JSON paths, read: `lax $.a[*] ? (@.b > 1)`. A node applies to what the node in `of` gives. */
import type { Json } from '../values/json.ts'

export type PathNode =
  | { readonly kind: 'root' | 'current' | 'last' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'key'; readonly of: PathNode; readonly name: string }
  | { readonly kind: 'anyKey' | 'anyItem'; readonly of: PathNode }
  /** `.**{from to to}`; Infinity stands for `last`. */
  | { readonly kind: 'anyDepth'; readonly of: PathNode; readonly from: number; readonly to: number }
  | { readonly kind: 'items'; readonly of: PathNode; readonly ranges: readonly PathRange[] }
  | { readonly kind: 'filter'; readonly of: PathNode; readonly test: PathNode }
  | { readonly kind: 'method'; readonly of: PathNode; readonly name: string }
  | { readonly kind: 'sign'; readonly of: PathNode; readonly negative: boolean }
  | { readonly kind: 'arithmetic'; readonly op: ArithmeticSign; readonly left: PathNode; readonly right: PathNode }
  | PathTest

/** Gives true, false or unknown. */
export type PathTest =
  | { readonly kind: 'compare'; readonly op: CompareSign; readonly left: PathNode; readonly right: PathNode }
  | { readonly kind: 'and' | 'or'; readonly left: PathNode; readonly right: PathNode }
  | { readonly kind: 'not' | 'isUnknown' | 'exists'; readonly of: PathNode }
  | { readonly kind: 'startsWith'; readonly of: PathNode; readonly prefix: PathNode }
  /** `flags`: those of the engine in ../regex. */
  | { readonly kind: 'likeRegex'; readonly of: PathNode; readonly pattern: string; readonly flags: string }

export type ArithmeticSign = '+' | '-' | '*' | '/' | '%'
export type CompareSign = '==' | '!=' | '<' | '<=' | '>' | '>='

/** `to` is null for one place. */
export interface PathRange {
  readonly from: PathNode
  readonly to: PathNode | null
}

export interface JsonPath {
  readonly strict: boolean
  readonly root: PathNode
}

const TESTS: ReadonlySet<string> = new Set([
  'compare',
  'and',
  'or',
  'not',
  'isUnknown',
  'exists',
  'startsWith',
  'likeRegex',
])

export function isTest(node: PathNode): node is PathTest {
  return TESTS.has(node.kind)
}
