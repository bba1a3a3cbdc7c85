/** GROUP BY: its expressions (aliases and ordinals looked up) and its grouping sets. */
import { type TextRange, SqlError } from '../../core/errors.ts'
import type { Expr } from '../../expr/expr.ts'
import type { Expression, GroupItem, Select } from '../../sql/ast.ts'
import { containsAggregate } from './aggregates.ts'
import type { Binder } from './binder.ts'
import { exprKey } from './expr-key.ts'
import { outputName } from './output-name.ts'
import { hasSubquery } from './repeated.ts'
import { type Scope, NO_CLAUSE, inClause, pickColumn } from './scope.ts'
import type { OutputItem } from './select-items.ts'
import { settle } from './typing.ts'
import { syntaxKey } from './walk-syntax.ts'

export interface GroupedColumns {
  readonly expressions: readonly Expr[]
  readonly names: readonly string[]
  /** Null for the one set of all expressions. */
  readonly sets: readonly (readonly number[])[] | null
  /** See Scope.groupSyntax. */
  readonly syntax: ReadonlyMap<string, Expr> | null
}

/** PostgreSQL's bound. */
const SETS_MAX = 4096

export function bindGroupBy(
  binder: Binder,
  { groupBy, groupDistinct }: Pick<Select, 'groupBy' | 'groupDistinct'>,
  items: readonly OutputItem[],
  scope: Scope,
): GroupedColumns {
  const clause = { ...NO_CLAUSE, name: 'GROUP BY' }
  return inClause(scope, clause, () => {
    const collector = new GroupCollector(binder, items, scope)
    if (groupBy === 'all') {
      for (const item of items) {
        if (item.ast === null || !containsAggregate(item.ast)) collector.add(settle(item.bind()), item.name)
      }
      return collector.result(null)
    }
    const plain = groupBy.every(({ kind }) => kind === 'expression')
    const sets = crossAll(
      groupBy.map((item) => setsOf(item)),
      groupBy[0]?.at,
    )
    const indexes = sets.map((set) => [...new Set(set.map((ast) => collector.addSyntax(ast)))])
    return collector.result(plain ? null : groupDistinct === true ? distinctSets(indexes) : indexes)
  })
}

/** The sets without those that were there before. */
function distinctSets(sets: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const seen = new Set<string>()
  return sets.filter((set) => {
    const key = [...set].sort((a, b) => a - b).join()
    return !seen.has(key) && seen.add(key)
  })
}

class GroupCollector {
  readonly #binder: Binder
  readonly #items: readonly OutputItem[]
  readonly #scope: Scope
  readonly #expressions: Expr[] = []
  readonly #names: string[] = []
  readonly #byKey = new Map<string, number>()
  readonly #bySyntax = new Map<Expression, number>()
  /** How groups are written elsewhere: an ordinal's as its item, for the constant itself means a value there. */
  readonly #written = new Map<Expression, number>()

  constructor(binder: Binder, items: readonly OutputItem[], scope: Scope) {
    this.#binder = binder
    this.#items = items
    this.#scope = scope
  }

  result(sets: readonly (readonly number[])[] | null): GroupedColumns {
    const held = [...this.#written].filter(([, index]) => hasSubquery(this.#expressions[index]!))
    const syntax = new Map(held.map(([ast, index]) => [syntaxKey(ast), this.#expressions[index]!]))
    return { expressions: this.#expressions, names: this.#names, sets, syntax: syntax.size === 0 ? null : syntax }
  }

  /** The index of the expression among the groups. */
  addSyntax(ast: Expression): number {
    const known = this.#bySyntax.get(ast)
    if (known !== undefined) return known
    const item = this.#itemFor(ast)
    const index =
      item === null
        ? this.add(settle(this.#binder.expression(ast, this.#scope)), outputName(ast))
        : this.add(settle(item.bind()), item.name)
    this.#bySyntax.set(ast, index)
    const written = ast.kind === 'number' ? item?.ast : ast
    if (written !== null && written !== undefined) this.#written.set(written, index)
    return index
  }

  add(expr: Expr, name: string): number {
    const key = exprKey(expr)
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    this.#byKey.set(key, this.#expressions.length)
    this.#names.push(name)
    return this.#expressions.push(expr) - 1
  }

  /** The select item that an ordinal or an alias means; a column of FROM goes before an alias. */
  #itemFor(ast: Expression): OutputItem | null {
    if (ast.kind === 'number' || ast.kind === 'string' || ast.kind === 'null' || ast.kind === 'boolean') {
      return itemAt(ast, this.#items, 'GROUP BY')
    }
    if (ast.kind !== 'column' || ast.parts.length !== 1) return null
    const [name] = ast.parts
    if (pickColumn(this.#scope.columns, name!, ast.at) !== null) return null
    return aliasedItem(name!.name, this.#items, ast.at, 'GROUP BY')
  }
}

/** The item that an integer constant counts out. */
export function itemAt(ast: Expression, items: readonly OutputItem[], what: string): OutputItem {
  if (ast.kind !== 'number' || !/^\d+$/.test(ast.text)) {
    throw new SqlError('42601', `non-integer constant in ${what}`, { at: ast.at })
  }
  const item = items[Number(ast.text) - 1]
  if (item === undefined) {
    throw new SqlError('42P10', `${what} position ${ast.text} is not in select list`, {
      at: ast.at,
    })
  }
  return item
}

/** The item of that name; 42702 when several differ. */
export function aliasedItem(
  name: string,
  items: readonly OutputItem[],
  at: TextRange,
  what: string,
): OutputItem | null {
  const named = items.filter((item) => item.name === name)
  const [first] = named
  if (first === undefined) return null
  if (named.length > 1) {
    const key = exprKey(first.bind())
    if (named.some((item) => exprKey(item.bind()) !== key)) {
      throw new SqlError('42702', `${what} "${name}" is ambiguous`, { at })
    }
  }
  return first
}

type SyntaxSet = readonly Expression[]

/** The grouping sets of one item. */
function setsOf(item: GroupItem): readonly SyntaxSet[] {
  switch (item.kind) {
    case 'empty':
      return [[]]
    case 'expression':
      return [parts(item.expression)]
    case 'rollup':
      return Array.from({ length: item.items.length + 1 }, (_, i) =>
        item.items.slice(0, item.items.length - i).flatMap(parts),
      )
    case 'cube': {
      const count = item.items.length
      if (count > 12) throw tooManySets(item.at)
      return Array.from({ length: 1 << count }, (_, i) => {
        const left = (1 << count) - 1 - i
        return item.items.filter((_, bit) => (left & (1 << (count - 1 - bit))) !== 0).flatMap(parts)
      })
    }
    case 'grouping-sets':
      return item.sets.flatMap(setsOf)
  }
}

/** `(a, b)` groups by both. */
function parts(ast: Expression): readonly Expression[] {
  return ast.kind === 'row' ? ast.values : [ast]
}

/** GROUP BY a, ROLLUP (b): every set of the one with every set of the other. */
function crossAll(lists: readonly (readonly SyntaxSet[])[], at: TextRange | undefined): readonly SyntaxSet[] {
  let sets: readonly SyntaxSet[] = [[]]
  for (const list of lists) {
    if (sets.length * list.length > SETS_MAX) throw tooManySets(at)
    sets = sets.flatMap((left) => list.map((right) => [...left, ...right]))
  }
  return sets
}

function tooManySets(at: TextRange | undefined): SqlError {
  return new SqlError('54000', `too many grouping sets present (maximum ${SETS_MAX})`, at === undefined ? {} : { at })
}
