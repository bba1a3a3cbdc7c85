/** Random expressions as text: every operator and construct of PostgreSQL's a_expr, with few parentheses. The same seed gives the same text. */
import { RandomValues } from '../../differential/random-values.ts'

const OPERATORS = [
  ...['+', '-', '*', '/', '%', '^', '||', '=', '<>', '!=', '<', '<=', '>', '>=', 'AND', 'OR', 'AND', 'OR'],
  ...[
    '->',
    '->>',
    '#>',
    '@>',
    '<@',
    '&&',
    '&',
    '|',
    '#',
    '<<',
    '>>',
    '~',
    '!~',
    '~*',
    '!~*',
    '~~',
    '<->',
    '<=>',
    '@@',
    '?|',
    '?&',
    '|/',
  ],
  ...[
    'IS DISTINCT FROM',
    'IS NOT DISTINCT FROM',
    'LIKE',
    'NOT LIKE',
    'ILIKE',
    'NOT ILIKE',
    'SIMILAR TO',
    'NOT SIMILAR TO',
  ],
  ...['OPERATOR(pg_catalog.+)', 'OPERATOR(=)', 'AT TIME ZONE'],
]
const PREFIXES = ['-', '+', 'NOT', '@', '~', '|/', '!!', '- -', '-']
const TYPES = [
  'int',
  'bigint',
  'numeric(10, 2)',
  'double precision',
  'varchar(3)',
  'text',
  'date',
  'timestamp',
  'timestamp with time zone',
  'timestamptz',
  'integer[]',
  'text[][]',
  'boolean',
  'real',
  'smallint',
  'char(2)',
  'interval',
  'time',
  'json',
  'uuid',
  'bytea',
]
const TESTS = [
  'IS NULL',
  'IS NOT NULL',
  'ISNULL',
  'NOTNULL',
  'IS TRUE',
  'IS NOT TRUE',
  'IS FALSE',
  'IS NOT FALSE',
  'IS UNKNOWN',
  'IS NOT UNKNOWN',
]
const ATOMS = [
  'a',
  'b',
  'c',
  't.a',
  's.t.b',
  '"Q x"',
  'value',
  '1',
  '42',
  '1.5',
  '2e3',
  '.5',
  "'x'",
  "'it''s'",
  "E'a\\nb'",
  '$$d$$',
  'TRUE',
  'FALSE',
  'NULL',
  '$1',
  'CURRENT_DATE',
  "B'101'",
  "X'1F'",
]
const LITERALS = [
  "date '2024-01-01'",
  "timestamp '2024-01-01 00:00'",
  "timestamp with time zone '2024-01-01 00:00Z'",
  "interval '1 day'",
  "interval '3' month",
  "interval '1-2' year to month",
  "interval '1 2' day to hour",
  "json '{}'",
  "int '7'",
  "time '10:00'",
]

export class RandomPostgresExpressions extends RandomValues {
  /** a_expr. */
  expression(depth: number): string {
    if (depth <= 0 || this.chance(0.12)) return this.primary(depth)
    const part = (): string => this.expression(depth - 1)
    return this.pick([
      () => `${part()} ${this.pick(OPERATORS)} ${part()}`,
      () => `${part()} ${this.pick(OPERATORS)} ${part()}`,
      () => `${part()} ${this.pick(OPERATORS)} ${part()} ${this.pick(OPERATORS)} ${part()}`,
      () => `${this.pick(PREFIXES)} ${part()}`,
      () => `${part()} ${this.pick(TESTS)}`,
      () => this.#postfix(part, depth),
      () => this.primary(depth),
    ])()
  }

  #postfix(part: () => string, depth: number): string {
    const not = this.pick(['', 'NOT '])
    return this.pick([
      () => `${part()} ${not}BETWEEN ${this.pick(['', 'SYMMETRIC ', 'ASYMMETRIC '])}${part()} AND ${part()}`,
      () => `${part()} ${not}IN (${this.#list(depth)})`,
      () => `${part()} ${not}IN (SELECT ${part()})`,
      () => `${part()} ${not}${this.pick(['LIKE', 'ILIKE', 'SIMILAR TO'])} ${part()} ESCAPE ${part()}`,
      () => `${part()} COLLATE ${this.pick(['"C"', 'pg_catalog."default"'])}`,
      () =>
        `${part()} ${this.pick(['=', '<', '~~', 'LIKE', 'NOT ILIKE', 'OPERATOR(pg_catalog.=)'])} ${this.pick(['ANY', 'ALL', 'SOME'])} (${part()})`,
      () => `${part()} ${this.pick(['=', '<>', '>'])} ${this.pick(['ANY', 'ALL'])} (SELECT ${part()})`,
      () => `(${part()}, ${part()}) OVERLAPS (${part()}, ${part()})`,
      () => `${part()}::${this.pick(TYPES)}`,
    ])()
  }

  #list(depth: number): string {
    return this.upTo(3, () => this.expression(depth - 1)).join(', ')
  }

  /** c_expr. */
  primary(depth: number): string {
    if (depth <= 0) return this.chance(0.85) ? this.pick(ATOMS) : this.pick(LITERALS)
    const part = (): string => this.expression(depth - 1)
    return this.pick([
      () => this.pick(ATOMS),
      () => this.pick(LITERALS),
      () => `(${part()})`,
      () => `(${part()})`,
      () => `CAST(${part()} AS ${this.pick(TYPES)})`,
      () => `${this.primary(depth - 1)}::${this.pick(TYPES)}`,
      () => this.#case(part),
      () => this.#call(part, depth),
      () => this.#call(part, depth),
      () => this.#special(part),
      () => `ARRAY[${this.#list(depth)}]`,
      () => `ARRAY(SELECT ${part()})`,
      () => this.pick([`ROW(${this.#list(depth)})`, `(${part()}, ${part()})`, 'ROW()']),
      () =>
        `${this.pick(['a', 't.a', `(${part()})`, `(${part()})`])}${this.upTo(2, () => this.#subscript(part)).join('')}`,
      () => `(SELECT ${part()})`,
      () => `EXISTS (SELECT ${part()})`,
    ])()
  }

  #subscript(part: () => string): string {
    return this.pick([
      `[${part()}]`,
      `[${part()}:${part()}]`,
      `[:${part()}]`,
      `[${this.below(9)}:]`,
      `[${this.below(9)}]`,
    ])
  }

  #case(part: () => string): string {
    const branches = this.upTo(2, () => `WHEN ${part()} THEN ${part()}`).join(' ')
    return `CASE ${this.chance(0.3) ? `${part()} ` : ''}${branches}${this.chance(0.6) ? ` ELSE ${part()}` : ''} END`
  }

  #call(part: () => string, depth: number): string {
    const order = (): string =>
      this.upTo(2, () => `${part()}${this.pick(['', ' ASC', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST'])}`).join(', ')
    const over = (): string =>
      `OVER ${this.pick(['w', '()', `(PARTITION BY ${part()})`, `(PARTITION BY ${part()}, ${part()} ORDER BY ${order()})`, `(w ORDER BY ${order()} ROWS BETWEEN 1 PRECEDING AND ${part()} FOLLOWING EXCLUDE TIES)`, `(ORDER BY ${order()} RANGE UNBOUNDED PRECEDING)`, `(ORDER BY ${order()} GROUPS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)`])}`
    return this.pick([
      () => `f(${this.#list(depth)})`,
      () => `pg_catalog.g(${this.#list(depth)})`,
      () => 'now()',
      () => 'count(*)',
      () => `count(DISTINCT ${part()})`,
      () => `sum(ALL ${part()}) FILTER (WHERE ${part()})`,
      () => `f(a => ${part()}, b := ${part()})`,
      () => `f(${part()}, b => ${part()})`,
      () => `string_agg(${part()}, ',' ORDER BY ${order()})`,
      () => `percentile_cont(${part()}) WITHIN GROUP (ORDER BY ${order()})`,
      () => `percentile_disc(0.5) WITHIN GROUP (ORDER BY ${order()}) FILTER (WHERE ${part()})`,
      () => `f(${part()}) ${over()}`,
      () => `rank() ${over()}`,
      () => `sum(${part()}) FILTER (WHERE ${part()}) ${over()}`,
    ])()
  }

  #special(part: () => string): string {
    return this.pick([
      () => `EXTRACT(${this.pick(['year', 'epoch', "'month'"])} FROM ${part()})`,
      () => `SUBSTRING(${part()} FROM ${part()} FOR ${part()})`,
      () => `SUBSTRING(${part()} FROM ${part()})`,
      () => `SUBSTRING(${part()}, 1, 2)`,
      () => `TRIM(${part()})`,
      () => `TRIM(${this.pick(['BOTH', 'LEADING', 'TRAILING'])} ${part()} FROM ${part()})`,
      () => `OVERLAY(${part()} PLACING ${part()} FROM ${part()} FOR ${part()})`,
      () => `COALESCE(${part()}, ${part()})`,
      () => `NULLIF(${part()}, ${part()})`,
      () => `GREATEST(${part()}, ${part()})`,
      () => `LEAST(${part()})`,
      () => `POSITION(${this.primary(0)} IN ${this.primary(0)})`,
    ])()
  }
}
