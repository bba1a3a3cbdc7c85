/** MariaDB's SQL: MySQL's, and names of its own. */
import type { Dialect } from '../dialect.ts'
import { MYSQL } from './mysql.ts'

export const MARIADB: Dialect = {
  ...MYSQL,
  name: 'mariadb',
  grammar: 'mariadb',
  functions: {
    ...MYSQL.functions,
    nvl: 'coalesce($1, $2)',
    nvl2: 'CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END',
  },
}
