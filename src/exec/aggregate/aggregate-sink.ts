/** The end of an aggregate's input: one worker's groups and their states. */
import type { Pointer } from '../../core/memory.ts'
import { type DataType, INTEGER } from '../../core/types.ts'
import type { Batch, ConstantVector, Vector } from '../../core/vector.ts'
import { compileExprs } from '../../expr/evaluate.ts'
import type { Expr } from '../../expr/expr.ts'
import type { HashAggregate } from '../../plan/physical.ts'
import type { OperatorContext, Sink } from '../operators/operator.ts'
import type { RowBlock } from '../rows/row-spill.ts'
import { readColumn } from '../rows/row-reader.ts'
import { andMasks, flatVector, nullVector, takeVector, truthMask, validityOfAll } from '../rows/vectors.ts'
import type { AggregateShape } from './aggregate-shape.ts'
import { CodeGroups } from './code-groups.ts'
import type { DistinctRows } from './distinct-values.ts'
import { type GroupRows, GroupTable } from './group-table.ts'
import { rollUp } from './roll-up.ts'
import { spillGroups } from './spilled-groups.ts'
import { type UpdateTarget, rowsOf, updateAccumulator } from './update.ts'

/** What a sink leaves in its worker. */
export interface AggregatePartial {
  readonly groups: GroupRows
  readonly distinct: DistinctRows
  /** By part: group rows in files; empty when nothing was spilled. */
  readonly spilled: readonly (readonly RowBlock[])[]
}

/** A table of fewer groups is not worth a file. */
const SPILL_ROWS_MIN = 1024

/** With fewer rows a run than this, a row a value is faster than runs. */
const RUN_ROWS_MIN = 8

export class AggregateSink implements Sink {
  readonly #context: OperatorContext
  readonly #node: HashAggregate
  readonly #shape: AggregateShape
  #table: GroupTable
  #codes: CodeGroups
  #spilled: RowBlock[][] = []
  readonly #distinct: readonly GroupTable[]
  readonly #groups: (batch: Batch) => readonly Vector[]
  readonly #args: (batch: Batch) => readonly Vector[]
  readonly #filters: (batch: Batch) => readonly Vector[]

  constructor(context: OperatorContext, node: HashAggregate, shape: AggregateShape) {
    this.#context = context
    this.#node = node
    this.#shape = shape
    this.#groups = compileExprs(node.groups, context)
    this.#args = compileArguments(context, shape)
    this.#filters = compileExprs(shape.plan.filters, context)
    this.#table = new GroupTable(context, shape.layout, shape.form)
    this.#codes = new CodeGroups(context, this.#table, this.#table.allocate(CodeGroups.cacheBytes))
    this.#distinct = shape.distinctLayouts.map((layout) => new GroupTable(context, layout, 'rows'))
  }

  push(batch: Batch): boolean {
    const { rowCount } = batch
    if (rowCount === 0) return true
    const groups = this.#groups(batch)
    const args = this.#args(batch)
    const masks = this.#filters(batch).map((filter) => truthMask(this.#context, filter))
    const { groupingSets, rollUp: plan } = this.#shape
    if (groupingSets === null) {
      this.#pushSet(groups, args, masks, rowCount)
    } else if (plan !== null) {
      this.#pushSet(this.#keysOfSet(groups, plan.first, rowCount), args, masks, rowCount)
    } else {
      groupingSets.forEach((_, set) => this.#pushSet(this.#keysOfSet(groups, set, rowCount), args, masks, rowCount))
    }
    if (this.#mustSpill()) {
      this.#rollUp()
      this.#spill()
    }
    return true
  }

  /** DISTINCT needs all groups at hand when its values come, so those stay in memory. */
  #mustSpill(): boolean {
    if (this.#table.rowCount < SPILL_ROWS_MIN || this.#distinct.length > 0) return false
    // The sets that are made at the end take some room too.
    const factor = this.#shape.rollUp === null ? 1 : 2
    return this.#table.byteCount * factor > this.#context.spillThresholdBytes()
  }

  /** Makes the groups of the sets that are computed from those of others. */
  #rollUp(): void {
    const { rollUp: plan, layout } = this.#shape
    if (plan === null) return
    rollUp(this.#context, this.#shape, plan, this.#table, (set, rows, count) => {
      const groups = this.#node.groups.map((_, i) => readColumn(this.#context, layout.columns[i]!, rows, count))
      return this.#table.find(this.#keysOfSet(groups, set, count), count)
    })
  }

  /** Writes all groups to a file, by parts, and begins anew. */
  #spill(): void {
    const groups = this.#table.finish()
    const parts = spillGroups(this.#context, this.#node, this.#shape, groups)
    parts.forEach((blocks, part) => (this.#spilled[part] ??= []).push(...blocks))
    this.#table = new GroupTable(this.#context, this.#shape.layout, this.#shape.form)
    this.#codes = new CodeGroups(this.#context, this.#table, this.#table.allocate(CodeGroups.cacheBytes))
  }

  /** Keys of a grouping set: NULL for groups that it leaves out, then its number. */
  #keysOfSet(groups: readonly Vector[], set: number, rowCount: number): readonly Vector[] {
    const members = this.#shape.groupingSets![set]!
    const keys = groups.map((group, i) => (members.has(i) ? group : nullVector(group.type, rowCount)))
    return [...keys, this.#number(set, rowCount)]
  }

  #number(value: number, length: number): ConstantVector {
    const data = this.#context.arena.allocate(8)
    this.#context.memory.i32[data >>> 2] = value
    return { encoding: 'constant', type: INTEGER, length, data, isNull: false, children: [] }
  }

  #pushSet(keys: readonly Vector[], args: readonly Vector[], masks: readonly Pointer[], rowCount: number): void {
    const { plan, accumulators } = this.#shape
    const target = this.#find(keys, rowCount)
    for (const accumulator of accumulators) {
      if (accumulator.distinct >= 0) continue
      const mark = this.#context.arena.mark()
      const value = accumulator.arg < 0 ? null : args[accumulator.arg]!
      const mask = accumulator.filter < 0 ? 0 : masks[accumulator.filter]!
      updateAccumulator(this.#context, accumulator, value, mask, target, this.#table)
      this.#context.arena.release(mark)
    }
    plan.distinctSets.forEach(({ arg, filter }, i) => {
      const rows = rowsOf(this.#context, target)
      this.#pushDistinct(this.#distinct[i]!, rows, args[arg]!, filter < 0 ? 0 : masks[filter]!, rowCount)
    })
  }

  #find(keys: readonly Vector[], rowCount: number): UpdateTarget {
    if (this.#shape.form === 'none') return singleRun(this.#context, this.#table.onlyRow(), rowCount)
    const runs = this.#codes.find(keys, rowCount)
    if (runs === null) return { kind: 'rows', rows: this.#table.find(keys, rowCount), count: rowCount }
    const target: UpdateTarget = { kind: 'runs', count: rowCount, ...runs }
    if (runs.runCount * RUN_ROWS_MIN <= rowCount) return target
    return { kind: 'rows', rows: rowsOf(this.#context, target), count: rowCount }
  }

  #pushDistinct(table: GroupTable, rows: Pointer, value: Vector, filter: Pointer, rowCount: number): void {
    const context = this.#context
    const mask = andMasks(context, validityOfAll(context, [value], rowCount), filter, rowCount)
    const columns = [flatVector(INTEGER, rowCount, rows, 0), value]
    if (mask === 0) {
      table.find(columns, rowCount)
      return
    }
    const selection = context.arena.allocate(rowCount * 4)
    const count = context.kernels.table.selectBytes(rowCount, mask, 1, selection)
    table.find(
      columns.map((column) => takeVector(context, column, selection, count)),
      count,
    )
  }

  finish(): AggregatePartial {
    const { form, groupingSets } = this.#shape
    if (form === 'none') this.#table.onlyRow()
    this.#rollUp()
    if (groupingSets !== null && this.#context.workerIndex === 0) {
      // The set of no groups has a row even when there is no input.
      groupingSets.forEach((members, set) => {
        if (members.size === 0) this.#table.find([...this.#nulls(), this.#number(set, 1)], 1)
      })
    }
    this.#context.count(this.#node.id, 'partial_groups', this.#table.rowCount)
    if (this.#spilled.length > 0) this.#spill()
    return {
      groups: this.#table.finish(),
      distinct: this.#distinct.map((table) => table.finish()),
      spilled: this.#spilled,
    }
  }

  #nulls(): readonly Vector[] {
    return this.#node.groups.map(({ type }: { readonly type: DataType }) => nullVector(type, 1))
  }

  abort(): void {
    this.#table.abort()
    for (const table of this.#distinct) table.abort()
  }
}

/** The arguments of all accumulators: those that are only added up may come in 64 bits where their type has 128. */
function compileArguments(
  context: OperatorContext,
  { plan, accumulators }: AggregateShape,
): (batch: Batch) => readonly Vector[] {
  const isSummed = (arg: number): boolean =>
    accumulators.every(
      ({ kind, arg: used, distinct }) => used !== arg || kind === 'count' || (kind === 'sum' && distinct < 0),
    ) && plan.distinctSets.every(({ arg: used }) => used !== arg)
  const places = plan.args.map((_, i) => i)
  const summed = places.filter(isSummed)
  const others = places.filter((i) => !isSummed(i))
  const pick = (indexes: readonly number[]): Expr[] => indexes.map((i) => plan.args[i]!)
  const evaluateSummed = compileExprs(pick(summed), context, { narrowDecimals: true })
  const evaluateOthers = compileExprs(pick(others), context)
  return (batch) => {
    const values: Vector[] = []
    evaluateSummed(batch).forEach((value, i) => (values[summed[i]!] = value))
    evaluateOthers(batch).forEach((value, i) => (values[others[i]!] = value))
    return values
  }
}

/** All values of a batch in one row. */
function singleRun({ arena, memory }: OperatorContext, row: Pointer, count: number): UpdateTarget {
  const runs = arena.allocate(8)
  memory.u32[runs >>> 2] = row
  memory.u32[(runs >>> 2) + 1] = count
  return { kind: 'runs', count, runs, runCount: 1, order: 0 }
}
