/** Databases, roles, settings and what runs: as far as there are such things without a server. */
import { OWNER_OID, type RowBuilders, type SystemRow } from './row-builder.ts'
import type { SystemSnapshot } from '../system-snapshot.ts'

const UTF8 = 6

/** Numbers of databases, by their place among the catalogs. */
export function databaseOid({ databases }: SystemSnapshot, name: string): number {
  return 16_000 + databases.indexOf(name)
}

function databaseRow(snapshot: SystemSnapshot, name: string): SystemRow {
  return {
    oid: databaseOid(snapshot, name),
    datname: name,
    datdba: OWNER_OID,
    encoding: UTF8,
    datlocprovider: 'c',
    datistemplate: false,
    datallowconn: true,
    datconnlimit: -1,
    datfrozenxid: 0,
    datminmxid: 1,
    dattablespace: 1663,
    datcollate: 'C',
    datctype: 'C',
  }
}

/** What a role may do, by the prefix of its columns. */
function roleRow(prefix: 'rol' | 'use', { user }: SystemSnapshot): SystemRow {
  if (prefix === 'use') {
    return {
      usename: user,
      usesysid: OWNER_OID,
      usecreatedb: true,
      usesuper: true,
      userepl: false,
      usebypassrls: true,
      passwd: '********',
    }
  }
  return {
    oid: OWNER_OID,
    rolname: user,
    rolsuper: true,
    rolinherit: true,
    rolcreaterole: true,
    rolcreatedb: true,
    rolcanlogin: true,
    rolreplication: false,
    rolbypassrls: true,
    rolconnlimit: -1,
  }
}

function settingRows({ session }: SystemSnapshot): readonly SystemRow[] {
  return session.settings.all().map(({ name, value, description }) => ({
    name,
    setting: value,
    category: 'Settings',
    short_desc: description,
    context: 'user',
    vartype: 'string',
    source: 'default',
    boot_val: value,
    reset_val: value,
    pending_restart: false,
  }))
}

function activityRow(snapshot: SystemSnapshot): SystemRow {
  const { session, user, database } = snapshot
  return {
    datid: databaseOid(snapshot, database),
    datname: database,
    pid: process.pid,
    usesysid: OWNER_OID,
    usename: user,
    application_name: session.settings.text('application_name'),
    state: 'active',
    query: '',
    backend_type: 'client backend',
  }
}

export const serverRows: RowBuilders = {
  pg_database: (snapshot) => snapshot.databases.map((name) => databaseRow(snapshot, name)),
  pg_roles: (snapshot) => [{ ...roleRow('rol', snapshot), rolpassword: '********' }],
  pg_authid: (snapshot) => [roleRow('rol', snapshot)],
  pg_user: (snapshot) => [roleRow('use', snapshot)],
  pg_shadow: (snapshot) => [{ ...roleRow('use', snapshot), passwd: null }],
  pg_tablespace: () => [
    { oid: 1663, spcname: 'pg_default', spcowner: OWNER_OID },
    { oid: 1664, spcname: 'pg_global', spcowner: OWNER_OID },
  ],
  pg_settings: settingRows,
  pg_stat_activity: (snapshot) => [activityRow(snapshot)],
  pg_prepared_statements: ({ session }) =>
    [...session.prepared.keys()].map((name) => ({ name, statement: '', parameter_types: [], from_sql: true })),
  pg_timezone_names: () =>
    Intl.supportedValuesOf('timeZone').map((name) => ({ name, abbrev: null, utc_offset: null, is_dst: null })),
}
