/** pg_class, pg_attribute and what hangs on relations. */
import { quoteIdentifier } from '../../../expr/functions/text-quote.ts'
import { pgTypeByName } from '../type-oids.ts'
import { CLASS_OIDS } from '../class-oids.ts'
import type { SequenceDefinition, SequenceState } from '../../../catalog/sequence.ts'
import type { SystemColumn, SystemRelation, SystemSnapshot } from '../system-snapshot.ts'
import { OWNER_OID, type RowBuilders, type SystemRow } from './row-builder.ts'

/** Access method heap. */
const HEAP_OID = 2
const DEFAULT_COLLATION = 100

function classRow(one: SystemRelation): SystemRow {
  const { oid, name, schema, kind, columns, isTemporary, rules } = one
  return {
    oid,
    relname: name,
    relnamespace: schema.oid,
    reltype: 0,
    reloftype: 0,
    relowner: OWNER_OID,
    relam: kind === 'v' || kind === 'S' ? 0 : HEAP_OID,
    relfilenode: kind === 'v' ? 0 : oid,
    reltablespace: 0,
    relpages: 0,
    reltuples: -1,
    relallvisible: 0,
    reltoastrelid: 0,
    relhasindex: false,
    relisshared: false,
    relpersistence: isTemporary ? 't' : 'p',
    relkind: kind,
    relnatts: columns.length,
    relchecks: rules?.checks.length ?? 0,
    relhasrules: kind === 'v',
    relhastriggers: false,
    relhassubclass: false,
    relrowsecurity: false,
    relforcerowsecurity: false,
    relispopulated: true,
    relreplident: one.isOwn ? 'd' : 'n',
    relispartition: false,
    relrewrite: 0,
    relfrozenxid: 0,
    relminmxid: 0,
  }
}

function attributeRow(relation: SystemRelation, column: SystemColumn, number: number): SystemRow {
  const type = pgTypeByName(column.type) ?? pgTypeByName('text')!
  return {
    attrelid: relation.oid,
    attname: column.name,
    atttypid: type.oid,
    attstattarget: -1,
    attlen: type.length,
    attnum: number,
    attndims: type.category === 'A' && type.name.startsWith('_') ? 1 : 0,
    attcacheoff: -1,
    atttypmod: column.modifier,
    attbyval: type.byValue,
    attalign: type.align,
    attstorage: type.storage,
    attcompression: '',
    attnotnull: !column.isNullable,
    atthasdef: column.default !== null,
    atthasmissing: false,
    attidentity: column.identity ?? '',
    attgenerated: '',
    attisdropped: false,
    attislocal: true,
    attinhcount: 0,
    attcollation: type.collation === 0 ? 0 : DEFAULT_COLLATION,
  }
}

/** A number for what belongs to a table: of the table's, and its place in it. */
function partOid(relation: SystemRelation, place: number): number {
  return (relation.oid ^ (0x1000_0000 + place * 7919)) >>> 1
}

export interface Constraint {
  readonly oid: number
  readonly name: string
  readonly relation: SystemRelation
  readonly kind: 'c' | 'p' | 'u'
  /** Numbers of its columns. */
  readonly columns: readonly number[]
  /** SQL text, of checks. */
  readonly expression: string | null
}

/** CHECK, PRIMARY KEY and UNIQUE of all tables. */
export function constraintsOf({ relations }: Pick<SystemSnapshot, 'relations'>): readonly Constraint[] {
  return relations.flatMap((relation): Constraint[] => {
    const { rules, columns } = relation
    if (rules === undefined) return []
    const keys = rules.keys.map((key, i): Constraint => ({
      oid: partOid(relation, i + 1),
      name: key.name,
      relation,
      kind: key.isPrimary ? 'p' : 'u',
      columns: key.columns.map((name) => columns.findIndex((column) => column.name === name) + 1),
      expression: null,
    }))
    const checks = rules.checks.map((check, i): Constraint => ({
      oid: partOid(relation, rules.keys.length + i + 1),
      name: check.name,
      relation,
      kind: 'c',
      columns: columns.flatMap(({ name }, at) => (mentions(check.expression, name) ? [at + 1] : [])),
      expression: check.expression,
    }))
    return [...keys, ...checks]
  })
}

/** Whether a name stands in an expression as a word. */
function mentions(expression: string, name: string): boolean {
  const words = expression.match(/"(?:[^"]|"")*"|'(?:[^']|'')*'|[\w$]+/gu) ?? []
  return words.some((word) => word === name || word === `"${name.replaceAll('"', '""')}"`)
}

/** As `pg_get_constraintdef` writes it. */
export function constraintText({ kind, columns, expression, relation }: Constraint): string {
  if (kind === 'c') return `CHECK (${bracketed(expression!)})`
  const names = columns.map((number) => quoteIdentifier(relation.columns[number - 1]?.name ?? ''))
  return `${kind === 'p' ? 'PRIMARY KEY' : 'UNIQUE'} (${names.join(', ')})`
}

function bracketed(expression: string): string {
  return /^\(.*\)$/s.test(expression.trim()) ? expression.trim() : `(${expression.trim()})`
}

function constraintRow({ oid, name, relation, kind, columns, expression }: Constraint): SystemRow {
  return {
    oid,
    conname: name,
    connamespace: relation.schema.oid,
    contype: kind,
    condeferrable: false,
    condeferred: false,
    convalidated: true,
    conrelid: relation.oid,
    contypid: 0,
    conindid: 0,
    conparentid: 0,
    confrelid: 0,
    confupdtype: ' ',
    confdeltype: ' ',
    confmatchtype: ' ',
    conislocal: true,
    coninhcount: 0,
    connoinherit: kind !== 'c',
    conkey: columns,
    conbin: expression,
  }
}

interface Default {
  readonly oid: number
  readonly relation: SystemRelation
  readonly number: number
  readonly text: string
}

function defaultsOf({ relations }: SystemSnapshot): readonly Default[] {
  return relations.flatMap((relation) =>
    relation.columns.flatMap((column, i): Default[] =>
      column.default === null
        ? []
        : [{ oid: partOid(relation, 1000 + i), relation, number: i + 1, text: column.default }],
    ),
  )
}

function ownKind(snapshot: SystemSnapshot, kind: SystemRelation['kind']): readonly SystemRelation[] {
  return snapshot.relations.filter((one) => one.kind === kind)
}

/** `typname` of the types that sequences have. */
export const SEQUENCE_TYPES = { smallint: 'int2', integer: 'int4', bigint: 'int8' } as const

export interface ListedSequence extends SystemRelation {
  readonly state: SequenceState
  readonly ofSequence: SequenceDefinition
}

/** The sequences, with what they are and where they stand. */
export function sequencesOf(snapshot: SystemSnapshot): readonly ListedSequence[] {
  return ownKind(snapshot, 'S').flatMap((relation) => {
    const { sequence } = relation
    return sequence === undefined ? [] : [{ ...relation, ofSequence: sequence.definition, state: sequence.state() }]
  })
}

export const relationRows: RowBuilders = {
  pg_namespace: ({ schemas }) => schemas.map(({ oid, name }) => ({ oid, nspname: name, nspowner: OWNER_OID })),
  pg_class: ({ relations }) => relations.map(classRow),
  pg_attribute: ({ relations }) =>
    relations.flatMap((relation) => relation.columns.map((column, i) => attributeRow(relation, column, i + 1))),
  pg_attrdef: (snapshot) =>
    defaultsOf(snapshot).map(({ oid, relation, number, text }) => ({
      oid,
      adrelid: relation.oid,
      adnum: number,
      adbin: text,
    })),
  pg_constraint: (snapshot) => constraintsOf(snapshot).map(constraintRow),
  pg_description: ({ relations }) =>
    relations.flatMap((relation) =>
      [relation.rules?.comment ?? null, ...relation.columns.map(({ comment }) => comment)].flatMap((comment, i) =>
        comment === null
          ? []
          : [{ objoid: relation.oid, classoid: CLASS_OIDS.pg_class, objsubid: i, description: comment }],
      ),
    ),
  pg_tables: (snapshot) =>
    ownKind(snapshot, 'r').map(({ schema, name, rules }) => ({
      schemaname: schema.name,
      tablename: name,
      tableowner: snapshot.user,
      hasindexes: (rules?.keys.length ?? 0) > 0,
      hasrules: false,
      hastriggers: false,
      rowsecurity: false,
    })),
  pg_views: (snapshot) =>
    ownKind(snapshot, 'v').map(({ schema, name, definition }) => ({
      schemaname: schema.name,
      viewname: name,
      viewowner: snapshot.user,
      definition,
    })),
  pg_depend: (snapshot) =>
    sequencesOf(snapshot).flatMap(({ oid, schema, ofSequence: { owner } }) => {
      const table = owner === null ? undefined : snapshot.find([schema.name, owner.table])
      if (owner === null || table === undefined) return []
      return {
        classid: CLASS_OIDS.pg_class,
        objid: oid,
        objsubid: 0,
        refclassid: CLASS_OIDS.pg_class,
        refobjid: table.oid,
        refobjsubid: table.columns.findIndex(({ name }) => name === owner.column) + 1,
        deptype: owner.isIdentity ? 'i' : 'a',
      }
    }),
  pg_sequence: (snapshot) =>
    sequencesOf(snapshot).map(({ oid, ofSequence: definition }) => ({
      seqrelid: oid,
      seqtypid: pgTypeByName(SEQUENCE_TYPES[definition.type])!.oid,
      seqstart: definition.start,
      seqincrement: definition.increment,
      seqmax: definition.max,
      seqmin: definition.min,
      seqcache: definition.cache,
      seqcycle: definition.cycle,
    })),
  pg_sequences: (snapshot) =>
    sequencesOf(snapshot).map(({ schema, name, ofSequence: definition, state }) => ({
      schemaname: schema.name,
      sequencename: name,
      sequenceowner: snapshot.user,
      data_type: pgTypeByName(SEQUENCE_TYPES[definition.type])!.oid,
      start_value: definition.start,
      min_value: definition.min,
      max_value: definition.max,
      increment_by: definition.increment,
      cycle: definition.cycle,
      cache_size: definition.cache,
      last_value: state.isCalled ? state.last : null,
    })),
  pg_matviews: (snapshot) =>
    ownKind(snapshot, 'm').map(({ schema, name, definition }) => ({
      schemaname: schema.name,
      matviewname: name,
      matviewowner: snapshot.user,
      hasindexes: false,
      ispopulated: true,
      definition,
    })),
}
