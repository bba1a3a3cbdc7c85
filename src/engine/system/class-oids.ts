/** PostgreSQL's numbers of the relations that objects are kept in: what `classoid` and the arguments of functions name. */
export const CLASS_OIDS = {
  pg_class: 1259,
  pg_database: 1262,
  pg_namespace: 2615,
  pg_proc: 1255,
  pg_type: 1247,
} as const
