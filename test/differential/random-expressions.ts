/** Random expressions over the columns of sources, in SQL that PostgreSQL understands too and answers alike. */
import { type Column, RandomValues, type SqlType, TABLES, TYPES } from './random-values.ts'

/** A relation in FROM. */
export interface Source {
  readonly alias: string
  readonly columns: readonly Column[]
}

type Part = (type: SqlType) => string

const COMPARISONS = ['=', '<>', '<', '<=', '>', '>=']
const INTERVALS = ["interval '1 day'", "interval '1 month'", "interval '-1 year 2 days'", "interval '90 minutes'"]
const DATE_FIELDS = ['year', 'month', 'day', 'quarter', 'week', 'isodow', 'dow', 'doy']
const UNITS = ['year', 'quarter', 'month', 'week', 'day']

export abstract class RandomExpressions extends RandomValues {
  /** Relations that subqueries may read beside the tables, innermost last: WITH adds some. */
  protected relations: Source[] = []

  /** A relation by its name and columns; one of the tables more often than not. */
  protected relation(): Source {
    const known = this.relations.length > 0 && this.chance(0.4) ? this.pick(this.relations) : null
    return known ?? { alias: this.pick(TABLES), columns: this.tableColumns() }
  }

  protected abstract tableColumns(): readonly Column[]

  column(sources: readonly Source[], type: SqlType): string {
    const found = sources.flatMap(({ alias, columns }) =>
      columns.filter((column) => column.type === type).map(({ name }) => `${alias}.${name}`),
    )
    return found.length === 0 ? this.value(type) : this.pick(found)
  }

  expression(sources: readonly Source[], type: SqlType, depth: number): string {
    if (depth <= 0 || this.chance(0.3)) return this.chance(0.75) ? this.column(sources, type) : this.value(type)
    const part: Part = (other) => this.expression(sources, other, depth - 1)
    return this.pick([
      () => `coalesce(${part(type)}, ${part(type)})`,
      () => this.#case(sources, part, type, depth),
      () => `nullif(${part(type)}, ${part(type)})`,
      () => this.#call(part, type),
      () => this.#call(part, type),
      () => this.#call(part, type),
      () => this.#scalar(sources, type, depth - 1),
    ])()
  }

  #case(sources: readonly Source[], part: Part, type: SqlType, depth: number): string {
    const otherwise = this.chance(0.7) ? ` ELSE ${part(type)}` : ''
    if (this.chance(0.6)) {
      const branches = this.upTo(2, () => `WHEN ${this.predicate(sources, depth - 1)} THEN ${part(type)}`)
      return `CASE ${branches.join(' ')}${otherwise} END`
    }
    const key = this.pick<SqlType>(['integer', 'varchar', 'date'])
    const branches = this.upTo(2, () => `WHEN ${this.value(key)} THEN ${part(type)}`)
    return `CASE ${part(key)} ${branches.join(' ')}${otherwise} END`
  }

  /** A subquery of at most one row. */
  #scalar(sources: readonly Source[], type: SqlType, depth: number): string {
    const { from, inner } = this.inner(sources, depth)
    const own = [inner]
    if (type !== 'boolean' && this.chance(0.6)) {
      const aggregate = this.pick(['min', 'max'])
      return `(SELECT ${aggregate}(${this.column(own, type)}) ${from})`
    }
    if (type === 'integer' || type === 'bigint') return `(SELECT count(*) ${from})::${type}`
    return `(SELECT ${this.column(own, type)} ${from} ORDER BY ${inner.alias}.k LIMIT 1)`
  }

  /** `FROM t q WHERE ...` of a subquery that may look at the sources around it. */
  protected inner(sources: readonly Source[], depth: number): { readonly from: string; readonly inner: Source } {
    const relation = this.relation()
    const inner = { alias: `q${Math.max(depth, 0)}${this.below(1000)}`, columns: relation.columns }
    return {
      from: `FROM ${relation.alias} ${inner.alias} WHERE ${this.predicate([...sources, inner], depth)}`,
      inner,
    }
  }

  #call(part: Part, type: SqlType): string {
    return this.pick(this.#calls(part)[type])()
  }

  #calls(part: Part): Record<SqlType, readonly (() => string)[]> {
    const int = (): string => part('integer')
    const text = (): string => part('varchar')
    return {
      integer: this.#integers(part),
      bigint: [
        () => `(${part('bigint')} + ${int()})`,
        () => `(${part('bigint')} - ${part('bigint')})`,
        () => `(${part('bigint')} / ${this.pick(['2', '-3', '7::bigint'])})`,
        () => `(${part('bigint')} % 5)`,
        () => `abs(${part('bigint')})`,
        () => `(${int()})::bigint`,
        () => `(${int()}::bigint * ${this.pick(['3', '100000'])})`,
      ],
      numeric: [
        () => `(${part('numeric')} + ${int()})`,
        () => `(${part('numeric')} - ${part('numeric')})`,
        () => `(${part('numeric')} * ${this.pick(['2', '0.5', '-1.25'])})`,
        () => `round(${part('numeric')}, ${this.pick(['0', '1', '-1'])})`,
        () => `least(${part('numeric')}, ${part('numeric')})`,
        () => `(${part('numeric')} % 2)`,
        () => `ceil(${part('numeric')})`,
        () => `floor(${part('numeric')})`,
        () => `trunc(${part('numeric')}, 1)`,
        () => `abs(-${part('numeric')})`,
        () => `(${int()})::numeric(12,2)`,
      ],
      'double precision': [
        () => `(${part('double precision')} + ${int()})`,
        () => `(${part('double precision')} * ${this.pick(['2', '0.5'])})`,
        () => `abs(${part('double precision')})`,
        () => `floor(${part('double precision')})`,
        () => `(- ${part('double precision')})`,
        () => `(${int()})::double precision`,
        () => `sign(${part('double precision')})`,
        () => `greatest(${part('double precision')}, ${part('double precision')})`,
        () => `(${part('double precision')} / ${this.pick(['2', '4', "'0.5'::double precision"])})`,
      ],
      varchar: [
        () => `upper(${text()})`,
        () => `lower(${text()})`,
        () => `(${text()} || ${text()})`,
        () => `substring(${text()}, ${this.pick(['1', '2', '-1', int()])}, ${this.pick(['1', '2', '0'])})`,
        () => `substr(${text()}, ${this.pick(['0', '2', int()])})`,
        () => `replace(${text()}, ${this.pick(["'a'", "'中'", "''"])}, 'xy')`,
        () => `(${int()})::varchar`,
        () => `(${part('bigint')})::varchar`,
        () => `(${part('boolean')})::varchar`,
        () => `(${part('date')})::varchar`,
        () => `(${part('timestamp')})::varchar`,
        () => `(${part('double precision')})::varchar`,
        () => `left(${text()}, ${this.pick(['1', '-1', '0'])})`,
        () => `right(${text()}, ${this.pick(['1', '-1', '2'])})`,
        () => `${this.pick(['trim', 'ltrim', 'rtrim'])}(${text()})`,
        () => `reverse(${text()})`,
        () => `lpad(${text()}, 3, ${this.pick(["'*'", "'-='"])})`,
        () => `concat(${text()}, ${int()}, ${text()})`,
        () => `concat_ws('-', ${text()}, ${text()})`,
        () => `split_part(${text()}, 'a', ${this.pick(['1', '2', '-1'])})`,
        () => `translate(${text()}, 'ab', 'x')`,
        () => `repeat(${text()}, 2)`,
        () => `initcap(${text()})`,
        () => `to_char(${part('date')}, ${this.pick(["'YYYY-MM'", "'DD Mon YYYY'", "'D DDD IW'"])})`,
        () => `CAST(${text()} AS varchar(2))`,
        () =>
          `regexp_replace(${text()}, ${this.pick(["'a+'", "'(a)(b)?'", "'[^a]'"])}, '<\\&>'${this.pick(['', ", 'g'"])})`,
        () => `md5(${text()})`,
      ],
      boolean: [
        () => `(${int()} ${this.pick(COMPARISONS)} ${int()})`,
        () => `(${text()} ${this.pick(COMPARISONS)} ${text()})`,
        () => `(${int()} = 1)`,
        () => `starts_with(${text()}, 'a')`,
      ],
      date: [
        () => `(${part('date')} + 1)`,
        () => `(${part('date')} - ${this.below(40)})`,
        () => `(${part('timestamp')})::date`,
        () => `(${part('date')} + ${this.pick(INTERVALS)})::date`,
        () => `date_trunc('${this.pick(UNITS)}', ${part('timestamp')})::date`,
        () => `greatest(${part('date')}, ${part('date')})`,
      ],
      timestamp: [
        () => `(${part('timestamp')} ${this.pick(['+', '-'])} ${this.pick(INTERVALS)})`,
        () => `(${part('date')} ${this.pick(['+', '-'])} ${this.pick(INTERVALS)})`,
        () => `date_trunc('${this.pick([...UNITS, 'hour', 'minute', 'second'])}', ${part('timestamp')})`,
        () => `(${part('date')})::timestamp`,
        () => `least(${part('timestamp')}, ${part('timestamp')})`,
      ],
    }
  }

  #integers(part: Part): readonly (() => string)[] {
    const int = (): string => part('integer')
    return [
      () => `(${int()} + ${int()})`,
      () => `(${int()} - ${int()})`,
      () => `(${int()} * ${this.pick(['2', '-3'])})`,
      () => `(${int()} / ${this.pick(['2', '-3', '7'])})`,
      () => `(${int()} / nullif(${int()}, 0))`,
      () => `(- ${int()})`,
      () => `abs(${int()})`,
      () => `sign(${part('double precision')})::integer`,
      () => `length(${part('varchar')})`,
      () => `(${int()} % ${this.pick(['3', '-2'])})`,
      () => `mod(${int()}, 4)`,
      () => `extract(${this.pick(DATE_FIELDS)} from ${part('date')})::integer`,
      () => `extract(${this.pick(['hour', 'minute'])} from ${part('timestamp')})::integer`,
      () => `(${part('date')} - ${part('date')})`,
      () => `greatest(${int()}, ${int()})`,
      () => `strpos(${part('varchar')}, ${part('varchar')})`,
      () => `ascii(${part('varchar')})`,
      () => `octet_length(${part('varchar')})`,
      () => `(${part('numeric')})::integer`,
      () => `(${part('double precision')})::integer`,
      () => `(${part('boolean')})::integer`,
      () => `(${int()} & 6)`,
      () => `(${int()} | 9)`,
      () => `(${int()} # 5)`,
    ]
  }

  predicate(sources: readonly Source[], depth: number): string {
    if (depth > 0 && this.chance(0.45)) {
      const inner = (): string => this.predicate(sources, depth - 1)
      return this.pick([
        () => `(${inner()} AND ${inner()})`,
        () => `(${inner()} OR ${inner()})`,
        () => `NOT (${inner()})`,
        () => `(${inner()}) IS ${this.pick(['', 'NOT '])}${this.pick(['TRUE', 'FALSE', 'NULL', 'UNKNOWN'])}`,
        () => this.#subquery(sources, depth - 1),
        () => this.#subquery(sources, depth - 1),
      ])()
    }
    return this.#simple(sources, (other) => this.expression(sources, other, depth - 1))
  }

  #simple(sources: readonly Source[], part: Part): string {
    const type = this.pick<SqlType>([...TYPES, 'integer', 'integer', 'varchar'])
    const not = this.pick(['', 'NOT '])
    const text = (): string => part('varchar')
    return this.pick([
      () => `${part(type)} ${this.pick(COMPARISONS)} ${part(type)}`,
      () => `${part(type)} ${this.pick(COMPARISONS)} ${part(type)}`,
      () => `${part(type)} IS ${not}NULL`,
      () => `${part(type)} IS ${not}DISTINCT FROM ${part(type)}`,
      () => `${part(type)} ${not}IN (${this.value(type)}, ${this.value(type)}, ${this.value(type)})`,
      () => `${part(type)} ${not}BETWEEN ${this.pick(['', 'SYMMETRIC '])}${part(type)} AND ${part(type)}`,
      () =>
        `${part('integer')} ${this.pick(COMPARISONS)} ${part(this.pick(['numeric', 'bigint', 'double precision']))}`,
      () => `${part('date')} ${this.pick(COMPARISONS)} ${part('timestamp')}`,
      () =>
        `${text()} ${this.pick(['LIKE', 'NOT LIKE', 'ILIKE'])} ${this.pick(["'a%'", "'%b%'", "'_'", "''", "'%'", "'_%中'"])}`,
      () => `${text()} LIKE 'a!%%' ESCAPE '!'`,
      () =>
        `${text()} ${this.pick(['~', '!~', '~*'])} ${this.pick(["'^a'", "'b$'", "'(a|b)+'", "'.b'", "'^[a-b]*$'"])}`,
      () => `${text()} ${not}SIMILAR TO ${this.pick(["'(a|b)%'", "'_b?'", "'a+_*'"])}`,
      () => `(${part('integer')}, ${text()}) ${this.pick(COMPARISONS)} (${part('integer')}, ${text()})`,
      () =>
        `${part('integer')} ${this.pick(['=', '<', '>='])} ${this.pick(['ANY', 'ALL'])} (ARRAY[${part('integer')}, 1, 3])`,
      () => this.column(sources, 'boolean'),
    ])()
  }

  #subquery(sources: readonly Source[], depth: number): string {
    const { from, inner } = this.inner(sources, depth)
    const type = this.pick<SqlType>(['integer', 'bigint', 'numeric', 'varchar', 'date', 'timestamp'])
    const value = this.expression(sources, type, 1)
    const column = this.column([inner], type)
    const not = this.pick(['', 'NOT '])
    return this.pick([
      () => `${not}EXISTS (SELECT 1 ${from})`,
      () => `${value} ${not}IN (SELECT ${column} ${from})`,
      () => `(${value}, ${this.column(sources, 'integer')}) ${not}IN (SELECT ${column}, ${inner.alias}.k ${from})`,
      () => `${value} ${this.pick(['=', '<', '>=', '<>'])} ${this.pick(['ANY', 'ALL'])} (SELECT ${column} ${from})`,
      () => `${value} ${this.pick(['=', '<', '>'])} (SELECT max(${column}) ${from})`,
      () => `(SELECT count(*) ${from}) ${this.pick(['=', '>', '<='])} ${this.below(4)}`,
      () => `${value} IN (SELECT ${column} ${from} GROUP BY 1 HAVING count(*) >= ${this.below(3)})`,
      () => `EXISTS (SELECT ${column} ${from} ${this.pick(['EXCEPT', 'INTERSECT'])} SELECT ${value})`,
    ])()
  }
}
