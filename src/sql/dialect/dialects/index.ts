/** Every dialect by its name. To add one: a file beside this, and a line here. */
import { SqlError } from '../../../core/errors.ts'
import type { Dialect } from '../dialect.ts'
import { BIGQUERY } from './bigquery.ts'
import { FLINKSQL } from './flinksql.ts'
import { HIVE } from './hive.ts'
import { MARIADB } from './mariadb.ts'
import { MYSQL } from './mysql.ts'
import { REDSHIFT } from './redshift.ts'
import { SNOWFLAKE } from './snowflake.ts'
import { SPARK } from './spark.ts'
import { SQLITE } from './sqlite.ts'
import { TRANSACTSQL } from './transactsql.ts'
import { TRINO } from './trino.ts'

const DIALECTS: readonly Dialect[] = [
  BIGQUERY,
  FLINKSQL,
  HIVE,
  MARIADB,
  MYSQL,
  REDSHIFT,
  SNOWFLAKE,
  SPARK,
  SQLITE,
  TRANSACTSQL,
  TRINO,
]

/** 22023 for a name that none has. */
export function dialectNamed(name: string): Dialect {
  const dialect = DIALECTS.find((candidate) => candidate.name === name.toLowerCase())
  if (dialect === undefined) throw new SqlError('22023', `unknown SQL dialect "${name}"`)
  return dialect
}

export const ALL_DIALECTS: readonly Dialect[] = DIALECTS
