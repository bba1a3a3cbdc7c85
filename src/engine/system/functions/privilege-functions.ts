/**
 * has_table_privilege and its like. There is one user, who may do everything to everything: what is left to answer is whether the user, the object and
 * the privilege exist.
 */
import { SqlError } from '../../../core/errors.ts'
import { BOOLEAN, VARCHAR } from '../../../core/types.ts'
import type { LiteralValue } from '../../../expr/expr.ts'
import type { SystemFunctionDefinition } from '../define-system-function.ts'
import { nameParts } from '../find-objects.ts'
import { OWNER_OID } from '../rows/row-builder.ts'
import type { SystemSnapshot } from '../system-snapshot.ts'
import { pgTypeByName, pgTypeByOid } from '../type-oids.ts'
import { relationOf } from './object-functions.ts'

interface Kind {
  readonly privileges: readonly string[]
  /** Throws for a name of nothing; false for a number of nothing, whose answer is NULL. */
  readonly exists: (snapshot: SystemSnapshot, object: LiteralValue) => boolean
}

function relationExists(snapshot: SystemSnapshot, object: LiteralValue): boolean {
  const found = relationOf(snapshot, object) !== undefined
  if (found || typeof object !== 'string') return found
  throw new SqlError('42P01', `relation "${object}" does not exist`)
}

function schemaExists(snapshot: SystemSnapshot, object: LiteralValue): boolean {
  if (typeof object !== 'string') return snapshot.schema(Number(object)) !== undefined
  if (snapshot.schemas.some(({ name }) => name === object)) return true
  throw new SqlError('3F000', `schema "${object}" does not exist`)
}

function databaseExists({ databases }: SystemSnapshot, object: LiteralValue): boolean {
  if (typeof object !== 'string') return Number(object) >= 16_000 && Number(object) < 16_000 + databases.length
  if (databases.includes(object)) return true
  throw new SqlError('3D000', `database "${object}" does not exist`)
}

function typeExists(_: SystemSnapshot, object: LiteralValue): boolean {
  if (typeof object !== 'string') return pgTypeByOid(Number(object)) !== undefined
  if (pgTypeByName(object.toLowerCase()) !== undefined) return true
  throw new SqlError('42704', `type "${object}" does not exist`)
}

const TABLE = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
const COLUMN = ['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']

const KINDS: Readonly<Record<string, Kind>> = {
  table: { privileges: TABLE, exists: relationExists },
  any_column: { privileges: COLUMN, exists: relationExists },
  sequence: { privileges: ['USAGE', 'SELECT', 'UPDATE'], exists: relationExists },
  schema: { privileges: ['CREATE', 'USAGE'], exists: schemaExists },
  database: { privileges: ['CREATE', 'TEMPORARY', 'TEMP', 'CONNECT'], exists: databaseExists },
  type: { privileges: ['USAGE'], exists: typeExists },
  function: { privileges: ['EXECUTE'], exists: () => true },
  language: { privileges: ['USAGE'], exists: () => true },
  tablespace: { privileges: ['CREATE'], exists: () => true },
}

function checkUser({ user }: SystemSnapshot, given: LiteralValue): void {
  if (typeof given !== 'string' || given === 'public') return
  if (nameParts(`"${given.replaceAll('"', '""')}"`)[0] === user) return
  throw new SqlError('42704', `role "${given}" does not exist`)
}

/** `SELECT, INSERT WITH GRANT OPTION`. */
function checkPrivileges(text: string, known: readonly string[]): void {
  for (const part of text.split(',')) {
    const name = part
      .trim()
      .toUpperCase()
      .replace(/ WITH GRANT OPTION$/, '')
    if (!known.includes(name)) throw new SqlError('22023', `unrecognized privilege type: "${part.trim()}"`)
  }
}

function privilegeFunction(name: string, { privileges, exists }: Kind): SystemFunctionDefinition {
  return {
    name: `has_${name}_privilege`,
    forms: [
      [null, VARCHAR],
      [null, null, VARCHAR],
    ],
    returns: BOOLEAN,
    run(snapshot, args) {
      const [privilege, object, user] = args.toReversed()
      if (user !== undefined) checkUser(snapshot, user)
      if (!exists(snapshot, object!)) return null
      checkPrivileges(String(privilege), privileges)
      return true
    },
  }
}

/** Whether a column of that name or number is there. */
function hasColumn(snapshot: SystemSnapshot, table: LiteralValue, column: LiteralValue): boolean {
  const relation = relationOf(snapshot, table)
  if (relation === undefined) return relationExists(snapshot, table)
  if (typeof column !== 'string') return relation.columns[Number(column) - 1] !== undefined
  if (relation.columns.some(({ name }) => name === column)) return true
  throw new SqlError('42703', `column "${column}" of relation "${relation.name}" does not exist`)
}

export const privilegeFunctions: readonly SystemFunctionDefinition[] = [
  ...Object.entries(KINDS).map(([name, kind]) => privilegeFunction(name, kind)),
  {
    name: 'has_column_privilege',
    forms: [
      [null, null, VARCHAR],
      [null, null, null, VARCHAR],
    ],
    returns: BOOLEAN,
    run(snapshot, args) {
      const [privilege, column, table, user] = args.toReversed()
      if (user !== undefined) checkUser(snapshot, user)
      if (!hasColumn(snapshot, table!, column!)) return null
      checkPrivileges(String(privilege), COLUMN)
      return true
    },
  },
  {
    name: 'pg_has_role',
    forms: [
      [null, VARCHAR],
      [null, null, VARCHAR],
    ],
    returns: BOOLEAN,
    run(snapshot, args) {
      const [privilege, ...roles] = args.toReversed()
      for (const role of roles) checkUser(snapshot, role)
      checkPrivileges(String(privilege).replace(/ WITH (ADMIN|SET) OPTION$/i, ''), ['USAGE', 'MEMBER', 'SET'])
      return roles.every((role) => typeof role === 'string' || Number(role) === OWNER_OID)
    },
  },
]
