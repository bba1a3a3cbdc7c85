/** information_schema: the standard's names for what pg_catalog holds. */
import { quoteIdentifier } from '../../../expr/functions/text-quote.ts'
import { type PgType, pgTypeByName, pgTypeOf } from '../type-oids.ts'
import type { SystemColumn, SystemFunction, SystemRelation, SystemSnapshot } from '../system-snapshot.ts'
import { SEQUENCE_TYPES, constraintsOf, sequencesOf } from './relation-rows.ts'
import type { RowBuilders, SystemRow } from './row-builder.ts'

/** Bits of the binary types of numbers. */
const BITS: Readonly<Record<string, number>> = { int2: 16, int4: 32, int8: 64, float4: 24, float8: 53 }
const TEXTS: ReadonlySet<string> = new Set(['varchar', 'bpchar', 'text'])
const TIMES: ReadonlySet<string> = new Set(['time', 'timetz', 'timestamp', 'timestamptz', 'interval'])

function isArray(type: PgType): boolean {
  return type.category === 'A' && type.name.startsWith('_')
}

/** What columns, parameters and results say of their type. */
function typeColumns(database: string, type: PgType, modifier: number): SystemRow {
  const digits = modifier >= 4 ? modifier - 4 : null
  const bits = BITS[type.name]
  const isDecimal = type.name === 'numeric'
  return {
    data_type: isArray(type) ? 'ARRAY' : type.sqlName,
    character_octet_length: TEXTS.has(type.name) ? 1_073_741_824 : null,
    numeric_precision: bits ?? (isDecimal && digits !== null ? digits >> 16 : null),
    numeric_precision_radix: isDecimal ? 10 : bits === undefined ? null : 2,
    numeric_scale: isDecimal && digits !== null ? digits & 0x7ff : type.name.startsWith('int') && bits ? 0 : null,
    datetime_precision: TIMES.has(type.name) ? 6 : type.name === 'date' ? 0 : null,
    udt_catalog: database,
    udt_schema: 'pg_catalog',
    udt_name: type.name,
  }
}

function yesNo(value: boolean): string {
  return value ? 'YES' : 'NO'
}

function columnRow(database: string, relation: SystemRelation, column: SystemColumn, place: number): SystemRow {
  const type = pgTypeByName(column.type) ?? pgTypeByName('text')!
  return {
    ...placeOf(database, relation),
    column_name: column.name,
    ordinal_position: place,
    column_default: column.default,
    is_nullable: yesNo(column.isNullable),
    ...typeColumns(database, type, column.modifier),
    dtd_identifier: String(place),
    is_self_referencing: 'NO',
    is_identity: yesNo(column.identity !== undefined),
    identity_generation: column.identity === undefined ? null : column.identity === 'a' ? 'ALWAYS' : 'BY DEFAULT',
    identity_cycle: 'NO',
    is_generated: 'NEVER',
    is_updatable: yesNo(relation.kind === 'r' && relation.isOwn),
  }
}

function placeOf(database: string, { schema, name }: SystemRelation): SystemRow {
  return { table_catalog: database, table_schema: schema.name, table_name: name }
}

/** Materialized views are no tables of the standard. */
function standardRelations({ relations }: SystemSnapshot): readonly SystemRelation[] {
  return relations.filter(({ kind }) => kind !== 'm' && kind !== 'S')
}

function tableRow(database: string, relation: SystemRelation): SystemRow {
  const kind = relation.kind === 'v' ? 'VIEW' : relation.isTemporary ? 'LOCAL TEMPORARY' : 'BASE TABLE'
  return {
    ...placeOf(database, relation),
    table_type: kind,
    is_insertable_into: yesNo(relation.kind === 'r' && relation.isOwn),
    is_typed: 'NO',
  }
}

interface ConstraintUse {
  readonly database: string
  readonly relation: SystemRelation
  readonly name: string
}

function constraintPlace({ database, relation, name }: ConstraintUse): SystemRow {
  return { constraint_catalog: database, constraint_schema: relation.schema.name, constraint_name: name }
}

/** NOT NULL counts as a check, of a name made of numbers. */
function notNulls({ relations, database }: SystemSnapshot): (ConstraintUse & { readonly column: string })[] {
  return relations
    .filter(({ isOwn, kind }) => isOwn && kind === 'r')
    .flatMap((relation) =>
      relation.columns.flatMap((column, i) =>
        column.isNullable
          ? []
          : [
              {
                database,
                relation,
                name: `${relation.schema.oid}_${relation.oid}_${i + 1}_not_null`,
                column: column.name,
              },
            ],
      ),
    )
}

const KINDS = { c: 'CHECK', p: 'PRIMARY KEY', u: 'UNIQUE' } as const

function tableConstraints(snapshot: SystemSnapshot): SystemRow[] {
  const { database } = snapshot
  const row = (use: ConstraintUse, kind: string): SystemRow => ({
    ...constraintPlace(use),
    ...placeOf(database, use.relation),
    constraint_type: kind,
    is_deferrable: 'NO',
    initially_deferred: 'NO',
    enforced: 'YES',
  })
  return [
    ...constraintsOf(snapshot).map(({ kind, ...use }) => row({ ...use, database }, KINDS[kind])),
    ...notNulls(snapshot).map((use) => row(use, 'CHECK')),
  ]
}

/** A row a column of each constraint that `includes`. */
function constraintColumns(
  snapshot: SystemSnapshot,
  includes: (kind: 'c' | 'p' | 'u') => boolean,
): { readonly row: SystemRow; readonly place: number }[] {
  const { database } = snapshot
  return constraintsOf(snapshot)
    .filter(({ kind }) => includes(kind))
    .flatMap(({ relation, name, columns }) =>
      columns.map((number, i) => ({
        row: {
          ...constraintPlace({ database, relation, name }),
          ...placeOf(database, relation),
          column_name: relation.columns[number - 1]?.name ?? null,
        },
        place: i + 1,
      })),
    )
}

const PRIVILEGES: readonly string[] = ['INSERT', 'SELECT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']

function tablePrivileges(snapshot: SystemSnapshot): SystemRow[] {
  return standardRelations(snapshot).flatMap((relation) =>
    PRIVILEGES.map((privilege) => ({
      grantor: snapshot.user,
      grantee: snapshot.user,
      ...placeOf(snapshot.database, relation),
      privilege_type: privilege,
      is_grantable: 'YES',
      with_hierarchy: yesNo(privilege === 'SELECT'),
    })),
  )
}

function routinePlace(database: string, { oid, schema, definition }: SystemFunction): SystemRow {
  return {
    specific_catalog: database,
    specific_schema: schema.name,
    specific_name: `${definition.name}_${oid}`,
  }
}

function routineRow(snapshot: SystemSnapshot, routine: SystemFunction): SystemRow {
  const { schema, definition, language } = routine
  const { returns } = definition
  const type = returns.kind === 'table' || returns.type === null ? undefined : pgTypeOf(returns.type)
  return {
    ...routinePlace(snapshot.database, routine),
    routine_catalog: snapshot.database,
    routine_schema: schema.name,
    routine_name: definition.name,
    routine_type: 'FUNCTION',
    data_type: type === undefined ? 'record' : isArray(type) ? 'ARRAY' : type.sqlName,
    type_udt_catalog: snapshot.database,
    type_udt_schema: 'pg_catalog',
    type_udt_name: type?.name ?? 'record',
    dtd_identifier: '0',
    routine_body: language === 'sql' ? 'SQL' : 'EXTERNAL',
    external_language: language.toUpperCase(),
    parameter_style: 'GENERAL',
    is_deterministic: 'NO',
    sql_data_access: 'MODIFIES',
    is_null_call: yesNo(definition.strict),
    schema_level_routine: 'YES',
    max_dynamic_result_sets: 0,
    security_type: 'INVOKER',
    as_locator: 'NO',
    is_udt_dependent: 'NO',
  }
}

function parameterRows(snapshot: SystemSnapshot, routine: SystemFunction): SystemRow[] {
  return routine.definition.parameters.map(({ name, type }, i) => ({
    ...routinePlace(snapshot.database, routine),
    ordinal_position: i + 1,
    parameter_mode: 'IN',
    is_result: 'NO',
    as_locator: 'NO',
    parameter_name: name,
    ...typeColumns(snapshot.database, type === null ? pgTypeByName('any')! : pgTypeOf(type), -1),
    dtd_identifier: String(i + 1),
  }))
}

export const informationRows: RowBuilders = {
  information_schema_catalog_name: ({ database }) => [{ catalog_name: database }],
  schemata: ({ schemas, database, user }) =>
    schemas.map(({ name }) => ({ catalog_name: database, schema_name: name, schema_owner: user })),
  tables: (snapshot) => standardRelations(snapshot).map((one) => tableRow(snapshot.database, one)),
  columns: (snapshot) =>
    standardRelations(snapshot).flatMap((relation) =>
      relation.columns.map((column, i) => columnRow(snapshot.database, relation, column, i + 1)),
    ),
  views: ({ relations, database }) =>
    relations
      .filter(({ kind }) => kind === 'v')
      .map((relation) => ({
        ...placeOf(database, relation),
        view_definition: relation.definition,
        check_option: 'NONE',
        is_updatable: 'NO',
        is_insertable_into: 'NO',
        is_trigger_updatable: 'NO',
        is_trigger_deletable: 'NO',
        is_trigger_insertable_into: 'NO',
      })),
  table_constraints: tableConstraints,
  check_constraints: (snapshot) => [
    ...constraintsOf(snapshot)
      .filter(({ kind }) => kind === 'c')
      .map(({ relation, name, expression }) => ({
        ...constraintPlace({ database: snapshot.database, relation, name }),
        check_clause: `(${expression!})`,
      })),
    ...notNulls(snapshot).map((use) => ({
      ...constraintPlace(use),
      check_clause: `${quoteIdentifier(use.column)} IS NOT NULL`,
    })),
  ],
  key_column_usage: (snapshot) =>
    constraintColumns(snapshot, (kind) => kind !== 'c').map(({ row, place }) => ({ ...row, ordinal_position: place })),
  constraint_column_usage: (snapshot) => constraintColumns(snapshot, () => true).map(({ row }) => row),
  table_privileges: tablePrivileges,
  role_table_grants: tablePrivileges,
  routines: async (snapshot) => (await snapshot.functions()).map((one) => routineRow(snapshot, one)),
  parameters: async (snapshot) => (await snapshot.functions()).flatMap((one) => parameterRows(snapshot, one)),
  sequences: (snapshot) =>
    sequencesOf(snapshot).map(({ schema, name, ofSequence: { type, start, min, max, increment, cycle } }) => ({
      sequence_catalog: snapshot.database,
      sequence_schema: schema.name,
      sequence_name: name,
      data_type: type,
      numeric_precision: BITS[SEQUENCE_TYPES[type]]!,
      numeric_precision_radix: 2,
      numeric_scale: 0,
      start_value: String(start),
      minimum_value: String(min),
      maximum_value: String(max),
      increment: String(increment),
      cycle_option: yesNo(cycle),
    })),
  enabled_roles: ({ user }) => [{ role_name: user }],
  character_sets: ({ database }) => [
    {
      character_set_name: 'UTF8',
      character_repertoire: 'UCS',
      form_of_use: 'UTF8',
      default_collate_catalog: database,
      default_collate_schema: 'pg_catalog',
      default_collate_name: 'C',
    },
  ],
}
