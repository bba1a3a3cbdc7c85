/** Hive's SQL: Spark's, but for what an expression that fails gives and how some functions see NULL. */
import { type Dialect, refused, strict } from '../dialect.ts'
import { SPARK } from './spark.ts'

export const HIVE: Dialect = {
  ...SPARK,
  name: 'hive',
  intersectFirst: false,
  types: { ...SPARK.types, timestamp: 'timestamp', timestamp_ntz: null },
  functions: {
    ...SPARK.functions,
    greatest: strict('greatest'),
    least: strict('least'),
    stddev: 'stddev_pop($1)',
    variance: 'var_pop($1)',
    std: 'stddev_pop($1)',
    current_timestamp: { 0: 'localtimestamp' },
    now: refused('it is unknown there'),
    date_add: refused('its type depends on the version'),
    date_sub: refused('its type depends on the version'),
  },
}
