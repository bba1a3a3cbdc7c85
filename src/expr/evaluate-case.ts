/**
 * CASE: each branch is evaluated only for the rows that reach it, and its values are scattered to their places.
 *
 *   rows 0..n  -> WHEN a -> true: rows 1, 4 -> THEN x of those rows ---> result[1], result[4]
 *                        \-> rest: 0, 2, 3  -> WHEN b -> ...       ---> ...
 */
import type { Pointer } from '../core/memory.ts'
import { type DataType, storageOf, widthOf } from '../core/types.ts'
import type { Batch, FlatVector, Selection, Vector } from '../core/vector.ts'
import type { Compiler, Evaluator } from './compiler.ts'
import { type CaseExpr, type Expr, walkExpr } from './expr.ts'
import { type VectorContext, concatVectors, fillFrom, flattenVector, gatherBatch, gatherVector } from './gather.ts'
import { narrowConstant, widenDecimal } from './vectors/decimal.ts'
import { trueMask } from './vectors/validity.ts'

/** The values of some rows of the result. */
interface Piece {
  readonly rows: Selection | null
  readonly values: Vector
}

/** `narrow`: the result may be a narrow decimal (vectors/decimal.ts), if all of its parts are. */
export function compileCase(expr: CaseExpr, compiler: Compiler, narrow: boolean = false): Evaluator {
  const { context } = compiler
  const branches = expr.branches.map(({ when, then }) => ({
    when: compilePart(when, compiler),
    then: compilePart(then, compiler, narrow),
  }))
  const other = compilePart(expr.else, compiler, narrow)
  return (batch) => {
    const pieces: Piece[] = []
    // `rows` null: all rows. Numbers are of the whole batch.
    let rows: Selection | null = null
    for (const { when, then } of branches) {
      const condition = when(batch, rows)
      const hits = trueRows(context, condition, rows)
      if (hits.count > 0)
        pieces.push({
          rows: all(hits, batch) ? null : hits,
          values: then(batch, all(hits, batch) ? null : hits),
        })
      rows = hits.count === 0 ? rows : falseRows(context, condition, rows)
      if (rows?.count === 0) break
    }
    if (rows === null || rows.count > 0) pieces.push({ rows, values: other(batch, rows) })
    return narrow
      ? assembleNarrow(context, expr.type, pieces, batch.rowCount)
      : assemble(context, expr.type, pieces, batch.rowCount)
  }
}

function all(rows: Selection, batch: Batch): boolean {
  return rows.count === batch.rowCount
}

/** An evaluator for some rows of a batch: it gathers only the columns that the expression reads. */
type PartEvaluator = (batch: Batch, rows: Selection | null) => Vector

export function compilePart(expr: Expr, compiler: Compiler, narrow: boolean = false): PartEvaluator {
  const evaluate = compiler.compile(expr, narrow)
  const columns = inputsOf(expr)
  return (batch, rows) => evaluate(rows === null ? batch : gatherBatch(compiler.context, batch, rows, columns))
}

/** As assemble, of pieces that may be narrow: all in 64 bits, or all in 128. */
function assembleNarrow(context: VectorContext, type: DataType, pieces: readonly Piece[], rowCount: number): Vector {
  const narrow = pieces.map(({ rows, values }) => ({
    rows,
    values: narrowConstant(context, values),
  }))
  const isNarrow = narrow.every(({ values }) => storageOf(values.type) === 'i64')
  if (isNarrow && narrow.length > 0) return assemble(context, narrow[0]!.values.type, narrow, rowCount)
  const wide = pieces.map(({ rows, values }) => ({
    rows,
    values: widenDecimal(context, values, type),
  }))
  return assemble(context, type, wide, rowCount)
}

/** Indexes of the columns that an expression reads. */
export function inputsOf(expr: Expr): readonly number[] {
  const found = new Set<number>()
  for (const node of walkExpr(expr)) if (node.kind === 'input') found.add(node.index)
  return [...found]
}

/** The rows (numbers of the batch) whose condition is true; `condition` has a value for each of `rows`. */
function trueRows(context: VectorContext, condition: Vector, rows: Selection | null): Selection {
  return selectMask(context, trueMask(context, condition), condition.length, rows)
}

/** The rows whose condition is false or NULL. */
function falseRows(context: VectorContext, condition: Vector, rows: Selection | null): Selection {
  const mask = trueMask(context, condition)
  const inverse = context.arena.allocate(condition.length)
  context.kernels.vector.notMask(mask, condition.length, inverse)
  return selectMask(context, inverse, condition.length, rows)
}

export function selectMask(context: VectorContext, mask: Pointer, length: number, rows: Selection | null): Selection {
  const pointer = context.arena.allocate(length * 4)
  const { selectTrue, compactSelection } = context.kernels.vector
  const count =
    rows === null ? selectTrue(mask, length, pointer) : compactSelection(mask, rows.pointer, length, pointer)
  return { pointer, count }
}

/** The pieces, which together have all rows, as one vector. */
export function assemble(context: VectorContext, type: DataType, pieces: readonly Piece[], rowCount: number): Vector {
  const whole = pieces.find(({ rows }) => rows === null)
  if (whole !== undefined) return whole.values
  if (pieces.length === 0) return { encoding: 'flat', type, length: 0, data: 0, validity: 0, children: [] }
  const storage = storageOf(type)
  if (storage === 'list' || storage === 'struct') return assembleNested(context, pieces, rowCount)
  const width = widthOf(storage)
  const data = context.arena.allocate(rowCount * width)
  const hasNulls = pieces.some(({ values }) => (values.encoding === 'constant' ? values.isNull : values.validity !== 0))
  const validity = hasNulls ? context.arena.allocate(rowCount) : 0
  if (hasNulls) context.kernels.vector.fillI8(1, rowCount, validity)
  // The first constant fills the whole, the others are put over it: `ELSE 0` costs no scatter.
  const filler = pieces.find(({ values }) => values.encoding === 'constant' && !values.isNull)
  if (filler !== undefined) fillFrom(context, storage, filler.values.data, rowCount, data)
  for (const piece of pieces) {
    if (piece !== filler) scatter(context, piece, width, data, validity)
  }
  return {
    encoding: 'flat',
    type,
    length: rowCount,
    data,
    validity,
    children: [],
  } satisfies FlatVector
}

function scatter(
  context: VectorContext,
  { rows, values }: Piece,
  width: number,
  data: Pointer,
  validity: Pointer,
): void {
  const { pointer, count } = rows!
  const { scatterI8, scatterI32, scatterI64, scatterI128 } = context.kernels.vector
  const flat = flattenVector(context, values)
  const move = { 1: scatterI8, 4: scatterI32, 8: scatterI64, 16: scatterI128 }[width]!
  move(flat.data, pointer, count, data)
  if (flat.validity !== 0) scatterI8(flat.validity, pointer, count, validity)
}

/** Nested values: joined, then brought in order. */
function assembleNested(context: VectorContext, pieces: readonly Piece[], rowCount: number): Vector {
  const joined = concatVectors(
    context,
    pieces.map(({ values }) => values),
  )
  const order = context.arena.allocate(rowCount * 4)
  let next = 0
  for (const { rows } of pieces) {
    const numbers = context.arena.allocate(rows!.count * 4)
    context.kernels.vector.fillRows(next, rows!.count, numbers)
    context.kernels.vector.scatterI32(numbers, rows!.pointer, rows!.count, order)
    next += rows!.count
  }
  return gatherVector(context, joined, { pointer: order, count: rowCount })
}
