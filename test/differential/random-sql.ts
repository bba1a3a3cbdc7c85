/**
 * Random queries over three small tables, in SQL that PostgreSQL understands too. The same seed gives the same text.
 * Where an answer hangs on the order of rows (frames of ROWS, LIMIT, lists), rows are ordered by all `k`s, which no two rows share.
 */
import { RandomExpressions, type Source } from './random-expressions.ts'
import { type Column, COLUMNS, type SqlType, TYPES } from './random-values.ts'

/** A FROM clause with its sources; `order` orders its rows so that no two are equal. */
export interface RandomFrom {
  readonly text: string
  readonly sources: readonly Source[]
  readonly order: string
}

/** A query, and whether its rows have an order. */
export interface RandomQuery {
  readonly sql: string
  readonly ordered: boolean
}

const TABLE_COLUMNS: readonly Column[] = [{ name: 'k', type: 'integer' }, ...COLUMNS]
const ORDERS = ['', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST']
const SET_OPERATORS = ['UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT', 'INTERSECT ALL', 'EXCEPT ALL']
const JOINS = ['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'CROSS JOIN', 'LATERAL', 'USING', ',']

export class RandomSql extends RandomExpressions {
  protected tableColumns(): readonly Column[] {
    return TABLE_COLUMNS
  }

  from(): RandomFrom {
    const first = this.#source([], 'a')
    const sources: Source[] = [first.source]
    let text = first.text
    for (const alias of ['b', 'c'].slice(0, this.below(3))) {
      const join = this.pick(JOINS)
      const { text: right, source } = this.#source([], alias)
      const before = sources.slice()
      sources.push(source)
      if (join === ',') {
        // A comma binds less than JOIN: those before it are one item of FROM.
        text += ` CROSS JOIN ${right}`
      } else if (join === 'LATERAL') {
        const lateral = this.#lateral(before, alias)
        sources[sources.length - 1] = lateral.source
        text += ` ${this.pick(['JOIN', 'LEFT JOIN'])} LATERAL ${lateral.text} ON true`
      } else if (join === 'USING') {
        // `k` of the first is ambiguous to USING once three are joined.
        if (before.length === 1) text += ` ${this.pick(['JOIN', 'LEFT JOIN', 'FULL JOIN'])} ${right} USING (k)`
        else text += ` JOIN ${right} ON ${before[0]!.alias}.k = ${alias}.k`
      } else if (join === 'CROSS JOIN') text += ` CROSS JOIN ${right}`
      else if (join === 'FULL JOIN') text += ` FULL JOIN ${right} ON ${this.#equal(before, source)}`
      else text += ` ${join} ${right} ON ${this.#joinCondition(before, source)}`
    }
    return { text, sources, order: sources.map(({ alias }) => `${alias}.k`).join(', ') }
  }

  /** A table, a relation of WITH or a subquery, under an alias. */
  #source(outer: readonly Source[], alias: string): { readonly text: string; readonly source: Source } {
    if (this.chance(0.85)) {
      const relation = this.relation()
      return { text: `${relation.alias} ${alias}`, source: { alias, columns: relation.columns } }
    }
    const { text, columns } = this.#derived(outer)
    return { text: `(${text}) ${alias}`, source: { alias, columns } }
  }

  /** A query with a column `k` that no two rows share. */
  #derived(outer: readonly Source[]): { readonly text: string; readonly columns: readonly Column[] } {
    const relation = this.relation()
    const own = { alias: 'z', columns: relation.columns }
    const types = Array.from({ length: 1 + this.below(3) }, () => this.pick(TYPES))
    const columns = types.map((type, i) => ({ name: `c${i}`, type }))
    const where = this.chance(0.6) ? ` WHERE ${this.predicate([...outer, own], 1)}` : ''
    const limit = this.chance(0.2) ? ` ORDER BY z.k LIMIT ${1 + this.below(6)}` : ''
    if (this.chance(0.25)) {
      const key = this.column([own], 'integer')
      const items = types.map(
        (type, i) => `${type === 'boolean' ? 'bool_or' : 'max'}(${this.column([own], type)}) AS c${i}`,
      )
      const text = `SELECT coalesce(${key}, -99) AS k, ${items.join(', ')} FROM ${relation.alias} z${where} GROUP BY 1`
      return { text, columns: [{ name: 'k', type: 'integer' }, ...columns] }
    }
    const items = types.map((type, i) => `${this.expression([...outer, own], type, 1)} AS c${i}`)
    return {
      text: `SELECT z.k, ${items.join(', ')} FROM ${relation.alias} z${where}${limit}`,
      columns: [{ name: 'k', type: 'integer' }, ...columns],
    }
  }

  #lateral(before: readonly Source[], alias: string): { readonly text: string; readonly source: Source } {
    const { text, columns } = this.#derived(before)
    return { text: `(${text}) ${alias}`, source: { alias, columns } }
  }

  #equal(before: readonly Source[], source: Source): string {
    const type = this.pick<SqlType>(['integer', 'integer', 'bigint', 'varchar', 'date'])
    return `${this.column(before, type)} = ${this.column([source], type)}`
  }

  #joinCondition(before: readonly Source[], source: Source): string {
    const all = [...before, source]
    if (this.chance(0.15)) {
      const type = this.pick<SqlType>(['integer', 'date', 'numeric'])
      return `${this.column(before, type)} ${this.pick(['<', '>=', '<>'])} ${this.column([source], type)}`
    }
    if (this.chance(0.1)) return this.predicate(all, 1)
    const equal = this.#equal(before, source)
    return this.chance(0.5) ? equal : `${equal} AND ${this.predicate(all, 1)}`
  }

  /** A query whose rows are always the same. */
  query(): string {
    return this.randomQuery().sql
  }

  randomQuery(): RandomQuery {
    this.relations = []
    const ctes = this.chance(0.25) ? this.#with() : ''
    const { sql, ordered } = this.pick([
      () => this.#plain(),
      () => this.#plain(),
      () => this.#grouped(),
      () => this.#grouped(),
      () => this.#windowed(),
      () => this.#setOperation(),
      () => this.#distinctOn(),
    ])()
    return { sql: ctes + sql, ordered }
  }

  #with(): string {
    const parts = this.upTo(2, () => {
      const name = `w${this.relations.length}`
      const { text, columns } = this.#derived([])
      this.relations.push({ alias: name, columns })
      return `${name} AS ${this.pick(['', '', 'MATERIALIZED ', 'NOT MATERIALIZED '])}(${text})`
    })
    if (!this.chance(0.2)) return `WITH ${parts.join(', ')} `
    this.relations.push({ alias: 'r', columns: ['k', 'i'].map((name) => ({ name, type: 'integer' })) })
    const recursive = `r(k, i) AS (SELECT 0, ${this.below(3)} UNION ALL SELECT k + 1, i + ${this.below(3)} FROM r WHERE k < ${this.below(5)})`
    return `WITH RECURSIVE ${[recursive, ...parts].join(', ')} `
  }

  #where(sources: readonly Source[]): string {
    return this.chance(0.7) ? ` WHERE ${this.predicate(sources, 3)}` : ''
  }

  #types(): readonly SqlType[] {
    return Array.from({ length: 1 + this.below(3) }, () => this.pick(TYPES))
  }

  /** ORDER BY every column, so that equal rows alone have no order, and perhaps LIMIT. */
  #ordered(sql: string, columns: number): RandomQuery {
    if (this.chance(0.5)) return { sql, ordered: false }
    const by = Array.from({ length: columns }, (_, i) => `${i + 1}${this.pick(ORDERS)}`)
    const limit = this.chance(0.5) ? ` LIMIT ${this.below(7)}` : ''
    const offset = this.chance(0.2) ? ` OFFSET ${this.below(4)}` : ''
    return { sql: `${sql} ORDER BY ${by.join(', ')}${limit}${offset}`, ordered: true }
  }

  #plain(): RandomQuery {
    const { text, sources, order } = this.from()
    const items = this.#types().map((type) => this.expression(sources, type, 2))
    const where = this.#where(sources)
    if (this.chance(0.2)) {
      // Not a constant, which would be a position.
      const by = `coalesce(${this.expression(sources, this.pick(TYPES), 1)})${this.pick(ORDERS)}`
      const limit = this.chance(0.5) ? ` LIMIT ${this.below(7)}` : ''
      return { sql: `SELECT ${items.join(', ')} FROM ${text}${where} ORDER BY ${by}, ${order}${limit}`, ordered: true }
    }
    const distinct = this.pick(['', '', 'DISTINCT '])
    return this.#ordered(`SELECT ${distinct}${items.join(', ')} FROM ${text}${where}`, items.length)
  }

  #setOperation(): RandomQuery {
    const types = this.#types()
    const side = (): string => {
      const { text, sources } = this.from()
      const items = types.map((type) => `${this.expression(sources, type, 1)}`)
      return `SELECT ${items.join(', ')} FROM ${text}${this.#where(sources)}`
    }
    const sql = this.chance(0.3)
      ? `(${side()} ${this.pick(SET_OPERATORS)} ${side()}) ${this.pick(SET_OPERATORS)} ${side()}`
      : `${side()} ${this.pick(SET_OPERATORS)} ${side()}`
    return this.#ordered(sql, types.length)
  }

  #distinctOn(): RandomQuery {
    const { text, sources, order } = this.from()
    const keys = this.upTo(2, () => this.column(sources, this.pick(['integer', 'varchar', 'date'] as const)))
    const items = this.#types().map((type) => this.expression(sources, type, 1))
    const by = keys.map((key) => `${key}${this.pick(ORDERS)}`)
    return {
      sql: `SELECT DISTINCT ON (${keys.join(', ')}) ${items.join(', ')} FROM ${text}${this.#where(sources)} ORDER BY ${by.join(', ')}, ${order}`,
      ordered: true,
    }
  }

  #aggregate({ sources, order }: RandomFrom): string {
    const part = (type: SqlType): string => this.expression(sources, type, 1)
    const number = (): string => part(this.pick(['integer', 'bigint', 'numeric', 'double precision'] as const))
    const distinct = this.pick(['', '', 'DISTINCT '])
    const call = this.pick([
      () => 'count(*)',
      () => `count(${distinct}${part(this.pick(TYPES))})`,
      () => `sum(${distinct}${part('integer')})`,
      () => `sum(${number()})`,
      () => `avg(${distinct}${number()})`,
      () => `min(${part(this.pick(TYPES.filter((type) => type !== 'boolean')))})`,
      () => `max(${part(this.pick(TYPES.filter((type) => type !== 'boolean')))})`,
      () => `${this.pick(['bool_or', 'bool_and', 'every'])}(${part('boolean')})`,
      () => `string_agg(${part('varchar')}, ',' ORDER BY ${order})`,
      () => `array_agg(${part(this.pick(['integer', 'varchar', 'date'] as const))} ORDER BY ${order})`,
      () => `array_agg(DISTINCT ${part('integer')})`,
      () => `${this.pick(['bit_and', 'bit_or', 'bit_xor'])}(${part('integer')})`,
      () => `percentile_disc(${this.pick(['0', '0.5', '0.9', '1'])}) WITHIN GROUP (ORDER BY ${number()})`,
      () =>
        `percentile_cont(${this.pick(['0', '0.5', '0.25', '1'])}) WITHIN GROUP (ORDER BY ${part('double precision')})`,
      () => `mode() WITHIN GROUP (ORDER BY ${part('integer')})`,
      () => `${this.pick(['stddev', 'var_pop', 'stddev_pop', 'variance'])}(${part('double precision')})`,
    ])()
    return this.chance(0.2) ? `${call} FILTER (WHERE ${this.predicate(sources, 1)})` : call
  }

  #grouped(): RandomQuery {
    const from = this.from()
    const { text, sources } = from
    const where = this.#where(sources)
    const values = this.upTo(3, () => this.#aggregate(from))
    const having = this.chance(0.3)
      ? ` HAVING ${this.pick(['count(*) > 1', 'count(*) < 3', `${this.#aggregate(from)} IS NOT NULL`])}`
      : ''
    if (this.chance(0.15)) return { sql: `SELECT ${values.join(', ')} FROM ${text}${where}${having}`, ordered: false }
    const keys = this.upTo(2, () => {
      const type = this.pick<SqlType>(['integer', 'bigint', 'varchar', 'boolean', 'date', 'numeric', 'timestamp'])
      return this.chance(0.8) ? this.column(sources, type) : this.expression(sources, type, 1)
    })
    // A constant or a subquery is no key that the select list may repeat.
    if (keys.some((key) => !/^[abc]\.\w+$/.test(key))) {
      const positions = keys.map((_, i) => i + 1)
      return this.#ordered(
        `SELECT ${[...keys, ...values].join(', ')} FROM ${text}${where} GROUP BY ${positions.join(', ')}${having}`,
        keys.length + values.length,
      )
    }
    const list = keys.join(', ')
    const by = this.pick([
      () => list,
      () => list,
      () => `ROLLUP (${list})`,
      () => `CUBE (${list})`,
      () => `GROUPING SETS ((${list}), (${keys[0]}), ())`,
      () => `GROUPING SETS ((${keys.at(-1)}), ROLLUP (${list}))`,
    ])()
    const grouping = by === list || this.chance(0.5) ? [] : [`grouping(${list})`]
    const items = [...keys, ...grouping, ...values]
    return this.#ordered(`SELECT ${items.join(', ')} FROM ${text}${where} GROUP BY ${by}${having}`, items.length)
  }

  #windowed(): RandomQuery {
    const from = this.from()
    const { text, sources } = from
    const items = this.upTo(2, () => this.#window(from))
    const key = this.expression(sources, this.pick(TYPES), 1)
    return this.#ordered(`SELECT ${[key, ...items].join(', ')} FROM ${text}${this.#where(sources)}`, items.length + 1)
  }

  #window({ sources, order }: RandomFrom): string {
    const part = (type: SqlType): string => this.expression(sources, type, 1)
    const key = this.column(sources, this.pick<SqlType>(['integer', 'varchar', 'boolean', 'date']))
    const partition = this.chance(0.7) ? `PARTITION BY ${key} ` : ''
    const total = `ORDER BY ${part(this.pick(TYPES))}${this.pick(ORDERS)}, ${order}`
    const peers = `ORDER BY ${this.column(sources, this.pick<SqlType>(['integer', 'varchar', 'date', 'numeric']))}${this.pick(ORDERS)}`
    const bound = (): string => `${this.below(3)}`
    const exclude = this.pick(['', '', ' EXCLUDE CURRENT ROW', ' EXCLUDE GROUP', ' EXCLUDE TIES', ' EXCLUDE NO OTHERS'])
    const between = (): string =>
      this.pick([
        `BETWEEN ${bound()} PRECEDING AND ${bound()} FOLLOWING`,
        `BETWEEN UNBOUNDED PRECEDING AND ${bound()} PRECEDING`,
        `BETWEEN ${bound()} FOLLOWING AND UNBOUNDED FOLLOWING`,
        'BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING',
        `${bound()} PRECEDING`,
      ])
    const aggregate = (): string =>
      this.pick([
        'count(*)',
        `count(${part('varchar')})`,
        `sum(${part(this.pick(['integer', 'numeric', 'bigint'] as const))})`,
        `avg(${part('integer')})`,
        `min(${part(this.pick(['date', 'varchar', 'numeric'] as const))})`,
        `max(${part(this.pick(['integer', 'timestamp', 'double precision'] as const))})`,
        `bool_or(${part('boolean')})`,
      ])
    const filter = this.chance(0.15) ? ` FILTER (WHERE ${this.predicate(sources, 1)})` : ''
    return this.pick([
      () => `${this.pick(['rank()', 'dense_rank()', 'percent_rank()', 'cume_dist()'])} OVER (${partition}${peers})`,
      () => `${this.pick(['row_number()', 'ntile(3)'])} OVER (${partition}${total})`,
      () =>
        `${this.pick(['lag', 'lead'])}(${part('varchar')}${this.pick(['', ', 2', ", 1, '-'"])}) OVER (${partition}${total})`,
      () =>
        `${this.pick(['first_value', 'last_value'])}(${part('integer')}) OVER (${partition}${total} ROWS ${between()}${exclude})`,
      () => `nth_value(${part('varchar')}, 2) OVER (${partition}${total} ROWS ${between()})`,
      () => `${aggregate()}${filter} OVER (${partition}${total} ROWS ${between()}${exclude})`,
      () => `${aggregate()}${filter} OVER (${partition}${peers} GROUPS ${between()}${exclude})`,
      () =>
        `${aggregate()}${filter} OVER (${partition}ORDER BY ${this.column(sources, 'integer')}${this.pick(ORDERS)} RANGE ${between()}${exclude})`,
      () =>
        `${aggregate()} OVER (ORDER BY ${this.column(sources, 'date')}${this.pick(ORDERS)} RANGE BETWEEN '1 month' PRECEDING AND '2 days' FOLLOWING)`,
      () => `${aggregate()}${filter} OVER (${partition}${peers})`,
      () => `${aggregate()}${filter} OVER (${partition.trim()})`,
    ])()
  }
}
