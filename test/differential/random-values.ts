/** Random numbers of a seed, and the small tables that random queries read. */

export type SqlType =
  | 'integer'
  | 'bigint'
  | 'numeric'
  | 'double precision'
  | 'varchar'
  | 'boolean'
  | 'date'
  | 'timestamp'

export const TYPES: readonly SqlType[] = [
  'integer',
  'bigint',
  'numeric',
  'double precision',
  'varchar',
  'boolean',
  'date',
  'timestamp',
]

export interface Column {
  readonly name: string
  readonly type: SqlType
}

/** Columns of every table; before them stands `k`, an integer that no two rows share. */
export const COLUMNS: readonly Column[] = [
  { name: 'i', type: 'integer' },
  { name: 'j', type: 'integer' },
  { name: 'n', type: 'bigint' },
  { name: 'x', type: 'numeric' },
  { name: 'f', type: 'double precision' },
  { name: 's', type: 'varchar' },
  { name: 'b', type: 'boolean' },
  { name: 'd', type: 'date' },
  { name: 'm', type: 'timestamp' },
]

export const TABLES = ['t1', 't2', 't3'] as const

/** Values that meet each other, and the edges: doubles are quarters, so that their sums are exact in any order. */
const VALUES: Readonly<Record<SqlType, readonly string[]>> = {
  integer: ['0', '1', '2', '3', '-1', '5', '7', '100'],
  bigint: ['0', '1', '2', '-3', '7', '4294967296', '-9007199254740993'],
  numeric: ['0.00', '1.50', '-2.25', '10.00', '3.10', '0.01'],
  'double precision': ['0', '0.25', '-1.5', '2', '3.75', '100', '7'].map((digits) => `'${digits}'::double precision`),
  varchar: ["''", "'a'", "'ab'", "'B'", "'abc'", "'中'", "'a%'", "' x'", "'a_中b'"],
  boolean: ['true', 'false'],
  date: ["date '2024-02-29'", "date '2023-12-31'", "date '2024-01-01'", "date '1999-05-05'", "date '1969-12-31'"],
  timestamp: [
    "timestamp '2024-02-29 12:30:00'",
    "timestamp '2023-12-31 23:59:59.999999'",
    "timestamp '2024-01-01 00:00:00'",
    "timestamp '1969-12-31 23:00:00.5'",
  ],
}

export class RandomValues {
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

  chance(share: number): boolean {
    return this.next() < share
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!
  }

  /** `count` of what `make` makes, at least one. */
  upTo(count: number, make: () => string): string[] {
    return Array.from({ length: 1 + this.below(count) }, make)
  }

  /** A literal; every seventh is NULL. */
  value(type: SqlType): string {
    return this.chance(0.15) ? `NULL::${type}` : this.pick(VALUES[type])
  }

  /** CREATE TABLE and INSERT of the tables. */
  tables(): readonly string[] {
    return TABLES.flatMap((name) => {
      const rows = Array.from(
        { length: this.below(14) },
        (_, k) => `(${[String(k), ...COLUMNS.map(({ type }) => this.value(type))].join(', ')})`,
      )
      const columns = COLUMNS.map(
        (column) => `${column.name} ${column.type === 'numeric' ? 'numeric(8,2)' : column.type}`,
      )
      const create = `CREATE TABLE ${name} (k integer, ${columns.join(', ')})`
      return rows.length === 0 ? [create] : [create, `INSERT INTO ${name} VALUES ${rows.join(', ')}`]
    })
  }
}
