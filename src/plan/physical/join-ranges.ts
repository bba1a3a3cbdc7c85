/**
 * Finds the range by which a join without equalities is run, and that of ASOF.
 *
 *     a.t >= b.lo AND a.t < b.hi     held: a, sorted by t; a row of b meets those from lo up to hi       both bounds of one expression
 *     a.t < b.t                      held: b, sorted by t; a row of a meets those above                  one bound
 *
 * A side of which one expression has both bounds is held where the join allows it: the other way round every row below the one bound
 * would be looked at.
 */
import { InternalError } from '../../core/errors.ts'
import { sameType, storageOf } from '../../core/types.ts'
import { type Expr, conjuncts } from '../../expr/expr.ts'
import { exprKey } from '../bind/expr-key.ts'
import type { JoinNode, LogicalPlan } from '../logical.ts'
import type { KeyRange } from '../physical.ts'
import { idsOf } from '../rules/plan-rewrite.ts'
import { isOver, joinTypeFor, keyOf, splitConditions } from './join-conditions.ts'

export interface FoundRange {
  /** Expressions over the sides' columns. */
  readonly range: KeyRange
  /** The side that streams. */
  readonly side: 'left' | 'right'
  /** Conjuncts that the range does not say. */
  readonly rest: readonly Expr[]
}

/** `left` operator `right`. */
interface Inequality {
  readonly conjunct: Expr
  readonly left: Expr
  readonly right: Expr
  /** Left is below right. */
  readonly below: boolean
  readonly inclusive: boolean
}

/** Fewer rows of a side are compared with whole batches of the other faster than they are searched. */
const ROWS_MIN = 64

/** The range of a join that has no better way; null for others. `rows`: how many a side is expected to have. */
export function rangeOf(join: JoinNode, rows: (side: LogicalPlan) => number): FoundRange | null {
  if (join.type === 'asof') return asofRange(join)
  if (join.type === 'mark' || join.type === 'single' || join.condition === null) return null
  if (rows(join.left) < ROWS_MIN || rows(join.right) < ROWS_MIN) return null
  const { keys } = splitConditions(join)
  if (keys.length > 0) return null
  const parts = conjuncts(join.condition)
  const found = parts.flatMap((part) => inequalityOf(part, join) ?? [])
  const options = (['left', 'right'] as const)
    .filter((side) => joinTypeFor(join.type, side) !== null)
    .flatMap((side) => found.map((first) => ({ side, ...boundsOf(found, first, side) })))
  const best = options.find(({ bounds }) => bounds.length === 2) ?? options[0]
  if (best === undefined) return null
  const { side, bounds, key } = best
  const range: KeyRange = { buildKeys: [key], equal: [], nullsEqual: [], nearest: false, ...limits(bounds, side) }
  const said = new Set(bounds.map(({ conjunct }) => conjunct))
  return { range, side, rest: parts.filter((part) => !said.has(part)) }
}

/** The inequalities of the same held expression as `first`: a lower and an upper one at most. `side`: what streams. */
function boundsOf(
  found: readonly Inequality[],
  first: Inequality,
  side: 'left' | 'right',
): { readonly key: Expr; readonly bounds: readonly Inequality[] } {
  const held = (one: Inequality): Expr => (side === 'left' ? one.right : one.left)
  const name = exprKey(held(first))
  const other = found.find((one) => one.below !== first.below && exprKey(held(one)) === name)
  return { key: held(first), bounds: other === undefined ? [first] : [first, other] }
}

function limits(bounds: readonly Inequality[], side: 'left' | 'right'): Pick<KeyRange, 'lower' | 'upper'> {
  const bound = (isLower: boolean): KeyRange['lower'] => {
    // The streaming side below the held one: a lower bound of the held key.
    const one = bounds.find(({ below }) => (side === 'left' ? below : !below) === isLower)
    return one === undefined ? null : { expr: side === 'left' ? one.left : one.right, inclusive: one.inclusive }
  }
  return { lower: bound(true), upper: bound(false) }
}

const INEQUALITIES: Readonly<Record<string, { readonly below: boolean; readonly inclusive: boolean }>> = {
  lt: { below: true, inclusive: false },
  le: { below: true, inclusive: true },
  gt: { below: false, inclusive: false },
  ge: { below: false, inclusive: true },
}

function inequalityOf(part: Expr, join: JoinNode): Inequality | null {
  if (part.kind !== 'call' || !Object.hasOwn(INEQUALITIES, part.name)) return null
  const { below, inclusive } = INEQUALITIES[part.name]!
  const [a, b] = part.args as readonly [Expr, Expr]
  const storage = storageOf(a.type)
  if (!sameType(a.type, b.type) || storage === 'list' || storage === 'struct') return null
  const [left, right] = [idsOf(join.left), idsOf(join.right)]
  if (isOver(a, left) && isOver(b, right)) return { conjunct: part, left: a, right: b, below, inclusive }
  if (isOver(b, left) && isOver(a, right)) return { conjunct: part, left: b, right: a, below: !below, inclusive }
  return null
}

function asofRange(join: JoinNode): FoundRange {
  const equal: Expr[] = []
  const buildKeys: Expr[] = []
  const nullsEqual: boolean[] = []
  let inequality: Inequality | null = null
  for (const part of join.condition === null ? [] : conjuncts(join.condition)) {
    const key = keyOf(part, join)
    if (key !== null) {
      equal.push(key.left)
      nullsEqual.push(key.nullsEqual)
      buildKeys.push(key.right)
      continue
    }
    const found = inequalityOf(part, join)
    if (found === null || inequality !== null) throw new InternalError('an ASOF join of another condition')
    inequality = found
  }
  if (inequality === null) throw new InternalError('an ASOF join without an inequality')
  const range = { buildKeys: [...buildKeys, inequality.right], equal, nullsEqual, nearest: true }
  return { range: { ...range, ...limits([inequality], 'left') }, side: 'left', rest: [] }
}
