/**
 * What is left to be done to the changes that a table format gives (table/changes.ts), as plan nodes over their scan.
 *
 * A change counts -1 (delete, update_before) or +1 (insert, update_after); rows are the same when all columns of the table are.
 *
 *   carried over   of the rows of one commit that are the same, as many are dropped of each sign as there are of the other
 *   net            of all rows that are the same, the sum of the signs is left: the last ones of its sign
 *   pairs          a -1 and a +1 with the same key (of one commit; of all after `net`): update_before and update_after
 *
 * Nested values are compared by their keys: windows have none of nested types.
 */
import { SqlError } from '../../core/errors.ts'
import { BIGINT, BOOLEAN, BYTEA, type DataType, INTEGER, VARCHAR, storageOf } from '../../core/types.ts'
import { type Expr, type LiteralValue, and, call, column, literal } from '../../expr/expr.ts'
import {
  CHANGE_ORDINAL,
  type ChangeType,
  type InsertingCommit,
  type TableChanges,
  changeFields,
} from '../../table/changes.ts'
import type { AggregateCall, LogicalPlan, PlanColumn, SortKey } from '../logical.ts'
import type { Binder } from './binder.ts'
import { isRetraction } from './show-changes.ts'
import type { BoundFrame } from './windows.ts'

const COUNT: AggregateCall = {
  name: 'count_star',
  args: [],
  distinct: false,
  filter: null,
  orderBy: [],
  type: BIGINT,
}

/** Aggregates are over all rows with the keys, whatever the order. */
const WHOLE_PARTITION: BoundFrame = {
  unit: 'rows',
  start: { kind: 'unbounded-preceding', offset: null },
  end: { kind: 'unbounded-following', offset: null },
  exclude: null,
}

const [CHANGE_TYPE] = changeFields(BIGINT)

/** Hidden columns of the rows that the work below reads. */
export function columnsOfWork({ carriesRowsOver, net, pairBy }: TableChanges): readonly string[] {
  const ordinal = carriesRowsOver || net || pairBy.length > 0 ? [CHANGE_ORDINAL.name] : []
  return [...ordinal, ...pairBy].map((name) => name.toLowerCase())
}

/** The finished changes: as many columns as `scan` has, in its order. 42703 for a key that is no column. */
export function finishChanges(binder: Binder, changes: TableChanges, scan: LogicalPlan): LogicalPlan {
  const work = new ChangeWork(binder, changes, scan)
  if (changes.typeNames !== undefined) work.nameTypes(changes.typeNames)
  // What cancels out over all commits does so within each.
  if (changes.net) work.cancelOut()
  else if (changes.carriesRowsOver) work.dropCarriedOver()
  if (changes.pairBy.length > 0) work.pair(changes.pairBy, changes.net)
  else if (changes.net) work.nameBySign()
  return work.finish()
}

/** The rows of a table as changes of a commit that inserted them all: its own columns, those of changes, the hidden ones of both. */
export function insertedRows(
  binder: Binder,
  { version, versionType, timestamp }: InsertingCommit,
  scan: LogicalPlan,
  width: number,
): LogicalPlan {
  const values: readonly LiteralValue[] = ['insert', version, timestamp, 0]
  const known = [...changeFields(versionType), CHANGE_ORDINAL].map(({ name, type, nullable }, i) => ({
    column: binder.newColumn(name, type, nullable),
    expression: literal(values[i]!, type),
  }))
  const shown = known.slice(0, -1)
  const ordinal = known.slice(-1)
  const kept = scan.columns.map((from) => ({ column: from, expression: read(from) }))
  const all = [...kept.slice(0, width), ...shown, ...kept.slice(width), ...ordinal]
  return {
    kind: 'project',
    child: scan,
    expressions: all.map(({ expression }) => expression),
    columns: all.map(({ column }) => column),
  }
}

class ChangeWork {
  readonly #binder: Binder
  readonly #columns: readonly PlanColumn[]
  /** Keys of equal rows. */
  readonly #row: readonly Expr[]
  #plan: LogicalPlan
  /** Where the type of a change is, as `#plan` has it. */
  #type: PlanColumn
  #sign: PlanColumn | undefined

  constructor(binder: Binder, { rows, carriesRowsOver, net, show }: TableChanges, scan: LogicalPlan) {
    this.#binder = binder
    this.#columns = scan.columns
    this.#plan = scan
    const width = rows.schema.fields.length - changeFields(BIGINT).length
    const isCompared = carriesRowsOver || net
    const compared = scan.columns.slice(show === 'kinds' ? 1 : 0, width)
    const row = isCompared ? compared.map((one) => this.#keyOf(one)) : []
    this.#row = isCompared && show === 'kinds' ? [...row, isRetraction(scan.columns[0]!)] : row
    this.#type = this.#columnNamed(CHANGE_TYPE!.name)
  }

  nameTypes(names: ReadonlyMap<string | number, ChangeType>): void {
    const from = this.#type
    const branches = [...names].map(([value, name]) => ({
      when: call('eq', [read(from), literal(value, from.type)], BOOLEAN),
      then: literal(name, VARCHAR),
    }))
    this.#type = this.#add('_change_type', VARCHAR, {
      kind: 'case',
      branches,
      else: literal(null, VARCHAR),
      type: VARCHAR,
    })
  }

  dropCarriedOver(): void {
    const ordinal = read(this.#columnNamed(CHANGE_ORDINAL.name))
    this.#keepUnmatched([...this.#row, ordinal])
  }

  cancelOut(): void {
    const latest: SortKey = {
      expr: read(this.#columnNamed(CHANGE_ORDINAL.name)),
      descending: true,
      nullsFirst: false,
    }
    this.#keepUnmatched(this.#row, latest)
  }

  /** Keeps, of rows with equal keys, as many of the more frequent sign as it has more than the other: the first ones by `order`. */
  #keepUnmatched(keys: readonly Expr[], order?: SortKey): void {
    const { place, own, opposite } = this.#matchSigns(keys, order)
    const predicate = call('le', [place, call('subtract', [own, opposite], BIGINT)], BOOLEAN)
    this.#plan = { kind: 'filter', child: this.#plan, predicate, columns: this.#plan.columns }
  }

  pair(names: readonly string[], isNet: boolean): void {
    const keys = names.map((name) => this.#keyOf(this.#columnNamed(name)))
    const commit = isNet ? [] : [read(this.#columnNamed(CHANGE_ORDINAL.name))]
    const { place, opposite } = this.#matchSigns([...keys, ...commit])
    // Nobody knows which row a NULL means.
    const isKnown = keys.map((key) => call('not', [call('is_null', [key], BOOLEAN)], BOOLEAN))
    const isPaired = and([call('le', [place, opposite], BOOLEAN), ...isKnown])
    const isDelete = this.#isDelete()
    this.#type = this.#add('_change_type', VARCHAR, {
      kind: 'case',
      branches: [
        { when: and([isPaired, isDelete]), then: literal('update_before', VARCHAR) },
        { when: isPaired, then: literal('update_after', VARCHAR) },
        { when: isDelete, then: literal('delete', VARCHAR) },
      ],
      else: literal('insert', VARCHAR),
      type: VARCHAR,
    })
  }

  /** Of changes that were cancelled out, nobody knows which of the rows left belong together. */
  nameBySign(): void {
    this.#type = this.#add('_change_type', VARCHAR, {
      kind: 'case',
      branches: [{ when: this.#isDelete(), then: literal('delete', VARCHAR) }],
      else: literal('insert', VARCHAR),
      type: VARCHAR,
    })
  }

  /** Numbers the rows with equal keys by sign, from 1, and counts those of each sign. One window does all: deletes stand before inserts. */
  #matchSigns(
    keys: readonly Expr[],
    order?: SortKey,
  ): { readonly place: Expr; readonly own: Expr; readonly opposite: Expr } {
    const isDelete = this.#isDelete()
    const bySign: SortKey = { expr: read(this.#signs()), descending: false, nullsFirst: false }
    const [row, deletes, all] = this.#window(keys, order === undefined ? [bySign] : [bySign, order], {
      row: { ...COUNT, name: 'row_number' },
      deletes: { ...COUNT, filter: isDelete },
      changes: COUNT,
    }).map(read) as [Expr, Expr, Expr]
    const inserts = call('subtract', [all, deletes], BIGINT)
    const choose = (ifDelete: Expr, ifInsert: Expr): Expr => ({
      kind: 'case',
      branches: [{ when: isDelete, then: ifDelete }],
      else: ifInsert,
      type: BIGINT,
    })
    return {
      place: choose(row, call('subtract', [row, deletes], BIGINT)),
      own: choose(deletes, inserts),
      opposite: choose(inserts, deletes),
    }
  }

  #isDelete(): Expr {
    return call('eq', [read(this.#signs()), literal(-1, INTEGER)], BOOLEAN)
  }

  /** The columns of the scan, the change's type as it is now. */
  finish(): LogicalPlan {
    const columns = this.#columns.map((from) => (from.name === CHANGE_TYPE!.name ? this.#type : from))
    return { kind: 'project', child: this.#plan, expressions: columns.map(read), columns }
  }

  /** What equal values of a column have in common, and windows can compare. */
  #keyOf(from: PlanColumn): Expr {
    const storage = storageOf(from.type)
    if (storage !== 'list' && storage !== 'struct' && storage !== 'interval') return read(from)
    return read(this.#add(from.name, BYTEA, call('value_key', [read(from)], BYTEA)))
  }

  #signs(): PlanColumn {
    if (this.#sign !== undefined) return this.#sign
    const type = read(this.#type)
    const values = (['delete', 'update_before'] as const).map((name) => literal(name, VARCHAR))
    return (this.#sign = this.#add('sign', INTEGER, {
      kind: 'case',
      branches: [
        { when: { kind: 'in', arg: type, values, negated: false, type: BOOLEAN }, then: literal(-1, INTEGER) },
      ],
      else: literal(1, INTEGER),
      type: INTEGER,
    }))
  }

  #columnNamed(name: string): PlanColumn {
    const columns = this.#columns
    const found =
      columns.find((one) => one.name === name) ?? columns.find((one) => one.name.toLowerCase() === name.toLowerCase())
    if (found !== undefined) return found
    throw new SqlError('42703', `column "${name}" does not exist`)
  }

  #add(name: string, type: DataType, expr: Expr): PlanColumn {
    const added = this.#binder.newColumn(name, type, true)
    const before = this.#plan.columns
    this.#plan = {
      kind: 'project',
      child: this.#plan,
      expressions: [...before.map(read), expr],
      columns: [...before, added],
    }
    return added
  }

  #window(
    partitionBy: readonly Expr[],
    orderBy: readonly SortKey[],
    calls: Readonly<Record<string, AggregateCall>>,
  ): readonly PlanColumn[] {
    const added = Object.entries(calls).map(([name, { type }]) => this.#binder.newColumn(name, type, true))
    this.#plan = {
      kind: 'window',
      child: this.#plan,
      partitionBy,
      orderBy,
      calls: Object.values(calls),
      frame: WHOLE_PARTITION,
      columns: [...this.#plan.columns, ...added],
    }
    return added
  }
}

function read({ id, type }: PlanColumn): Expr {
  return column(id, type)
}
