/** Window functions: gathered by their window, one WindowNode for each. */
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { type DataType, BIGINT, DOUBLE, INTEGER, isInteger } from '../../core/types.ts'
import { aggregateByName, aggregateNames } from '../../expr/aggregates/index.ts'
import { type Expr, columnsOf } from '../../expr/expr.ts'
import type { FrameBound, FunctionCall, Identifier, WindowFrame, WindowSpec } from '../../sql/ast.ts'
import type { SortKey } from '../logical.ts'
import { bindAggregateCall } from './aggregates.ts'
import type { Binder } from './binder.ts'
import { type CollectedCall, bindCollectedCall, isCollected } from './collected.ts'
import { aggregateKey, exprKey, sortKeysKey } from './expr-key.ts'
import { bindIgnoringNulls } from './ignore-nulls.ts'
import { hasSubquery } from './repeated.ts'
import { type Clause, type Scope, type WindowGroup, inClause } from './scope.ts'
import { bindSortKeys } from './sort-keys.ts'
import { coerce, coerceImplicitly, missingFunction, settle } from './typing.ts'

/** Types of the result and of the arguments after the first, by the type of the first; null for other argument counts. */
type Resolve = (args: readonly DataType[]) => { readonly args: readonly DataType[]; readonly result: DataType } | null

const withoutArguments =
  (result: DataType): Resolve =>
  (args) =>
    args.length === 0 ? { args: [], result } : null

const ofValue: Resolve = ([value, ...rest]) =>
  value === undefined || rest.length > 0 ? null : { args: [value], result: value }

const shifted: Resolve = ([value, offset, fallback, ...rest]) => {
  if (value === undefined || rest.length > 0) return null
  const args = [value, ...(offset === undefined ? [] : [INTEGER]), ...(fallback === undefined ? [] : [value])]
  return { args, result: value }
}

const WINDOW_FUNCTIONS: Readonly<Record<string, Resolve>> = {
  row_number: withoutArguments(BIGINT),
  rank: withoutArguments(BIGINT),
  dense_rank: withoutArguments(BIGINT),
  percent_rank: withoutArguments(DOUBLE),
  cume_dist: withoutArguments(DOUBLE),
  ntile: (args) => (args.length === 1 && isInteger(args[0]!) ? { args: [INTEGER], result: INTEGER } : null),
  lag: shifted,
  lead: shifted,
  first_value: ofValue,
  last_value: ofValue,
  nth_value: ([value, n, ...rest]) =>
    value === undefined || n === undefined || rest.length > 0 ? null : { args: [value, INTEGER], result: value },
}

/** Whether the name is a window function that is no aggregate. */
export function isWindowName(name: string): boolean {
  return Object.hasOwn(WINDOW_FUNCTIONS, name)
}

/** A frame as bound: offsets are expressions without columns. */
export interface BoundFrame {
  readonly unit: 'rows' | 'range' | 'groups'
  readonly start: BoundFrameBound
  readonly end: BoundFrameBound
  readonly exclude: WindowFrame['exclude']
}

export interface BoundFrameBound {
  readonly kind: FrameBound['kind']
  readonly offset: Expr | null
}

export function bindWindowCall(binder: Binder, name: string, ast: FunctionCall, scope: Scope): Expr {
  const { clause } = scope
  const { at } = ast
  if (!clause.windows || scope.windows === null) throw notAllowed(clause, at)
  if (ast.distinct) throw unsupported('DISTINCT for window functions', { at })
  if (ast.orderBy.length > 0) throw unsupported('aggregate ORDER BY for window functions', { at })
  const inside = { ...clause, windows: false, insideWindow: true }
  return inClause(scope, inside, () => {
    const ignoring = ast.nullTreatment === 'ignore' ? bindIgnoringNulls(binder, name, ast, scope) : null
    const { call, finish } = ignoring ?? bindWindowFunction(binder, name, ast, scope)
    const spec = resolveSpec(ast.over!, scope)
    const group = windowGroup(binder, ignoring?.frame?.(spec) ?? spec, scope)
    const key = aggregateKey(call)
    let entry = group.calls.find((other) => other.key === key)
    if (entry === undefined) {
      entry = { key, call, column: binder.newColumn(name, call.type, true) }
      group.calls.push(entry)
    }
    return finish({ kind: 'column', id: entry.column.id, type: call.type })
  })
}

function notAllowed({ name, insideAggregate, insideWindow }: Clause, at: TextRange): SqlError {
  if (insideWindow) return new SqlError('42P20', 'window function calls cannot be nested', { at })
  if (insideAggregate) {
    return new SqlError('42803', 'aggregate function calls cannot contain window function calls', {
      at,
    })
  }
  return new SqlError('42P20', `window functions are not allowed in ${name}`, { at })
}

function bindWindowFunction(binder: Binder, name: string, ast: FunctionCall, scope: Scope): CollectedCall {
  if (!isWindowName(name) && isCollected(name, ast)) {
    return bindCollectedCall(binder, name, ast, scope, (value) => binder.expression(value, scope))
  }
  return bindPlainFunction(binder, name, ast, scope)
}

function bindPlainFunction(binder: Binder, name: string, ast: FunctionCall, scope: Scope): CollectedCall {
  const own = Object.hasOwn(WINDOW_FUNCTIONS, name) ? WINDOW_FUNCTIONS[name] : undefined
  if (own === undefined) {
    if (aggregateByName(name) === undefined) {
      throw new SqlError('42809', `OVER specified, but ${name} is not a window function nor an aggregate function`, {
        at: ast.at,
      })
    }
    return bindAggregateCall(binder, name, { ...ast, nullTreatment: null }, scope)
  }
  if (ast.filter !== null) {
    throw unsupported('FILTER for window functions that are not aggregates', { at: ast.at })
  }
  const args = ast.arguments.map(({ value }) => settle(binder.expression(value, scope)))
  const resolved = ast.star ? null : own(args.map(({ type }) => type))
  if (resolved === null) throw missingFunction(name, args, ast.at, aggregateNames())
  const converted = args.map((arg, i) => {
    const result = coerceImplicitly(binder, arg, resolved.args[i]!, ast.arguments[i]!.at)
    if (result === null) throw missingFunction(name, args, ast.at, aggregateNames())
    return result
  })
  const call = { name, args: converted, distinct: false, filter: null, orderBy: [], type: resolved.result }
  return { call, finish: (value) => value }
}

/** The window that OVER means, named ones looked up and extended. */
function resolveSpec(over: WindowSpec | Identifier, scope: Scope): WindowSpec {
  if ('kind' in over) return extendSpec(over, scope, 0)
  return namedSpec(over, scope, 0)
}

function namedSpec(name: Identifier, scope: Scope, depth: number): WindowSpec {
  const found = scope.namedWindows.find((window) => window.name.name === name.name)
  // A window may extend an earlier one only; a ring of names runs into the bound.
  if (found === undefined || depth > scope.namedWindows.length) {
    throw new SqlError('42704', `window "${name.name}" does not exist`, { at: name.at })
  }
  return extendSpec(found.spec, scope, depth + 1)
}

function extendSpec(spec: WindowSpec, scope: Scope, depth: number): WindowSpec {
  if (spec.base === null) return spec
  const base = namedSpec(spec.base, scope, depth)
  const name = spec.base.name
  const { at } = spec
  if (spec.partitionBy.length > 0) {
    throw new SqlError('42P20', `cannot override PARTITION BY clause of window "${name}"`, { at })
  }
  if (spec.orderBy.length > 0 && base.orderBy.length > 0) {
    throw new SqlError('42P20', `cannot override ORDER BY clause of window "${name}"`, { at })
  }
  if (base.frame !== null) {
    throw new SqlError('42P20', `cannot copy window "${name}" because it has a frame clause`, {
      at,
    })
  }
  return {
    ...spec,
    base: null,
    partitionBy: base.partitionBy,
    orderBy: spec.orderBy.length > 0 ? spec.orderBy : base.orderBy,
  }
}

function windowGroup(binder: Binder, spec: WindowSpec, scope: Scope): WindowGroup {
  const partitionBy = spec.partitionBy.map((expr) => settle(binder.expression(expr, scope)))
  const orderBy = bindSortKeys(binder, spec.orderBy, scope)
  const frame = spec.frame === null ? null : bindFrame(binder, spec.frame, orderBy, scope)
  const key = [partitionBy.map(exprKey).join(), sortKeysKey(orderBy), frameKey(frame)].join(';')
  const groups = scope.windows!
  let group = groups.find((other) => other.key === key)
  if (group === undefined) {
    group = { key, partitionBy, orderBy, frame, calls: [] }
    groups.push(group)
  }
  return group
}

function frameKey(frame: BoundFrame | null): string {
  if (frame === null) return ''
  const bound = ({ kind, offset }: BoundFrameBound): string => `${kind} ${offset === null ? '' : exprKey(offset)}`
  return [frame.unit, bound(frame.start), bound(frame.end), frame.exclude].join()
}

const BOUND_ORDER: readonly FrameBound['kind'][] = [
  'unbounded-preceding',
  'preceding',
  'current-row',
  'following',
  'unbounded-following',
]

function bindFrame(binder: Binder, ast: WindowFrame, orderBy: readonly SortKey[], scope: Scope): BoundFrame {
  const { unit, start, at } = ast
  const end: FrameBound = ast.end ?? { kind: 'current-row', offset: null, at }
  if (start.kind === 'unbounded-following') {
    throw new SqlError('42P20', 'frame start cannot be UNBOUNDED FOLLOWING', { at })
  }
  if (end.kind === 'unbounded-preceding') {
    throw new SqlError('42P20', 'frame end cannot be UNBOUNDED PRECEDING', { at })
  }
  if (BOUND_ORDER.indexOf(end.kind) < BOUND_ORDER.indexOf(start.kind)) {
    throw new SqlError('42P20', `frame starting from ${boundName(start)} cannot have ${boundName(end)}`, { at })
  }
  if (unit === 'groups' && orderBy.length === 0) {
    throw new SqlError('42P20', 'GROUPS mode requires an ORDER BY clause', { at })
  }
  if (unit === 'range' && (start.offset !== null || end.offset !== null) && orderBy.length !== 1) {
    throw new SqlError('42P20', 'RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column', { at })
  }
  const bound = (side: FrameBound): BoundFrameBound => ({
    kind: side.kind,
    offset: side.offset === null ? null : frameOffset(binder, unit, side.offset, scope),
  })
  return { unit, start: bound(start), end: bound(end), exclude: ast.exclude }
}

function frameOffset(
  binder: Binder,
  unit: WindowFrame['unit'],
  ast: NonNullable<FrameBound['offset']>,
  scope: Scope,
): Expr {
  const expr = settle(binder.expression(ast, scope))
  if (hasSubquery(expr)) throw unsupported('a subquery in the frame of a window', { at: ast.at })
  if ([...columnsOf(expr)].length > 0) {
    throw new SqlError('42P10', `argument of ${unit.toUpperCase()} must not contain variables`, { at: ast.at })
  }
  if (unit === 'range') return expr
  if (!isInteger(expr.type) && expr.type.kind !== 'null') throw offsetType(unit, ast.at)
  return coerce(binder, expr, BIGINT, ast.at)
}

function offsetType(unit: WindowFrame['unit'], at: TextRange): SqlError {
  return new SqlError('42804', `argument of ${unit.toUpperCase()} must be type bigint`, { at })
}

function boundName({ kind }: FrameBound): string {
  return kind === 'current-row' ? 'current row' : `${kind.replace('-', ' ')} row`
}
