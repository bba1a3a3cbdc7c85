/** pg_type and what belongs to types; collations, access methods, languages. */
import { type PgType, pgTypes, typeFunctionOids } from '../type-oids.ts'
import { OWNER_OID, type RowBuilders, type SystemRow } from './row-builder.ts'

const PG_CATALOG_OID = 11

function functionOid(name: string | undefined): number {
  return typeFunctionOids().get(name ?? '-') ?? 0
}

function typeRow(type: PgType): SystemRow {
  const [input, output, receive, send] = type.functions
  return {
    oid: type.oid,
    typname: type.name,
    typnamespace: PG_CATALOG_OID,
    typowner: OWNER_OID,
    typlen: type.length,
    typbyval: type.byValue,
    typtype: type.kind,
    typcategory: type.category,
    typispreferred: type.isPreferred,
    typisdefined: true,
    typdelim: ',',
    typrelid: 0,
    typsubscript: 0,
    typelem: type.element,
    typarray: type.array,
    typinput: functionOid(input),
    typoutput: functionOid(output),
    typreceive: functionOid(receive),
    typsend: functionOid(send),
    typmodin: 0,
    typmodout: 0,
    typanalyze: 0,
    typalign: type.align,
    typstorage: type.storage,
    typnotnull: false,
    typbasetype: 0,
    typtypmod: -1,
    typndims: 0,
    typcollation: type.collation,
  }
}

const COLLATIONS: readonly (readonly [oid: number, name: string, provider: string])[] = [
  [100, 'default', 'd'],
  [950, 'C', 'c'],
  [951, 'POSIX', 'c'],
]

function collationRow([oid, name, provider]: (typeof COLLATIONS)[number]): SystemRow {
  const locale = provider === 'd' ? null : name
  return {
    oid,
    collname: name,
    collnamespace: PG_CATALOG_OID,
    collowner: OWNER_OID,
    collprovider: provider,
    collisdeterministic: true,
    collencoding: -1,
    collcollate: locale,
    collctype: locale,
  }
}

const ACCESS_METHODS: readonly (readonly [oid: number, name: string, kind: string])[] = [
  [2, 'heap', 't'],
  [403, 'btree', 'i'],
  [405, 'hash', 'i'],
]

const LANGUAGES: readonly (readonly [oid: number, name: string])[] = [
  [12, 'internal'],
  [14, 'sql'],
  [15, 'javascript'],
]

export const typeRows: RowBuilders = {
  pg_type: () => pgTypes().map(typeRow),
  pg_collation: () => COLLATIONS.map(collationRow),
  pg_am: () => ACCESS_METHODS.map(([oid, amname, amtype]) => ({ oid, amname, amhandler: 0, amtype })),
  pg_language: () =>
    LANGUAGES.map(([oid, lanname]) => ({
      oid,
      lanname,
      lanowner: OWNER_OID,
      lanispl: lanname === 'javascript',
      lanpltrusted: lanname !== 'internal',
      lanplcallfoid: 0,
      laninline: 0,
      lanvalidator: 0,
    })),
}
