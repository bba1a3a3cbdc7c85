/**
 * Checks that a plan hangs together: every column reference resolves, nodes have the columns that logical.ts demands, ids are made once.
 * Run after every rule in tests; what it finds is a fault of a rule.
 */
import { InternalError } from '../../core/errors.ts'
import { sameType } from '../../core/types.ts'
import { type Expr, walkExpr } from '../../expr/expr.ts'
import { type LogicalPlan, type PlanColumn, inputsOf } from '../logical.ts'
import { expressionsOf } from '../node-expressions.ts'

/** Throws XX000 when `plan` is not sound or lacks a column of `root`. `where` names the rule. */
export function verifyPlan(plan: LogicalPlan, root: readonly PlanColumn[], where: string): void {
  const fail = (what: string): never => {
    throw new InternalError(`${where}: ${what}`)
  }
  if (plan.columns.length !== root.length) fail(`the plan has ${plan.columns.length} columns instead of ${root.length}`)
  root.forEach((want, i) => {
    const got = plan.columns[i]!
    if (got.id !== want.id) fail(`column ${i} is #${got.id} instead of #${want.id}`)
    if (!sameType(got.type, want.type)) fail(`column #${got.id} changed its type`)
  })
  const made = new Map<number, LogicalPlan>()
  visit(plan, { outer: new Set(), ctes: new Map(), made, fail })
}

interface Surroundings {
  /** Columns of the left sides of dependent joins around. */
  readonly outer: ReadonlySet<number>
  readonly ctes: ReadonlyMap<number, ReadonlySet<number>>
  /** Who made each column. */
  readonly made: Map<number, LogicalPlan>
  readonly fail: (what: string) => never
}

function visit(plan: LogicalPlan, around: Surroundings): void {
  const { fail } = around
  visitInputs(plan, around)
  checkShape(plan, around)
  const visible = new Set(around.outer)
  for (const input of inputsOf(plan)) for (const { id } of input.columns) visible.add(id)
  if (plan.kind === 'scan') for (const { id } of plan.columns) visible.add(id)
  for (const expr of expressionsOf(plan)) checkColumns(expr, visible, plan, fail)
}

function visitInputs(plan: LogicalPlan, around: Surroundings): void {
  if (plan.kind === 'join') {
    visit(plan.left, around)
    const outer = plan.dependent ? new Set([...around.outer, ...plan.left.columns.map(({ id }) => id)]) : around.outer
    visit(plan.right, { ...around, outer })
  } else if (plan.kind === 'with') {
    visit(plan.definition, around)
    const columns = new Set(plan.definition.columns.map(({ id }) => id))
    visit(plan.child, { ...around, ctes: new Map([...around.ctes, [plan.cteId, columns]]) })
  } else {
    for (const input of inputsOf(plan)) visit(input, around)
  }
}

function checkColumns(
  expr: Expr,
  visible: ReadonlySet<number>,
  plan: LogicalPlan,
  fail: (what: string) => never,
): void {
  for (const part of walkExpr(expr)) {
    if (part.kind === 'column' && !visible.has(part.id)) fail(`${plan.kind} reads #${part.id}, which is not there`)
  }
}

function checkShape(plan: LogicalPlan, { ctes, made, fail }: Surroundings): void {
  const ids = (columns: readonly PlanColumn[]): string => columns.map(({ id }) => id).join(' ')
  const same = (want: readonly PlanColumn[]): void => {
    if (ids(plan.columns) !== ids(want)) fail(`${plan.kind} has columns ${ids(plan.columns)} instead of ${ids(want)}`)
  }
  const count = (want: number): void => {
    if (plan.columns.length !== want) fail(`${plan.kind} has ${plan.columns.length} columns for ${want} values`)
  }
  const own = (columns: readonly PlanColumn[], passed: ReadonlySet<number> = new Set()): void => {
    for (const { id } of columns) {
      if (passed.has(id)) continue
      if (made.has(id)) fail(`column #${id} is made twice`)
      made.set(id, plan)
    }
  }
  switch (plan.kind) {
    case 'scan':
      count(plan.projection.length)
      return own(plan.columns)
    case 'values':
      for (const row of plan.rows) count(row.length)
      return own(plan.columns)
    case 'filter':
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'with':
      return same(plan.child.columns)
    case 'project':
      count(plan.expressions.length)
      return own(plan.columns, passedIds(plan.columns, plan.expressions))
    case 'join': {
      const { left, right, type } = plan
      const leftOnly = type === 'semi' || type === 'anti' || type === 'mark'
      const mark = type === 'mark' ? plan.columns.slice(-1) : []
      same([...left.columns, ...(leftOnly ? [] : right.columns), ...mark])
      return own(mark)
    }
    case 'aggregate':
      count(plan.groups.length + plan.calls.length)
      return own(plan.columns, passedIds(plan.columns, plan.groups))
    case 'window':
      count(plan.child.columns.length + plan.calls.length)
      return own(plan.columns.slice(plan.child.columns.length))
    case 'unnest':
      return own(plan.columns.slice(plan.child.columns.length))
    case 'set-operation':
      for (const child of plan.children) count(child.columns.length)
      return own(plan.columns)
    case 'cte-reference': {
      count(plan.definitionColumns.length)
      const definition = ctes.get(plan.cteId)
      if (definition === undefined) fail(`cte ${plan.cteId} is not in scope`)
      for (const id of plan.definitionColumns) if (!definition?.has(id)) fail(`cte ${plan.cteId} has no column #${id}`)
      return own(plan.columns)
    }
  }
}

/** Ids that are passed on as they are. */
function passedIds(columns: readonly PlanColumn[], exprs: readonly Expr[]): Set<number> {
  const passed = columns.filter(({ id }, i) => exprs[i]?.kind === 'column' && (exprs[i] as { id: number }).id === id)
  return new Set(passed.map(({ id }) => id))
}
