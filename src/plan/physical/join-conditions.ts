/**
 * Chooses how a join is run: which conjuncts are hash keys, which side is kept in the hash table, or a nested loop where there is no key.
 *
 *   logical            probe = left                probe = right (left in the hash table, when that is smaller)
 *   inner, full        inner, full                 inner, full
 *   left / right       left / right                right / left
 *   semi / anti        semi / anti                 right-semi / right-anti
 *   mark, single       as they are                 never
 *
 * NOT IN: an anti join on `a = x OR a IS NULL OR x IS NULL` is a null-aware hash join on a = x when that is all of its condition; beside
 * other keys it is a residual condition. A mark join's comparison is three-valued: where NULLs can decide and the null-aware hash join does
 * not apply, a nested loop evaluates it.
 */
import type { DataType } from '../../core/types.ts'
import { storageOf } from '../../core/types.ts'
import { type Expr, conjuncts } from '../../expr/expr.ts'
import { exprKey } from '../bind/expr-key.ts'
import { keyForm } from './key-form.ts'
import type { JoinNode, LogicalPlan } from '../logical.ts'
import type { JoinType } from '../physical.ts'
import { mayBeNull } from '../rules/expr-facts.ts'
import { idsOf, readsOnly } from '../rules/plan-rewrite.ts'

/** A pair of equal expressions, each over one side. */
export interface KeyPair {
  readonly left: Expr
  readonly right: Expr
  readonly nullsEqual: boolean
}

export interface JoinConditions {
  readonly keys: readonly KeyPair[]
  /** Other conjuncts. */
  readonly residual: readonly Expr[]
  readonly nullAware: boolean
}

/** Keys and residual of a join; no keys: a nested loop on the whole condition. */
export function splitConditions(join: JoinNode): JoinConditions {
  const parts = join.condition === null ? [] : conjuncts(join.condition)
  const notIn = join.type === 'anti' ? notInKey(join, parts) : null
  if (notIn !== null) return { keys: [notIn], residual: [], nullAware: true }
  if (join.type === 'mark') return splitMark(join, parts)
  const keys: KeyPair[] = []
  const residual: Expr[] = []
  for (const part of parts) {
    const key = keyOf(part, join)
    if (key === null) residual.push(part)
    else keys.push(key)
  }
  return { keys, residual, nullAware: false }
}

/** Types whose values a hash table can hold as keys. */
function isHashable(type: DataType): boolean {
  const storage = storageOf(type)
  return storage !== 'interval' && storage !== 'list' && storage !== 'struct'
}

export function keyOf(part: Expr, join: JoinNode): KeyPair | null {
  if (part.kind !== 'call' || (part.name !== 'eq' && part.name !== 'is_not_distinct_from')) return null
  const [a, b] = part.args.map(keyForm) as [Expr, Expr]
  if (!isHashable(a.type)) return null
  const left = idsOf(join.left)
  const right = idsOf(join.right)
  const nullsEqual =
    part.name === 'is_not_distinct_from' && mayBeNull(a, columnsOf(join)) && mayBeNull(b, columnsOf(join))
  if (isOver(a, left) && isOver(b, right)) return { left: a, right: b, nullsEqual }
  if (isOver(b, left) && isOver(a, right)) return { left: b, right: a, nullsEqual }
  return null
}

/** Reads columns of `ids`, and at least one: a constant is no key. */
export function isOver(expr: Expr, ids: ReadonlySet<number>): boolean {
  return expr.kind !== 'literal' && readsOnly(expr, ids) && !readsOnly(expr, new Set())
}

function columnsOf({ left, right }: JoinNode): LogicalPlan['columns'] {
  return [...left.columns, ...right.columns]
}

/** The key of `a = x OR a IS NULL OR x IS NULL` as the only condition. */
function notInKey(join: JoinNode, parts: readonly Expr[]): KeyPair | null {
  const [only] = parts
  if (parts.length !== 1 || only?.kind !== 'or') return null
  const [comparison, ...tests] = only.args
  if (comparison === undefined) return null
  const key = keyOf(comparison, join)
  if (key === null || key.nullsEqual || comparison.kind !== 'call' || comparison.name !== 'eq') return null
  const tested = tests.map((one) => (one.kind === 'call' && one.name === 'is_null' ? exprKey(one.args[0]!) : ''))
  const compared = comparison.args.map((arg) => exprKey(arg))
  if (!tested.every((one) => compared.includes(one))) return null
  // Both sides that can be NULL must be tested, or this is another condition that only looks alike.
  const columns = columnsOf(join)
  const covers = comparison.args.every((arg) => tested.includes(exprKey(arg)) || !mayBeNull(arg, columns))
  return covers ? key : null
}

function splitMark(join: JoinNode, parts: readonly Expr[]): JoinConditions {
  const columns = columnsOf(join)
  const keys: KeyPair[] = []
  const residual: Expr[] = []
  for (const part of parts) {
    // `(a = x) IS TRUE`: the two-valued equality of a correlated WHERE.
    const inner = part.kind === 'call' && part.name === 'is_true' ? part.args[0]! : part
    const key = keyOf(inner, join)
    if (key !== null && (inner !== part || !mayBeNull(part, columns))) keys.push(key)
    else if (key !== null && parts.length === 1) return { keys: [key], residual: [], nullAware: true }
    else if (!mayBeNull(part, columns)) residual.push(part)
    else return { keys: [], residual: parts, nullAware: false }
  }
  return { keys, residual, nullAware: false }
}

/** The join with the left side as probe, or null where that is not possible. */
export function joinTypeFor(type: JoinNode['type'], probe: 'left' | 'right'): JoinType | null {
  if (probe === 'left') return type === 'asof' ? 'left' : type
  switch (type) {
    case 'inner':
    case 'full':
      return type
    case 'left':
      return 'right'
    case 'right':
      return 'left'
    case 'semi':
      return 'right-semi'
    case 'anti':
      return 'right-anti'
    case 'mark':
    case 'single':
    case 'asof':
      return null
  }
}

/** Sides as wide as this factor apart are swapped: below it the estimates do not tell which is smaller. */
const SWAP_FACTOR = 1.2

export interface SideChoice {
  readonly type: JoinNode['type']
  readonly leftBytes: number
  readonly rightBytes: number
  readonly nullAware: boolean
  readonly hasKeys: boolean
}

/** Which side streams; the other is held. */
export function chooseProbe({ type, leftBytes, rightBytes, nullAware, hasKeys }: SideChoice): 'left' | 'right' {
  if (nullAware || joinTypeFor(type, 'right') === null) return 'left'
  if (type === 'inner' || type === 'full') return leftBytes >= rightBytes ? 'left' : 'right'
  // A nested loop remembers matches of the held side only for plain joins.
  if (!hasKeys) return type === 'right' ? 'right' : 'left'
  return leftBytes * SWAP_FACTOR < rightBytes ? 'right' : 'left'
}
