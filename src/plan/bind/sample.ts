/**
 * TABLESAMPLE and USING SAMPLE.
 *
 *   bernoulli p%      a random number a row; with a seed, a number made of the seed and the row's place (its file and position)
 *   system p%         the same for runs of 2,048 rows of a file; rows without a file count as bernoulli's
 *   reservoir n rows  the n rows of the lowest random numbers: a top-n sort; as a percentage, the same with a share of the rows
 */
import { type TextRange, SqlError } from '../../core/errors.ts'
import { BIGINT, BOOLEAN, DOUBLE, VARCHAR, isInteger, isNumeric } from '../../core/types.ts'
import { type Expr, call, column, literal } from '../../expr/expr.ts'
import { evaluateConstant } from '../../expr/fold.ts'
import type { Expression, Sample } from '../../sql/ast.ts'
import type { LogicalPlan, PlanColumn, SortKey } from '../logical.ts'
import type { Binder } from './binder.ts'
import { keepShare, numberRows, percentage } from './numbered-rows.ts'
import { hasSubquery } from './repeated.ts'
import { type FromItem, NO_CLAUSE, inClause, makeScope } from './scope.ts'
import { coerce } from './typing.ts'

/** Hidden columns that say where a row lies: a sample with a seed, or of whole runs, reads them. */
export const PLACE_COLUMNS: readonly string[] = ['_file', '_pos']

type Method = 'bernoulli' | 'system' | 'reservoir'

/** Rows that `system` takes or leaves together, as a power of two. */
const RUN_BITS = 11

/** Whether the rows' places decide. */
export function samplesByPlace({ seed, method, unit }: Sample): boolean {
  return seed !== null || method?.name.toLowerCase() === 'system' || (method === null && unit === 'percent')
}

/** The item with a sample of its rows. */
export function sampleItem(binder: Binder, item: FromItem, sample: Sample): FromItem {
  const { at, size } = sample
  const method = methodOf(sample)
  const unit = sample.unit ?? (method === 'reservoir' ? 'rows' : 'percent')
  if (unit === 'rows' && method !== 'reservoir') {
    throw new SqlError('22023', `a sample of ${method} is a percentage, not a number of rows`, { at })
  }
  const seed = sample.seed === null ? null : seedOf(binder, sample.seed)
  const placed = placeRows(binder, item, seed !== null || method === 'system')
  const fraction = fractionOf(placed, seed ?? seedOfRun(binder), method)
  const value = constant(binder, size, 'TABLESAMPLE')
  if (unit === 'rows')
    return { ...item, plan: firstRows(binder, placed.plan, item, fraction, rowsOf(binder, value, size)) }
  const millionths = percentage(binder, value, 'TABLESAMPLE', size.at)
  if (millionths === null) throw new SqlError('2202H', 'TABLESAMPLE parameter cannot be null', { at: size.at })
  if (method === 'reservoir') {
    const share = { millionths, rounding: 'floor', withTies: false } as const
    return {
      ...item,
      plan: project(item, keepShare(binder, sorted(binder, placed.plan, fraction, null), share, 0, at)),
    }
  }
  const predicate = call('lt', [fraction, literal(Number(millionths) / 100_000_000, DOUBLE)], BOOLEAN)
  const filter: LogicalPlan = { kind: 'filter', child: placed.plan, predicate, columns: placed.plan.columns }
  return { ...item, plan: project(item, filter) }
}

function methodOf({ method, unit }: Sample): Method {
  if (method === null) return unit === 'percent' ? 'system' : 'reservoir'
  const name = method.name.toLowerCase()
  if (name === 'bernoulli' || name === 'system' || name === 'reservoir') return name
  throw new SqlError('42704', `tablesample method ${method.name} does not exist`, { at: method.at })
}

interface Placed {
  readonly plan: LogicalPlan
  readonly position: PlanColumn | null
  readonly file: { readonly id: number } | null
}

/** The rows with a number that says where each lies. */
function placeRows(binder: Binder, item: FromItem, needed: boolean): Placed {
  if (!needed) return { plan: item.plan, position: null, file: null }
  const find = (name: string): PlanColumn | null => {
    const found = item.plan.kind === 'scan' ? item.columns.find((one) => one.hidden && one.name === name) : undefined
    return item.plan.columns.find(({ id }) => id === found?.id) ?? null
  }
  const [file, position] = PLACE_COLUMNS.map(find) as [PlanColumn | null, PlanColumn | null]
  if (file !== null && position !== null) return { plan: item.plan, position, file }
  const { plan, numbers } = numberRows(binder, item.plan, [], ['row_number'])
  return { plan, position: numbers[0]!, file: null }
}

/** A number from 0 up to 1 for each row. */
function fractionOf({ position, file }: Placed, seed: bigint, method: Method): Expr {
  if (position === null) return call('random', [], DOUBLE)
  const run = method === 'system' && file !== null
  const place: Expr = column(position.id, BIGINT)
  const divided = run ? call('divide', [place, literal(BigInt(2 ** RUN_BITS), BIGINT)], BIGINT) : place
  const args = [literal(seed, BIGINT), divided, ...(file === null ? [] : [column(file.id, VARCHAR)])]
  return call('sample_fraction', args, DOUBLE)
}

function sorted(binder: Binder, child: LogicalPlan, fraction: Expr, limit: number | null): LogicalPlan {
  const made = binder.newColumn('fraction', DOUBLE, false)
  const projected: LogicalPlan = {
    kind: 'project',
    child,
    expressions: [...child.columns.map(({ id, type }) => column(id, type)), fraction],
    columns: [...child.columns, made],
  }
  const keys: readonly SortKey[] = [{ expr: column(made.id, DOUBLE), descending: false, nullsFirst: false }]
  return { kind: 'sort', child: projected, keys, limit, offset: 0, columns: projected.columns }
}

function firstRows(binder: Binder, child: LogicalPlan, item: FromItem, fraction: Expr, rows: number): LogicalPlan {
  return project(item, sorted(binder, child, fraction, rows))
}

/** The columns of the item alone. */
function project({ plan }: FromItem, child: LogicalPlan): LogicalPlan {
  const expressions = plan.columns.map(({ id, type }) => column(id, type))
  return { kind: 'project', child, expressions, columns: plan.columns }
}

function constant(binder: Binder, ast: Expression, what: string): Expr {
  const scope = makeScope(null, null)
  const expr = inClause(scope, { ...NO_CLAUSE, name: what }, () => binder.expression(ast, scope))
  if (expr.type.kind !== 'null' && !isNumeric(expr.type)) {
    throw new SqlError('42804', `argument of ${what} must be a number`, { at: ast.at })
  }
  if (hasSubquery(expr)) throw new SqlError('42P10', `argument of ${what} must not contain subqueries`, { at: ast.at })
  return expr
}

function rowsOf(binder: Binder, expr: Expr, { at }: { readonly at: TextRange }): number {
  if (!isInteger(expr.type)) throw new SqlError('22023', 'a sample has a whole number of rows', { at })
  const rows = binder.locate(at, () => evaluateConstant(coerce(binder, expr, BIGINT, at), binder.context.session))
  if (rows === null || (rows as bigint) < 0n || (rows as bigint) > 1_000_000_000n) {
    throw new SqlError('2202H', 'a sample must have from 0 to 1000000000 rows', { at })
  }
  return Number(rows as bigint)
}

/** Without a seed each run of a statement has one of its own. */
function seedOfRun({ context }: Binder): bigint {
  context.once?.()
  return BigInt(Math.floor(Math.random() * 2 ** 48))
}

function seedOf(binder: Binder, ast: Expression): bigint {
  const expr = constant(binder, ast, 'REPEATABLE')
  const double = coerce(binder, expr, DOUBLE, ast.at)
  const value = binder.locate(ast.at, () => evaluateConstant(double, binder.context.session)) as number | null
  if (value === null) throw new SqlError('2202G', 'TABLESAMPLE REPEATABLE parameter cannot be null', { at: ast.at })
  return new DataView(Float64Array.of(value).buffer).getBigInt64(0, true)
}
