/**
 * Scans: the predicate goes to the table, which prunes with it, and to the executor, which checks it conjunct by conjunct, the cheapest and
 * most selective first. Columns read for the filters alone are not put out.
 */
import type { LiteralValue } from '../../core/value.ts'
import { type Expr, and, conjuncts, literal } from '../../expr/expr.ts'
import type { Pushdown } from '../../table/table.ts'
import { bytesOf } from '../cost/column-stats.ts'
import { orderFilters } from '../cost/filter-order.ts'
import type { ScanNode } from '../logical.ts'
import type { PhysicalPlan } from '../physical.ts'
import { type BuiltPlan, type PlanBuilder, outputOf, placed, placesOf } from './plan-builder.ts'

export function buildScan(builder: PlanBuilder, logical: ScanNode, required: ReadonlySet<number>): BuiltPlan {
  const { table, projection, columns } = logical
  const places = placesOf(columns)
  const all = builder.estimator.estimate({ ...logical, filter: null })
  const parts = logical.filter === null ? [] : conjuncts(logical.filter)
  const filters = orderFilters(parts, (id) => all.columns.get(id)).map((one) => placed(one, places))
  const kept = columns.flatMap(({ id }, i) => (required.has(id) ? [i] : []))
  if (table.literalRows !== undefined) return literalRows(builder, logical, table.literalRows, filters)
  const limit = logical.limit
  const predicate = filters.length === 0 ? null : and(filters)
  const pushdown: Pushdown = {
    columns: projection,
    predicate,
    ...(limit === null ? {} : { limit }),
  }
  const source = builder.addSource({ table, pushdown })
  const outputColumns = kept.map((i) => columns[i]!)
  const output = outputColumns.map(outputOf)
  const plan: PhysicalPlan = {
    kind: 'scan',
    id: builder.newId(),
    output,
    estimate: builder.estimate(logical, output),
    source,
    tableName: logical.alias === table.name ? table.name : `${table.name} ${logical.alias}`,
    format: table.format,
    columns: columns.map((one, i) => ({ ...outputOf(one), name: projection[i]!.name })),
    filters,
    projection: kept,
    dynamicFilters: [],
    limit,
  }
  return { plan, places: placesOf(outputColumns), logical }
}

/** A table whose rows are at hand: values, and what of the filter there is above them. */
function literalRows(
  builder: PlanBuilder,
  logical: ScanNode,
  rows: readonly (readonly LiteralValue[])[],
  filters: readonly Expr[],
): BuiltPlan {
  const { table, projection, columns } = logical
  const fields = [...table.schema.fields, ...table.hiddenColumns]
  const indexes = projection.map(({ name }) => fields.findIndex((field) => field.name === name))
  const literals = rows.map((row) => indexes.map((index, i) => literal(row[index] ?? null, columns[i]!.type)))
  const output = columns.map(outputOf)
  const estimate = {
    rows: rows.length,
    bytes: rows.length * output.reduce((sum, { type }) => sum + bytesOf(type), 0),
  }
  const values: PhysicalPlan = {
    kind: 'values',
    id: builder.newId(),
    output,
    estimate,
    rows: literals,
  }
  const places = placesOf(columns)
  if (filters.length === 0) return { plan: values, places, logical }
  const plan: PhysicalPlan = {
    kind: 'filter',
    id: builder.newId(),
    output,
    estimate: builder.estimate(logical, output),
    child: values,
    predicate: and(filters),
  }
  return { plan, places, logical }
}
