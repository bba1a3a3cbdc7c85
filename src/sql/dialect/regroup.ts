/**
 * Operands and operators in the order of the text to a tree, by precedence that all dialects share:
 *
 *   1 OR   2 AND   3 NOT   4 comparisons, IS, IN, LIKE, BETWEEN   5 ||   6 + -   7 * / %   8 unary -
 *
 * The foreign parser's own grouping is not looked at: in ten of its dialects `a OR b AND c` is `(a OR b) AND c`. What dialects group
 * differently (comparisons side by side, `||` beside arithmetic) is refused unless parentheses say it.
 */
import type { TextRange } from '../../core/errors.ts'
import type * as ast from '../ast.ts'
import { cannotConvert } from './foreign-node.ts'

export type Part =
  | { readonly kind: 'operand'; readonly node: ast.Expression }
  | { readonly kind: 'prefix'; readonly operator: 'not' | '-' | '+' }
  | { readonly kind: 'infix'; readonly level: number; readonly operator: string; readonly build: Build }
  | { readonly kind: 'postfix'; readonly build: (operand: ast.Expression) => ast.Expression }

type Build = (left: ast.Expression, right: ast.Expression) => ast.Expression

export const COMPARISON = 4
export const CONCATENATION = 5
const NOT = 3
const SIGN = 8

interface Grouped {
  readonly node: ast.Expression
  /** Of the outermost operator that stands in no parentheses; 9 where there is none. */
  readonly level: number
}

export function regroup(parts: readonly Part[], at: TextRange): Grouped {
  const climber = new Climber(parts, at)
  const tree = climber.climb(0)
  if (!climber.isAtEnd) throw cannotConvert('operators side by side without parentheses')
  return tree
}

class Climber {
  private position = 0
  private readonly parts: readonly Part[]
  private readonly at: TextRange

  constructor(parts: readonly Part[], at: TextRange) {
    this.parts = parts
    this.at = at
  }

  get isAtEnd(): boolean {
    return this.position === this.parts.length
  }

  /** Everything from here that binds tighter than `above`. */
  climb(above: number): Grouped {
    let left = this.operand()
    for (;;) {
      const part = this.parts[this.position]
      if (part === undefined) return left
      if (part.kind !== 'infix' && part.kind !== 'postfix') throw cannotConvert('an operand behind an operand')
      const level = part.kind === 'infix' ? part.level : COMPARISON
      if (level <= above) return left
      if (level === COMPARISON && left.level === COMPARISON) {
        throw cannotConvert('a comparison beside a comparison without parentheses')
      }
      this.position += 1
      if (part.kind === 'postfix') left = { node: part.build(left.node), level }
      else left = this.infix(part, left)
    }
  }

  private infix(part: Part & { kind: 'infix' }, left: Grouped): Grouped {
    const { level, operator } = part
    const right = this.climb(level)
    if (level === CONCATENATION && [left, right].some((side) => side.level > CONCATENATION && side.level < 9)) {
      throw cannotConvert('|| beside arithmetic without parentheses')
    }
    if (operator !== 'and' && operator !== 'or') return { node: part.build(left.node, right.node), level }
    // A chain is one node, as the grammar of this engine has it.
    const before = left.level === level ? (left.node as ast.Logical).operands : [left.node]
    return { node: { kind: operator, at: this.at, operands: [...before, right.node] }, level }
  }

  private operand(): Grouped {
    const part = this.parts[this.position]
    this.position += 1
    if (part?.kind === 'operand') return { node: part.node, level: 9 }
    if (part?.kind !== 'prefix') throw cannotConvert('an operator without an operand')
    const level = part.operator === 'not' ? NOT : SIGN
    const operand = this.climb(level - 0.5)
    return { node: { kind: 'unary', at: this.at, operator: part.operator, operand: operand.node }, level }
  }
}
