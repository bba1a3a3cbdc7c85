/** pg_proc: functions of users, and those that read and write values of types. */
import { pgTypeByName, pgTypeOf, typeFunctionOids } from '../type-oids.ts'
import type { SystemFunction } from '../system-snapshot.ts'
import { OWNER_OID, type RowBuilders, type SystemRow } from './row-builder.ts'

const INTERNAL_OID = 12
const SQL_OID = 14
const JAVASCRIPT_OID = 15

const PLAIN: SystemRow = {
  proowner: OWNER_OID,
  procost: 1,
  prorows: 0,
  provariadic: 0,
  prosupport: 0,
  prokind: 'f',
  prosecdef: false,
  proleakproof: false,
  proisstrict: true,
  proretset: false,
  provolatile: 'i',
  proparallel: 's',
  pronargdefaults: 0,
}

function typeFunctionRow(name: string, oid: number): SystemRow {
  const cstring = pgTypeByName('cstring')!.oid
  return {
    ...PLAIN,
    oid,
    proname: name,
    pronamespace: 11,
    prolang: INTERNAL_OID,
    pronargs: 1,
    prorettype: cstring,
    proargtypes: [cstring],
    prosrc: name,
  }
}

function userRow({ oid, schema, definition, language }: SystemFunction): SystemRow {
  const { name, parameters, returns, strict } = definition
  const any = pgTypeByName('any')!.oid
  const names = parameters.map((parameter) => parameter.name ?? '')
  const result =
    returns.kind === 'table' ? pgTypeByName('record')!.oid : returns.type === null ? any : pgTypeOf(returns.type).oid
  return {
    ...PLAIN,
    oid,
    proname: name,
    pronamespace: schema.oid,
    prolang: language === 'sql' ? SQL_OID : JAVASCRIPT_OID,
    proisstrict: strict,
    proretset: returns.kind !== 'value',
    provolatile: 'v',
    pronargs: parameters.length,
    pronargdefaults: parameters.filter((parameter) => parameter.default !== null).length,
    prorettype: result,
    proargtypes: parameters.map(({ type }) => (type === null ? any : pgTypeOf(type).oid)),
    proargnames: names.some((one) => one !== '') ? names : null,
    prosrc: '',
  }
}

export const functionRows: RowBuilders = {
  pg_proc: async (snapshot) => [
    ...[...typeFunctionOids()].map(([name, oid]) => typeFunctionRow(name, oid)),
    ...(await snapshot.functions()).map(userRow),
  ],
}
