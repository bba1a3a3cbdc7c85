/**
 * SEARCH and CYCLE of a recursive common table: which row came from which, and the columns made of that.
 *
 *     rows   0: a        SEARCH DEPTH FIRST: 0 1 3 2      the number of a row in that order (equal rows of equal parents share one)
 *            1: b <- 0   SEARCH BREADTH FIRST: 0 1 2 3
 *            2: c <- 0   CYCLE: a row whose columns some row above it has is marked, and nothing comes from it;
 *            3: a <- 1          its path lists the columns of all rows from the first down to it
 *
 * The working table has a column more, the number of each row, which the recursive term passes on (`withParent`).
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import { type DataType, type Field, BIGINT, BOOLEAN, VARCHAR, sameType, typeName } from '../../core/types.ts'
import type { LiteralExpr, LiteralValue } from '../../expr/expr.ts'
import { compareNullable } from '../../expr/values/compare.ts'
import type {
  CommonTable,
  CycleClause,
  Expression,
  Identifier,
  QueryBody,
  Select,
  SelectItem,
  TableReference,
} from '../../sql/ast.ts'

type Row = readonly LiteralValue[]

/** A name that no SQL can write. */
export const ROW_NUMBER = ' row'

/** What marks a row as the end of a cycle, and what other rows have in that column. */
export interface CycleMarks {
  readonly type: DataType
  readonly cycle: LiteralValue
  readonly other: LiteralValue
}

export class RecursionTrace {
  readonly rows: Row[] = []
  readonly #cte: CommonTable
  readonly #fields: readonly Field[]
  readonly #marks: CycleMarks | null
  readonly #parents: number[] = []
  readonly #depths: number[] = []
  /** Of CYCLE's columns, by row. */
  readonly #keys: string[] = []
  readonly #cycles: boolean[] = []
  readonly #seen: Set<string> | null
  readonly #keyOf: (row: Row) => string

  constructor(
    cte: CommonTable,
    fields: readonly Field[],
    marks: CycleMarks | null,
    distinct: boolean,
    keyOf: (row: Row) => string,
  ) {
    this.#cte = cte
    this.#fields = fields
    this.#marks = marks
    this.#seen = distinct ? new Set() : null
    this.#keyOf = keyOf
  }

  /** Refuses names of added columns that are taken. */
  checkNames(): void {
    const { search, cycle } = this.#cte
    const added = [search?.column, cycle?.mark, cycle?.path].flatMap((name) => (name === undefined ? [] : [name]))
    added.forEach(({ name, at }, i) => {
      const isTaken =
        this.#fields.some((field) => field.name === name) || added.slice(0, i).some((one) => one.name === name)
      if (isTaken) throw new SqlError('42701', `column name "${name}" of SEARCH or CYCLE is used already`, { at })
    })
  }

  /** Adds a row that came from row `parent` (-1: from none); its number, or null when nothing more may come from it. */
  add(row: Row, parent: number): number | null {
    const { cycle, search } = this.#cte
    const depth = parent < 0 ? 0 : this.#depths[parent]! + 1
    const key = cycle === undefined ? '' : this.#keyOf(this.#columnsOf(cycle.by).map((i) => row[i]!))
    const isCycle = cycle !== undefined && this.#isAbove(key, parent)
    if (this.#seen !== null) {
      // UNION: rows are equal when what SEARCH and CYCLE make of them is, too.
      const path = cycle !== undefined || search?.order === 'depth' ? parent : depth
      const whole = `${path}:${this.#keyOf(row)}`
      if (this.#seen.has(whole)) return null
      this.#seen.add(whole)
    }
    const number = this.rows.push(row) - 1
    this.#parents.push(parent)
    this.#depths.push(depth)
    this.#keys.push(key)
    this.#cycles.push(isCycle)
    return isCycle ? null : number
  }

  #isAbove(key: string, parent: number): boolean {
    for (let row = parent; row >= 0; row = this.#parents[row]!) if (this.#keys[row] === key) return true
    return false
  }

  #columnsOf(names: readonly Identifier[]): readonly number[] {
    return names.map(({ name, at }) => {
      const index = this.#fields.findIndex((field) => field.name === name)
      if (index < 0) {
        throw new SqlError('42703', `column "${name}" is not in the WITH query "${this.#cte.name.name}"`, { at })
      }
      return index
    })
  }

  /** The columns that SEARCH and CYCLE add, behind the others. */
  columns(): readonly { readonly field: Field; readonly values: readonly LiteralValue[] }[] {
    const { search, cycle } = this.#cte
    const made: { field: Field; values: readonly LiteralValue[] }[] = []
    if (search !== undefined) {
      const ranks = this.#ranks(this.#columnsOf(search.by))
      const order = search.order === 'depth' ? this.#depthFirst(ranks) : this.#breadthFirst(ranks)
      made.push({ field: { name: search.column.name, type: BIGINT, nullable: false }, values: order })
    }
    if (cycle !== undefined && this.#marks !== null) {
      const { type, cycle: mark, other } = this.#marks
      made.push({
        field: { name: cycle.mark.name, type, nullable: false },
        values: this.#cycles.map((is) => (is ? mark : other)),
      })
      made.push(this.#paths(cycle))
    }
    return made
  }

  /** By row: the place of its values among all values. */
  #ranks(columns: readonly number[]): readonly number[] {
    const types = columns.map((i) => this.#fields[i]!.type)
    const compare = (a: number, b: number): number => {
      for (const [k, column] of columns.entries()) {
        const difference = compareNullable(this.rows[a]![column]!, this.rows[b]![column]!, types[k]!)
        if (difference !== 0) return difference
      }
      return 0
    }
    const sorted = this.rows.map((_, i) => i).sort(compare)
    const ranks = new Array<number>(sorted.length)
    let rank = 0
    sorted.forEach((row, i) => {
      if (i > 0 && compare(sorted[i - 1]!, row) !== 0) rank++
      ranks[row] = rank
    })
    return ranks
  }

  #breadthFirst(ranks: readonly number[]): readonly bigint[] {
    const depths = this.#depths
    const sorted = this.rows.map((_, i) => i).sort((a, b) => depths[a]! - depths[b]! || ranks[a]! - ranks[b]!)
    const order = new Array<bigint>(sorted.length)
    let place = 0n
    sorted.forEach((row, i) => {
      const last = sorted[i - 1]
      if (last === undefined || depths[last] !== depths[row] || ranks[last] !== ranks[row]) place++
      order[row] = place
    })
    return order
  }

  /** Rows of equal values under equal parents are one place, with the children of all of them. */
  #depthFirst(ranks: readonly number[]): readonly bigint[] {
    const children: number[][] = this.rows.map(() => [])
    const roots: number[] = []
    this.#parents.forEach((parent, row) => (parent < 0 ? roots : children[parent]!).push(row))
    const order = new Array<bigint>(this.rows.length)
    const waiting = equalGroups(roots, ranks).reverse()
    let place = 0n
    for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
      place++
      for (const row of group) order[row] = place
      const below = group.length === 1 ? children[group[0]!]! : group.flatMap((row) => children[row]!)
      for (const next of equalGroups(below, ranks).reverse()) waiting.push(next)
    }
    return order
  }

  #paths({ by, path }: CycleClause): { readonly field: Field; readonly values: readonly LiteralValue[] } {
    const columns = this.#columnsOf(by)
    const fields = columns.map((i) => this.#fields[i]!)
    const type: DataType = {
      kind: 'list',
      element: { name: 'element', type: { kind: 'struct', fields }, nullable: false },
    }
    const paths: (readonly LiteralValue[])[] = []
    this.#parents.forEach((parent, row) => {
      const own = columns.map((i) => this.rows[row]![i]!)
      paths.push(parent < 0 ? [own] : [...paths[parent]!, own])
    })
    return { field: { name: path.name, type, nullable: false }, values: paths }
  }
}

/** The rows by rank, lowest first; rows of one rank together. */
function equalGroups(rows: readonly number[], ranks: readonly number[]): number[][] {
  const sorted = [...rows].sort((a, b) => ranks[a]! - ranks[b]!)
  const groups: number[][] = []
  for (const row of sorted) {
    const last = groups.at(-1)
    if (last !== undefined && ranks[last[0]!] === ranks[row]) last.push(row)
    else groups.push([row])
  }
  return groups
}

/** The values of SET ... TO ... DEFAULT; true and false where they are not given. */
export function cycleMarks({ values }: CycleClause, constant: (ast: Expression) => LiteralExpr): CycleMarks {
  if (values === null) return { type: BOOLEAN, cycle: true, other: false }
  const [to, other] = [constant(values.to), constant(values.default)]
  const types = [to.type, other.type].map((type) => (type.kind === 'null' ? VARCHAR : type))
  if (!sameType(types[0]!, types[1]!)) {
    throw new SqlError('42804', `CYCLE types ${typeName(types[0]!)} and ${typeName(types[1]!)} cannot be matched`, {
      at: values.default.at,
    })
  }
  return { type: types[0]!, cycle: to.value, other: other.value }
}

/** The recursive term with the number of the row that each of its rows comes from, as its last column. */
export function withParent(body: QueryBody, { name, at }: CommonTable): QueryBody {
  if (body.kind !== 'select') {
    throw new SqlError('42601', 'with a SEARCH or CYCLE clause, the right side of the UNION must be a SELECT', { at })
  }
  const alias = body.from.map((reference) => aliasIn(reference, name.name)).find((found) => found !== null)
  if (alias === undefined || alias === null) {
    throw unsupported('SEARCH or CYCLE where the recursive reference is not in FROM itself', { at })
  }
  const part = (text: string): Identifier => ({ at, name: text, quoted: true })
  const parent: SelectItem = {
    kind: 'expression',
    at,
    expression: { kind: 'column', at, parts: [part(alias), part(ROW_NUMBER)] },
    alias: null,
  }
  const hidden = { at, parts: [part(alias), part(ROW_NUMBER)] }
  const items = body.items.map((item): SelectItem => {
    if (item.kind !== 'star') return item
    const meansIt = item.qualifier === null || item.qualifier.parts.at(-1)!.name === alias
    return meansIt ? { ...item, exclude: [...item.exclude, hidden] } : item
  })
  const select: Select = { ...body, items: [...items, parent] }
  return select
}

/** The name under which the recursive table stands among the joins of a FROM item. */
function aliasIn(reference: TableReference, name: string): string | null {
  if (reference.kind === 'join') return aliasIn(reference.left, name) ?? aliasIn(reference.right, name)
  if (reference.kind !== 'table-name' || reference.name.parts.length !== 1) return null
  return reference.name.parts[0]!.name === name ? (reference.alias?.name.name ?? name) : null
}
