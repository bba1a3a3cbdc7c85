/** What objects are called, and how they were made: format_type, pg_get_viewdef, obj_description, ... */
import { BIGINT, BOOLEAN, type DataType, INTEGER, VARCHAR } from '../../../core/types.ts'
import { SqlError } from '../../../core/errors.ts'
import type { LiteralValue } from '../../../expr/expr.ts'
import { quoteIdentifier } from '../../../expr/functions/text-quote.ts'
import type { SystemFunctionDefinition } from '../define-system-function.ts'
import { findRelation, objectNumber } from '../find-objects.ts'
import { OID } from '../relation-columns.ts'
import { constraintText, constraintsOf, sequencesOf } from '../rows/relation-rows.ts'
import type { SystemRelation, SystemSnapshot } from '../system-snapshot.ts'
import { formatType } from '../type-oids.ts'

const REGCLASS: DataType = { kind: 'uinteger', as: 'regclass' }

/** A relation by its number, or by its name. */
export function relationOf(snapshot: SystemSnapshot, value: LiteralValue): SystemRelation | undefined {
  return typeof value === 'string' ? findRelation(snapshot, value) : snapshot.relation(Number(value))
}

/** As PostgreSQL has it: of what its catalogs hold all is visible, of tables those that their plain names mean. */
function visibility(name: string): SystemFunctionDefinition {
  return { name, forms: [[OID]], returns: BOOLEAN, run: () => true }
}

function nothing(
  name: string,
  forms: SystemFunctionDefinition['forms'],
  returns: DataType = VARCHAR,
): SystemFunctionDefinition {
  return { name, forms, returns, run: () => null }
}

const VISIBLE: readonly string[] = [
  ...['type', 'function', 'collation', 'operator', 'opclass', 'opfamily', 'conversion', 'statistics_obj'],
  ...['ts_config', 'ts_dict', 'ts_parser', 'ts_template'],
]

function toObject(as: 'regclass' | 'regtype' | 'regproc' | 'regnamespace' | 'regrole'): SystemFunctionDefinition {
  return {
    name: `to_${as}`,
    forms: [[VARCHAR]],
    returns: { kind: 'uinteger', as },
    run(snapshot, [name]) {
      const found = objectNumber(snapshot, as, String(name))
      return found === undefined ? null : BigInt(found)
    },
  }
}

/** The text of a view: its query, as it was written. */
function viewText(snapshot: SystemSnapshot, value: LiteralValue): LiteralValue {
  const relation = relationOf(snapshot, value)
  if (relation === undefined && typeof value === 'string') {
    throw new SqlError('42P01', `relation "${value}" does not exist`)
  }
  return relation?.definition ?? null
}

const ENCODINGS: readonly string[] = ['SQL_ASCII', 'EUC_JP', 'EUC_CN', 'EUC_KR', 'EUC_TW', 'EUC_JIS_2004', 'UTF8']

export const objectFunctions: readonly SystemFunctionDefinition[] = [
  {
    name: 'format_type',
    forms: [[null, INTEGER]],
    returns: VARCHAR,
    called: true,
    run: (_, [oid, modifier]) =>
      oid === null ? null : formatType(Number(oid), modifier === null ? null : Number(modifier)),
  },
  {
    name: 'pg_get_userbyid',
    forms: [[OID]],
    returns: VARCHAR,
    run: ({ user }, [oid]) => (Number(oid) === 10 ? user : `unknown (OID=${String(oid)})`),
  },
  {
    name: 'pg_table_is_visible',
    forms: [[OID]],
    returns: BOOLEAN,
    run(snapshot, [oid]) {
      const relation = snapshot.relation(Number(oid))
      return relation === undefined ? null : snapshot.find([relation.name])?.oid === relation.oid
    },
  },
  ...VISIBLE.map((kind) => visibility(`pg_${kind}_is_visible`)),
  {
    name: 'pg_get_viewdef',
    forms: [[OID], [VARCHAR], [OID, BOOLEAN], [VARCHAR, BOOLEAN], [OID, INTEGER]],
    returns: VARCHAR,
    run: (snapshot, [view]) => viewText(snapshot, view!),
  },
  {
    name: 'pg_get_constraintdef',
    forms: [[OID], [OID, BOOLEAN]],
    returns: VARCHAR,
    run(snapshot, [oid]) {
      const found = constraintsOf(snapshot).find((one) => one.oid === Number(oid))
      return found === undefined ? null : constraintText(found)
    },
  },
  {
    name: 'pg_get_expr',
    forms: [
      [VARCHAR, null],
      [VARCHAR, null, BOOLEAN],
    ],
    returns: VARCHAR,
    run: (_, [expression]) => expression!,
  },
  { name: 'pg_describe_object', forms: [[OID, OID, INTEGER]], returns: VARCHAR, run: () => null },
  nothing('pg_get_partition_constraintdef', [[OID]]),
  nothing('pg_get_indexdef', [[OID], [OID, INTEGER, BOOLEAN]]),
  nothing('pg_get_ruledef', [[OID], [OID, BOOLEAN]]),
  nothing('pg_get_triggerdef', [[OID], [OID, BOOLEAN]]),
  nothing('pg_get_partkeydef', [[OID]]),
  nothing('pg_get_function_sqlbody', [[OID]]),
  nothing('pg_get_statisticsobjdef_columns', [[OID]]),
  {
    name: 'obj_description',
    forms: [[OID], [OID, VARCHAR]],
    returns: VARCHAR,
    run: (snapshot, [oid, of]) =>
      of === undefined || of === 'pg_class' ? (snapshot.relation(Number(oid))?.rules?.comment ?? null) : null,
  },
  nothing('shobj_description', [[OID, VARCHAR]]),
  {
    name: 'col_description',
    forms: [[OID, INTEGER]],
    returns: VARCHAR,
    run: (snapshot, [oid, number]) => snapshot.relation(Number(oid))?.columns[Number(number) - 1]?.comment ?? null,
  },
  ...(['regclass', 'regtype', 'regproc', 'regnamespace', 'regrole'] as const).map(toObject),
  {
    name: 'pg_encoding_to_char',
    forms: [[INTEGER]],
    returns: VARCHAR,
    run: (_, [number]) => ENCODINGS[Number(number)] ?? '',
  },
  {
    name: 'pg_char_to_encoding',
    forms: [[VARCHAR]],
    returns: INTEGER,
    run: (_, [name]) =>
      ENCODINGS.indexOf(
        String(name)
          .toUpperCase()
          .replace(/^UTF-?8$/, 'UTF8'),
      ),
  },
  { name: 'pg_relation_is_publishable', forms: [[REGCLASS]], returns: BOOLEAN, run: () => false },
  { name: 'pg_tablespace_location', forms: [[OID]], returns: VARCHAR, run: () => '' },
  { name: 'pg_stat_get_numscans', forms: [[OID]], returns: BIGINT, run: () => 0n },
  {
    name: 'pg_get_serial_sequence',
    forms: [[VARCHAR, VARCHAR]],
    returns: VARCHAR,
    run(snapshot, [table, column]) {
      const relation = findRelation(snapshot, String(table))
      if (relation === undefined) throw new SqlError('42P01', `relation "${String(table)}" does not exist`)
      if (relation.columns.some(({ name }) => name === column)) {
        const owned = sequencesOf(snapshot).find(({ schema, ofSequence: { owner } }) => {
          return schema === relation.schema && owner?.table === relation.name && owner.column === column
        })
        return owned === undefined ? null : `${quoteIdentifier(owned.schema.name)}.${quoteIdentifier(owned.name)}`
      }
      throw new SqlError('42703', `column "${String(column)}" of relation "${relation.name}" does not exist`)
    },
  },
  {
    name: 'pg_relation_is_updatable',
    forms: [[REGCLASS, BOOLEAN]],
    returns: INTEGER,
    run: (snapshot, [oid]) => (snapshot.relation(Number(oid))?.kind === 'r' ? 28 : 0),
  },
]
