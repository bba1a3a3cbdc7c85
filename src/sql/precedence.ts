/**
 * Flat lists of operands and operators to trees, by precedence climbing with PostgreSQL's table
 * (PostgreSQL 15, section 4.1.6 and the %left/%nonassoc lines of gram.y):
 *
 *   1 OR   2 AND   3 NOT   4 IS   5 < > = <= >= <>   6 BETWEEN IN LIKE   6.5 ESCAPE   7 other operators
 *   8 + -   9 * / %   10 ^   11 AT TIME ZONE   12 COLLATE   13 unary + -   14 ::
 *
 * `none` marks operators that do not chain: `a < b < c` is an error at the second `<`. A postfix (`IS NULL`, `IN (...)`)
 * ends in a token of its own, so it may be followed by anything.
 */
import type { TextRange } from '../core/errors.ts'
import type * as ast from './ast.ts'
import { errorNear, type Tokens } from './lexer.ts'

/** Token indexes: [from, to). */
interface Span {
  readonly from: number
  readonly to: number
}

export type Item =
  | (Span & { readonly type: 'value'; readonly node: ast.Expression })
  | (Span & { readonly type: 'prefix'; readonly operator: string; readonly precedence: number })
  | (Span & InfixItem)
  | (Span & PostfixItem)

interface InfixItem {
  readonly type: 'infix'
  readonly precedence: number
  readonly none?: boolean
  readonly operator?: string
  readonly build?: 'between' | 'like' | 'is-distinct' | undefined
  readonly negated?: boolean
  readonly symmetric?: boolean
  readonly low?: ast.Expression
}

interface PostfixItem {
  readonly type: 'postfix'
  readonly precedence: number
  readonly negated?: boolean
  readonly build?: 'in-query' | 'in-list' | 'in-array' | undefined
  readonly query?: ast.Query
  readonly values?: readonly ast.Expression[]
  readonly source?: ast.Expression
  /** The node but for `at` and `operand`. */
  readonly node?: { readonly kind: string }
}

/** What stands behind a primary: `::type`, `[i]`, `[a:b]`, `.field`, `.*`; behind a row, OVERLAPS and a row. */
export type PostfixPart = { readonly to: number } & (
  | { readonly type: 'cast'; readonly target: ast.TypeName }
  | {
      readonly type: 'subscript'
      readonly index?: ast.Expression
      readonly low?: ast.Expression | null
      readonly high?: ast.Expression | null
    }
  | { readonly type: 'field'; readonly field: ast.Identifier }
  | { readonly type: 'star' }
  | { readonly type: 'overlaps'; readonly operatorAt: TextRange; readonly right: ast.Expression }
)

/** The tree of an operand and what follows it. */
export function buildTree(head: Item[], tails: readonly (readonly Item[])[], tokens: Tokens): ast.Expression {
  if (head.length === 1 && tails.length === 0) return (head[0] as { node: ast.Expression }).node
  const items = head.slice()
  for (const tail of tails) for (const item of tail) items.push(item)
  const climber = new Climber(items, tokens)
  return climber.run()
}

export function postfixTree(
  primary: ast.Expression,
  parts: readonly PostfixPart[],
  from: number,
  tokens: Tokens,
): ast.Expression {
  const slices = parts.some((part) => part.type === 'subscript' && part.index === undefined)
  return parts.reduce<ast.Expression>((operand, part, i) => {
    const at = rangeOf(tokens, from, part.to)
    switch (part.type) {
      case 'cast':
        return { kind: 'cast', at, operand, type: part.target, try: false }
      case 'field':
        return { kind: 'field', at, operand, field: part.field }
      case 'star':
        return { kind: 'star', at, operand }
      case 'overlaps': {
        const { operatorAt, right } = part
        return { kind: 'binary', at, operator: 'overlaps', left: operand, right, operatorAt }
      }
      case 'subscript': {
        const chain = slices && parts[i - 1]?.type === 'subscript' ? ({ continues: true } as const) : {}
        if (part.index !== undefined) return { kind: 'subscript', at, operand, index: part.index, ...chain }
        return { kind: 'slice', at, operand, low: part.low ?? null, high: part.high ?? null, ...chain }
      }
    }
  }, primary)
}

function rangeOf(tokens: Tokens, from: number, to: number): TextRange {
  return { start: tokens.starts[from] as number, end: tokens.ends[to - 1] as number }
}

class Climber {
  private readonly items: readonly Item[]
  private readonly tokens: Tokens
  private position = 0

  constructor(items: readonly Item[], tokens: Tokens) {
    this.items = items
    this.tokens = tokens
  }

  run(): ast.Expression {
    const tree = this.climb(0)
    const rest = this.items[this.position]
    if (rest !== undefined) throw this.errorAt(rest)
    return tree
  }

  /** Everything from here that binds tighter than `above`. */
  private climb(above: number): ast.Expression {
    const first = this.position
    let left = this.operand()
    let chained = 0
    let chain: 'and' | 'or' | null = null
    for (;;) {
      const item = this.items[this.position]
      if (item === undefined || item.type === 'value' || item.type === 'prefix') return left
      if (item.precedence <= above || (item.type === 'infix' && item.operator === 'escape')) {
        return left
      }
      if (item.precedence === chained) throw this.errorAt(item)
      this.position += 1
      const operator = item.type === 'infix' ? item.operator : undefined
      const logical = operator === 'and' || operator === 'or' ? operator : null
      if (item.type === 'postfix') left = this.postfix(item, left, first)
      else if (logical !== null) left = this.logical(logical, chain === logical, left, first)
      else left = this.infix(item, left, first)
      chain = logical
      chained = item.type === 'infix' && item.none === true ? item.precedence : 0
    }
  }

  private operand(): ast.Expression {
    const item = this.items[this.position] as Item
    const first = this.position
    this.position += 1
    if (item.type === 'value') return item.node
    if (item.type !== 'prefix') throw this.errorAt(item)
    const operand = this.climb(item.precedence)
    return { kind: 'unary', at: this.rangeFrom(first), operator: item.operator, operand }
  }

  /** AND and OR chains become one node. */
  private logical(kind: 'and' | 'or', goesOn: boolean, left: ast.Expression, first: number): ast.Logical {
    const right = this.climb(kind === 'and' ? 2 : 1)
    const at = this.rangeFrom(first)
    if (!goesOn) return { kind, at, operands: [left, right] }
    // The array is this loop's own: pushing keeps long chains linear.
    const operands = (left as ast.Logical).operands as ast.Expression[]
    operands.push(right)
    return { kind, at, operands }
  }

  private infix(item: Span & InfixItem, left: ast.Expression, first: number): ast.Expression {
    if (item.build === undefined) return this.binary(item, left, first)
    const right = this.climb(item.precedence)
    const negated = item.negated === true
    switch (item.build) {
      case 'is-distinct':
        return { kind: 'is-distinct', at: this.rangeFrom(first), negated, left, right }
      case 'between': {
        const symmetric = item.symmetric === true
        const low = item.low as ast.Expression
        const at = this.rangeFrom(first)
        return { kind: 'between', at, negated, symmetric, operand: left, low, high: right }
      }
      case 'like':
        return this.like(item, left, right, first)
    }
  }

  private binary(item: Span & InfixItem, left: ast.Expression, first: number): ast.Binary {
    const right = this.climb(item.precedence)
    const operatorAt = rangeOf(this.tokens, item.from, item.to)
    const operator = item.operator as string
    return { kind: 'binary', at: this.rangeFrom(first), operator, left, right, operatorAt }
  }

  private like(item: InfixItem, operand: ast.Expression, pattern: ast.Expression, first: number): ast.Like {
    const next = this.items[this.position]
    let escape: ast.Expression | null = null
    if (next !== undefined && next.type === 'infix' && next.operator === 'escape') {
      this.position += 1
      escape = this.climb(next.precedence)
    }
    const operator = item.operator as ast.Like['operator']
    const negated = item.negated === true
    return { kind: 'like', at: this.rangeFrom(first), operator, negated, operand, pattern, escape }
  }

  private postfix(item: PostfixItem, operand: ast.Expression, first: number): ast.Expression {
    const at = this.rangeFrom(first)
    const negated = item.negated === true
    if (item.build === undefined) return { ...item.node, at, operand } as unknown as ast.Expression
    switch (item.build) {
      case 'in-query':
        return { kind: 'in-query', at, negated, operand, query: item.query as ast.Query }
      case 'in-list':
        return { kind: 'in-list', at, negated, operand, values: item.values ?? [] }
      case 'in-array': {
        const [operator, quantifier] = negated ? (['<>', 'all'] as const) : (['=', 'any'] as const)
        const source = item.source as ast.Expression
        const rest = { operator, quantifier, operand, source, sourceIsQuery: false }
        return { kind: 'quantified', at, ...rest }
      }
    }
  }

  /** Characters from item `first` to the item before the current one. */
  private rangeFrom(first: number): TextRange {
    const { from } = this.items[first] as Item
    return rangeOf(this.tokens, from, (this.items[this.position - 1] as Item).to)
  }

  private errorAt(item: Span): Error {
    return errorNear('syntax error', this.tokens.text, rangeOf(this.tokens, item.from, item.from + 1))
  }
}
