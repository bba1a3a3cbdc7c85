/** One name for each type, however it is written. */
const NAMES: Readonly<Record<string, string>> = {
  int: 'int4',
  integer: 'int4',
  bigint: 'int8',
  smallint: 'int2',
  real: 'float4',
  'double precision': 'float8',
  decimal: 'numeric',
  boolean: 'bool',
  char: 'bpchar',
  character: 'bpchar',
  'character varying': 'varchar',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  'time without time zone': 'time',
  'time with time zone': 'timetz',
}

export function typeLabel(name: string, modifiers: readonly string[], dimensions: number): string {
  const plain = modifiers.length === 0 ? '' : `(${modifiers.join()})`
  return `${NAMES[name] ?? name}${plain}${'[]'.repeat(dimensions)}`
}

/** What INTERVAL's fields are in PostgreSQL's type modifier: a bit each (utils/timestamp.h, INTERVAL_MASK). */
const FIELD_BITS: Readonly<Record<string, number>> = { month: 1, year: 2, day: 3, hour: 10, minute: 11, second: 12 }
const FIELDS = ['year', 'month', 'day', 'hour', 'minute', 'second']

export function intervalModifier(from: string, to: string | null): string {
  const range = FIELDS.slice(FIELDS.indexOf(from), FIELDS.indexOf(to ?? from) + 1)
  return String(range.reduce((mask, field) => mask | (1 << FIELD_BITS[field]!), 0))
}
