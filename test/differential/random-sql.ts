/** Random queries over three small tables, in SQL that PostgreSQL understands too. The same seed gives the same text. */

export type SqlType = 'integer' | 'numeric' | 'varchar' | 'boolean' | 'date'

/** Columns of every table. */
const COLUMNS: readonly (readonly [string, SqlType])[] = [
  ['i', 'integer'],
  ['j', 'integer'],
  ['x', 'numeric'],
  ['s', 'varchar'],
  ['b', 'boolean'],
  ['d', 'date'],
]

export const TABLES = ['t1', 't2', 't3'] as const

/** A relation in FROM: its alias has the columns above. */
interface Source {
  readonly alias: string
}

export class RandomSql {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** In [0, 1): mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!
  }

  /** CREATE TABLE and INSERT of the tables. */
  tables(): readonly string[] {
    return TABLES.flatMap((name) => {
      const rows = Array.from(
        { length: this.below(14) },
        () => `(${COLUMNS.map(([, type]) => this.value(type)).join(', ')})`,
      )
      const types = { integer: 'int', numeric: 'numeric(8,2)', varchar: 'varchar', boolean: 'boolean', date: 'date' }
      const create = `CREATE TABLE ${name} (${COLUMNS.map(([column, type]) => `${column} ${types[type]}`).join(', ')})`
      return rows.length === 0 ? [create] : [create, `INSERT INTO ${name} VALUES ${rows.join(', ')}`]
    })
  }

  value(type: SqlType): string {
    if (this.next() < 0.15) return type === 'varchar' ? 'NULL::varchar' : `NULL::${type}`
    switch (type) {
      case 'integer':
        return String(this.pick([0, 1, 2, 3, -1, 5, 7, 100]))
      case 'numeric':
        return this.pick(['0.00', '1.50', '-2.25', '10.00', '3.10', '0.01'])
      case 'varchar':
        return this.pick(["''", "'a'", "'ab'", "'B'", "'abc'", "'é'", "'a%'", "' x'"])
      case 'boolean':
        return this.pick(['true', 'false'])
      case 'date':
        return this.pick(["date '2024-02-29'", "date '2023-12-31'", "date '2024-01-01'", "date '1999-05-05'"])
    }
  }

  column(sources: readonly Source[], type: SqlType): string {
    const names = COLUMNS.filter(([, other]) => other === type).map(([name]) => name)
    return `${this.pick(sources).alias}.${this.pick(names)}`
  }

  expression(sources: readonly Source[], type: SqlType, depth: number): string {
    if (depth <= 0 || this.next() < 0.3) return this.next() < 0.75 ? this.column(sources, type) : this.value(type)
    const part = (other: SqlType): string => this.expression(sources, other, depth - 1)
    const any = this.pick([
      () => `coalesce(${part(type)}, ${part(type)})`,
      () => `CASE WHEN ${this.predicate(sources, depth - 1)} THEN ${part(type)} ELSE ${part(type)} END`,
      () => `nullif(${part(type)}, ${part(type)})`,
      () => this.#call(part, type),
      () => this.#call(part, type),
    ])
    return any()
  }

  #call(part: (type: SqlType) => string, type: SqlType): string {
    switch (type) {
      case 'integer':
        return this.pick([
          () => `(${part('integer')} + ${part('integer')})`,
          () => `(${part('integer')} - ${part('integer')})`,
          () => `abs(${part('integer')})`,
          () => `length(${part('varchar')})`,
          () => `(${part('integer')} % 3)`,
          () => `extract(month from ${part('date')})::int`,
          () => `greatest(${part('integer')}, ${part('integer')})`,
          () => `strpos(${part('varchar')}, ${part('varchar')})`,
        ])()
      case 'numeric':
        return this.pick([
          () => `(${part('numeric')} + ${part('integer')})`,
          () => `(${part('numeric')} - ${part('numeric')})`,
          () => `round(${part('numeric')}, 1)`,
          () => `least(${part('numeric')}, ${part('numeric')})`,
        ])()
      case 'varchar':
        return this.pick([
          () => `upper(${part('varchar')})`,
          () => `(${part('varchar')} || ${part('varchar')})`,
          () => `substring(${part('varchar')}, 1, 2)`,
          () => `replace(${part('varchar')}, 'a', 'xy')`,
          () => `(${part('integer')})::varchar`,
          () => `left(${part('varchar')}, 1)`,
        ])()
      case 'boolean':
        return `(${part('integer')} < ${part('integer')})`
      case 'date':
        return this.pick([() => `(${part('date')} + 1)`, () => `(${part('date')} - ${this.below(40)})`])()
    }
  }

  predicate(sources: readonly Source[], depth: number): string {
    const type = this.pick<SqlType>(['integer', 'integer', 'numeric', 'varchar', 'date'])
    const part = (other: SqlType): string => this.expression(sources, other, depth - 1)
    if (depth > 0 && this.next() < 0.45) {
      const inner = (): string => this.predicate(sources, depth - 1)
      return this.pick([
        () => `(${inner()} AND ${inner()})`,
        () => `(${inner()} OR ${inner()})`,
        () => `NOT (${inner()})`,
        () => `(${inner()}) IS ${this.pick(['', 'NOT '])}${this.pick(['TRUE', 'FALSE', 'NULL'])}`,
        () => this.#subquery(sources, depth - 1),
        () => this.#subquery(sources, depth - 1),
      ])()
    }
    const comparison = this.pick(['=', '<>', '<', '<=', '>', '>='])
    return this.pick([
      () => `${part(type)} ${comparison} ${part(type)}`,
      () => `${part(type)} ${comparison} ${part(type)}`,
      () => `${part(type)} IS ${this.pick(['', 'NOT '])}NULL`,
      () => `${part(type)} IS ${this.pick(['', 'NOT '])}DISTINCT FROM ${part(type)}`,
      () =>
        `${part(type)} ${this.pick(['', 'NOT '])}IN (${this.value(type)}, ${this.value(type)}, ${this.value(type)})`,
      () => `${part(type)} ${this.pick(['', 'NOT '])}BETWEEN ${part(type)} AND ${part(type)}`,
      () => `${part('varchar')} ${this.pick(['LIKE', 'NOT LIKE'])} ${this.pick(["'a%'", "'%b%'", "'_'", "''", "'%'"])}`,
      () => `${part('varchar')} ${this.pick(['~', '!~', '~*'])} ${this.pick(["'^a'", "'b$'", "'(a|b)+'", "'.b'"])}`,
      () => this.column(sources, 'boolean'),
    ])()
  }

  #subquery(sources: readonly Source[], depth: number): string {
    const alias = `q${depth}${this.below(1000)}`
    const inner = [...sources, { alias }]
    const from = `FROM ${this.pick(TABLES)} ${alias} WHERE ${this.predicate(inner, depth)}`
    const type = this.pick<SqlType>(['integer', 'varchar', 'date'])
    const value = this.expression(sources, type, 1)
    return this.pick([
      () => `${this.pick(['', 'NOT '])}EXISTS (SELECT 1 ${from})`,
      () => `${value} ${this.pick(['', 'NOT '])}IN (SELECT ${this.column([{ alias }], type)} ${from})`,
      () =>
        `${value} ${this.pick(['=', '<', '>='])} ${this.pick(['ANY', 'ALL'])} (SELECT ${this.column([{ alias }], type)} ${from})`,
      () => `${value} ${this.pick(['=', '<', '>'])} (SELECT max(${this.column([{ alias }], type)}) ${from})`,
      () => `(SELECT count(*) ${from}) ${this.pick(['=', '>', '<='])} ${this.below(4)}`,
    ])()
  }

  /** A FROM clause with its sources. */
  from(): { readonly text: string; readonly sources: readonly Source[] } {
    const sources: Source[] = [{ alias: 'a' }]
    let text = `${this.pick(TABLES)} a`
    for (const alias of ['b', 'c'].slice(0, this.below(3))) {
      const join = this.pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'CROSS JOIN'])
      sources.push({ alias })
      text += ` ${join} ${this.pick(TABLES)} ${alias}`
      if (join === 'FULL JOIN') text += ` ON ${this.pick(sources.slice(0, -1)).alias}.i = ${alias}.i`
      else if (join !== 'CROSS JOIN') text += ` ON ${this.#joinCondition(sources, alias)}`
    }
    return { text, sources }
  }

  #joinCondition(sources: readonly Source[], alias: string): string {
    const type = this.pick<SqlType>(['integer', 'integer', 'varchar', 'date'])
    const equal = `${this.column(sources.slice(0, -1), type)} = ${this.column([{ alias }], type)}`
    return this.next() < 0.5 ? equal : `${equal} AND ${this.predicate(sources, 1)}`
  }

  /** A query whose rows, in any order, are always the same. */
  query(): string {
    const { text, sources } = this.from()
    const where = this.next() < 0.75 ? ` WHERE ${this.predicate(sources, 3)}` : ''
    const types = Array.from({ length: 1 + this.below(3) }, () =>
      this.pick<SqlType>(['integer', 'numeric', 'varchar', 'date', 'boolean']),
    )
    const items = types.map((type) => this.expression(sources, type, 2))
    return this.pick([
      () => `SELECT ${this.pick(['', '', 'DISTINCT '])}${items.join(', ')} FROM ${text}${where}`,
      () => this.#grouped(sources, text, where),
      () => this.#windowed(sources, text, where),
      () => {
        const columns = types.map((type) => this.column([{ alias: 'z' }], type))
        const operator = this.pick(['UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT', 'INTERSECT ALL', 'EXCEPT ALL'])
        return `SELECT ${items.join(', ')} FROM ${text}${where} ${operator} SELECT ${columns.join(', ')} FROM ${this.pick(TABLES)} z`
      },
      () =>
        `WITH w AS (SELECT * FROM ${this.pick(TABLES)} a WHERE ${this.predicate([{ alias: 'a' }], 2)}) SELECT ${items.join(', ')} FROM ${text}${where}${where === '' ? ' WHERE' : ' AND'} ${this.pick(sources).alias}.i IN (SELECT i FROM w)`,
    ])()
  }

  #grouped(sources: readonly Source[], text: string, where: string): string {
    const keys = Array.from({ length: 1 + this.below(2) }, () =>
      this.column(sources, this.pick<SqlType>(['integer', 'varchar', 'boolean', 'date'])),
    )
    const aggregates = [
      () => 'count(*)',
      () => `count(DISTINCT ${this.column(sources, 'integer')})`,
      () => `sum(${this.expression(sources, 'integer', 1)})`,
      () => `min(${this.expression(sources, 'varchar', 1)} COLLATE "C")`,
      () => `max(${this.expression(sources, 'date', 1)})`,
      () => `sum(${this.column(sources, 'numeric')}) FILTER (WHERE ${this.predicate(sources, 1)})`,
      () => `bool_or(${this.column(sources, 'boolean')})`,
    ]
    const values = [this.pick(aggregates)(), this.pick(aggregates)()]
    const by = this.pick([keys.join(', '), keys.join(', '), `ROLLUP (${keys.join(', ')})`, `CUBE (${keys.join(', ')})`])
    const having = this.next() < 0.3 ? ` HAVING count(*) > ${this.below(3)}` : ''
    return `SELECT ${[...keys, ...values].join(', ')} FROM ${text}${where} GROUP BY ${by}${having}`
  }

  #windowed(sources: readonly Source[], text: string, where: string): string {
    const key = this.column(sources, this.pick<SqlType>(['integer', 'varchar', 'boolean']))
    const order = this.column(sources, 'integer')
    const over = `OVER (PARTITION BY ${key} ORDER BY ${order}${this.pick(['', ' DESC', ' NULLS FIRST'])}${this.pick(['', ' RANGE BETWEEN 1 PRECEDING AND 2 FOLLOWING', ' GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW'])})`
    const call = this.pick([
      'count(*)',
      `sum(${this.column(sources, 'numeric')})`,
      `min(${this.column(sources, 'date')})`,
      `max(${this.column(sources, 'integer')})`,
    ])
    return `SELECT ${key}, ${order}, ${call} ${over}, rank() OVER (ORDER BY ${key}${key.endsWith('.s') ? ' COLLATE "C"' : ''}, ${order}) FROM ${text}${where}`
  }
}
