/**
 * What a hash join keeps of its build side, worked out from the plan alone: every worker and every stage derive the same.
 *
 * Two forms. `integer`: all keys are 64-bit integers; a row holds them as i64, and the key that the table is made by is one
 * number (the key itself, or several keys packed, see join-table.ts). `rows`: any keys, compared in rows by their bytes.
 */
import { unsupported } from '../../core/errors.ts'
import { type DataType, BIGINT, storageOf, typeName } from '../../core/types.ts'
import { type Expr, walkExpr } from '../../expr/expr.ts'
import type { HashJoin, JoinType } from '../../plan/physical.ts'
import { type RowColumn, type RowLayout, isIntegerStorage, layoutRows } from '../rows/row-layout.ts'

export interface JoinShape {
  readonly form: 'integer' | 'rows'
  readonly layout: RowLayout
  /** By key: the row column that holds it. */
  readonly keys: readonly RowColumn[]
  /** Form `integer`: the column of the packed key; the key itself when there is one. */
  readonly packedKey: RowColumn | null
  /** By build column: the row column that holds it, if the join needs it. */
  readonly payload: readonly (RowColumn | null)[]
  /** Build rows that can match nothing are kept, for they are put out. */
  readonly keepsAllBuildRows: boolean
  readonly probeColumnCount: number
  readonly buildColumnCount: number
}

/** What putting pairs of rows together needs to know of a join, however the pairs were found. */
export type JoinedSides = Pick<HashJoin, 'type' | 'probe' | 'build' | 'projection'>
export type PairShape = Pick<JoinShape, 'payload' | 'probeColumnCount'>

export function joinShape(plan: HashJoin): JoinShape {
  const { buildKeys, probe, build } = plan
  const probeColumnCount = probe.output.length
  const buildColumnCount = build.output.length
  for (const key of buildKeys) refuseKey(key.type)
  const integer = buildKeys.every((key, i) => isIntegerStorage(key.type) && !plan.nullsEqual[i])
  const needed = neededBuildColumns(plan, probeColumnCount, buildColumnCount)
  const keyTypes = buildKeys.map((key) => key.type)
  const packed = integer && buildKeys.length > 1
  // A key that is a build column by itself serves as payload too, unless its form in rows is not the value's own.
  const shared = new Map<number, number>()
  buildKeys.forEach((key, i) => {
    if (key.kind === 'input' && keepsValue(key.type)) shared.set(key.index, packed ? i + 1 : i)
  })
  const stored = [...needed].filter((column) => !shared.has(column)).sort((a, b) => a - b)
  const layout = layoutRows({
    keys: packed ? [BIGINT, ...keyTypes] : keyTypes,
    wideKeys: integer,
    payload: stored.map((column) => build.output[column]!.type),
    withHash: !integer,
    stateBytes: 0,
  })
  const firstKey = packed ? 1 : 0
  const firstPayload = firstKey + keyTypes.length
  const payload = build.output.map((_, column) => {
    if (!needed.has(column)) return null
    const key = shared.get(column)
    return layout.columns[key ?? firstPayload + stored.indexOf(column)]!
  })
  return {
    form: integer ? 'integer' : 'rows',
    layout,
    keys: keyTypes.map((_, i) => layout.columns[firstKey + i]!),
    packedKey: integer ? layout.columns[0]! : null,
    payload,
    keepsAllBuildRows: plan.type === 'right' || plan.type === 'full' || plan.type === 'right-anti',
    probeColumnCount,
    buildColumnCount,
  }
}

function refuseKey(type: DataType): void {
  const storage = storageOf(type)
  if (storage === 'interval' || storage === 'list' || storage === 'struct') {
    throw unsupported(`a join by equality of ${typeName(type)}`)
  }
}

/** Floats are normalised in keys. */
function keepsValue(type: DataType): boolean {
  const storage = storageOf(type)
  return storage !== 'f32' && storage !== 'f64'
}

function neededBuildColumns(plan: HashJoin, probeColumnCount: number, buildColumnCount: number): Set<number> {
  const needed = new Set<number>()
  const buildStart = outputBuildStart(plan, probeColumnCount)
  if (buildStart >= 0) {
    for (const column of plan.projection) {
      const index = column - buildStart
      if (index >= 0 && index < buildColumnCount) needed.add(index)
    }
  }
  if (plan.residual !== null) {
    for (const index of inputsOfExpr(plan.residual)) {
      if (index >= probeColumnCount) needed.add(index - probeColumnCount)
    }
  }
  return needed
}

/** Where build columns begin in the output before projection; -1 when it has none. */
export function outputBuildStart(plan: { readonly type: JoinType }, probeColumnCount: number): number {
  switch (plan.type) {
    case 'inner':
    case 'left':
    case 'right':
    case 'full':
    case 'single':
      return probeColumnCount
    case 'right-semi':
    case 'right-anti':
      return 0
    case 'semi':
    case 'anti':
    case 'mark':
      return -1
  }
}

export function inputsOfExpr(expr: Expr): Set<number> {
  const inputs = new Set<number>()
  for (const node of walkExpr(expr)) if (node.kind === 'input') inputs.add(node.index)
  return inputs
}
