/** Small tables for binder tests. */
import { VARCHAR } from '../../../src/core/types.ts'
import type { LiteralExpr } from '../../../src/expr/expr.ts'
import type { BindContext } from '../../../src/plan/bind/context.ts'
import { contextOf, fakeTable, field, tablesOf } from './fake-table.ts'

const DDL = `
create table t (
  a integer, b varchar, c decimal(10,2), d date, ts timestamp, f double precision, r real, s smallint, n bigint not null,
  flag boolean, "userId" integer
);
create table u (a integer, z varchar, n bigint not null);
create table nested (
  id integer, st struct<a: struct<b: integer>, x: varchar, "camelCase": integer>, li integer[], m map<varchar, integer>,
  items array<struct<k: integer, v: varchar>>
);
create table "Odd Names" ("with space" integer, "with.dot" integer, "row" integer, type varchar);
`

export function sampleContext(parameters: readonly LiteralExpr[] = []): BindContext {
  const tables = new Map(tablesOf(DDL))
  tables.set(
    'lake',
    fakeTable('lake', [field('a', { kind: 'integer' })], [field('_file', VARCHAR), field('_pos', { kind: 'bigint' })]),
  )
  return contextOf(tables, parameters)
}
