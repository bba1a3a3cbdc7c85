/**
 * Reads only those fields of structs that the query names.
 *
 *     Project (st).a.x                             Project (st).a.x
 *       Filter (st).b > 1                  ->        Filter (st).b > 1
 *         Scan t (st: struct(a struct(x, y), b, c))    Scan t (st: struct(a struct(x), b))
 *
 * A struct column keeps its id; its type narrows everywhere. A column that is used whole anywhere (compared, grouped by, put out, part of
 * a set operation) is read whole.
 */
import type { DataType } from '../../core/types.ts'
import { type CallExpr, type Expr, childrenOf, rewriteExpr } from '../../expr/expr.ts'
import type { LogicalPlan, PlanColumn, ScanNode } from '../logical.ts'
import { expressionsOf, mapExpressions } from '../node-expressions.ts'
import { rewriteUp, walkPlan } from './plan-rewrite.ts'
import type { Rule } from './rule.ts'

export const pruneFields: Rule = {
  name: 'prune-fields',
  apply(plan) {
    const candidates = structColumns(plan)
    if (candidates.size === 0) return plan
    const uses = collectUses(plan, candidates)
    const types = new Map<number, DataType>()
    for (const [id, type] of candidates) {
      const use = uses.get(id)
      const narrow = use === undefined || use === 'whole' ? type : narrowed(type, use)
      if (narrow !== type) types.set(id, narrow)
    }
    return types.size === 0 ? plan : retype(plan, types)
  },
}

/** Fields used, by name; `whole` where the value itself is. */
type Use = 'whole' | ReadonlyMap<string, Use>

/** Columns of scans that are structs. */
function structColumns(plan: LogicalPlan): Map<number, DataType> {
  const found = new Map<number, DataType>()
  for (const node of walkPlan(plan)) {
    // Rows that are at hand already have the type that they have.
    if (node.kind !== 'scan' || node.table.literalRows !== undefined) continue
    for (const { id, type } of node.columns) if (type.kind === 'struct') found.set(id, type)
  }
  return found
}

function collectUses(plan: LogicalPlan, candidates: ReadonlyMap<number, DataType>): ReadonlyMap<number, Use> {
  const uses = new Map<number, Use>()
  const whole = (columns: readonly PlanColumn[]): void => {
    for (const { id } of columns) if (candidates.has(id)) uses.set(id, 'whole')
  }
  whole(plan.columns)
  for (const node of walkPlan(plan)) {
    // These look at the whole rows of their inputs, or at columns by their place.
    if (node.kind === 'set-operation') for (const child of node.children) whole(child.columns)
    if (node.kind === 'distinct') whole(node.child.columns)
    if (node.kind === 'with') whole(node.definition.columns)
    const passed = node.kind === 'project' ? new Set(node.columns.map(({ id }) => id)) : new Set<number>()
    for (const expr of expressionsOf(node)) {
      // A projection that passes the column on under its id uses nothing of it.
      if (expr.kind === 'column' && node.kind === 'project' && passed.has(expr.id)) continue
      addUses(expr, [], uses, candidates)
    }
  }
  return uses
}

/** Adds what `expr` uses; `path`: the fields that are taken of its value, outermost last. */
function addUses(
  expr: Expr,
  path: readonly string[],
  uses: Map<number, Use>,
  candidates: ReadonlyMap<number, DataType>,
): void {
  if (expr.kind === 'column') {
    if (candidates.has(expr.id)) uses.set(expr.id, merge(uses.get(expr.id), path))
    return
  }
  const name = fieldName(expr)
  if (name !== null) {
    addUses((expr as CallExpr).args[0]!, [name, ...path], uses, candidates)
    return
  }
  for (const child of childrenOf(expr)) addUses(child, [], uses, candidates)
}

function fieldName(expr: Expr): string | null {
  if (expr.kind !== 'call' || expr.name !== 'field') return null
  const [struct, which] = expr.args
  if (struct?.type.kind !== 'struct' || which?.kind !== 'literal') return null
  return typeof which.value === 'string' ? which.value : null
}

function merge(use: Use | undefined, path: readonly string[]): Use {
  const [first, ...rest] = path
  if (use === 'whole' || first === undefined) return 'whole'
  const next = new Map(use ?? [])
  next.set(first, merge(next.get(first), rest))
  return next
}

function narrowed(type: DataType, use: ReadonlyMap<string, Use>): DataType {
  if (type.kind !== 'struct') return type
  // A name that two fields share does not say which.
  const names = type.fields.map(({ name }) => name)
  if (new Set(names).size < names.length || ![...use.keys()].every((name) => names.includes(name))) return type
  const fields = type.fields.flatMap((field) => {
    const part = use.get(field.name)
    if (part === undefined) return []
    return part === 'whole' ? [field] : [{ ...field, type: narrowed(field.type, part) }]
  })
  return fields.length === type.fields.length && fields.every((field, i) => field.type === type.fields[i]!.type)
    ? type
    : { kind: 'struct', fields }
}

function retype(plan: LogicalPlan, types: ReadonlyMap<number, DataType>): LogicalPlan {
  const column = (one: PlanColumn): PlanColumn => {
    const type = types.get(one.id)
    return type === undefined ? one : { ...one, type }
  }
  return rewriteUp(plan, (node) => {
    const next = mapExpressions(node, (expr) => retypeExpr(expr, types))
    if (!next.columns.some(({ id }) => types.has(id))) return next
    const columns = next.columns.map(column)
    return next.kind === 'scan' ? retypeScan({ ...next, columns }) : { ...next, columns }
  })
}

function retypeScan(scan: ScanNode): ScanNode {
  return {
    ...scan,
    projection: scan.projection.map((one, i) => ({ ...one, type: scan.columns[i]!.type })),
  }
}

/** Columns get their types; calls to `field` on the way from them give the narrowed parts. */
function retypeExpr(expr: Expr, types: ReadonlyMap<number, DataType>): Expr {
  return rewriteExpr(expr, (part) => {
    if (part.kind === 'column') {
      const type = types.get(part.id)
      return type === undefined ? part : { ...part, type }
    }
    const name = fieldName(part)
    if (name === null) return part
    const struct = (part as CallExpr).args[0]!.type
    const field = struct.kind === 'struct' ? struct.fields.find((one) => one.name === name) : undefined
    return field === undefined || field.type === part.type ? part : { ...part, type: field.type }
  })
}
