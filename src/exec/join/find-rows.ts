/** Finds the build rows of probe keys: for each probe row the newest build row of its key, or 0. */
import { InternalError } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { type DataType, storageOf } from '../../core/types.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { HashJoin } from '../../plan/physical.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { hashKeys } from '../rows/key-hash.ts'
import { initRows, writeColumn } from '../rows/row-writer.ts'
import { flatVector, flatten, validityOfAll } from '../rows/vectors.ts'
import type { JoinShape } from './join-shape.ts'
import type { JoinState, KeyDigit } from './join-state.ts'

export interface FoundRows {
  /** A u32 a probe row, in the context's arena. */
  readonly heads: Pointer
  /** 1 for probe rows whose keys have no NULL that cannot match; 0 = all. */
  readonly valid: Pointer
}

export function findRows(
  context: OperatorContext,
  plan: HashJoin,
  shape: JoinShape,
  state: JoinState,
  keys: readonly Vector[],
  rowCount: number,
): FoundRows {
  const strict = keys.filter((_, i) => !plan.nullsEqual[i])
  const valid = validityOfAll(context, strict, rowCount)
  const heads = context.arena.allocate(rowCount * 4)
  if (state.keyed === 'rows') findByRows(context, shape, state, keys, rowCount, valid, heads)
  else if (state.digits !== null)
    findPacked(context, shape, state, packKeys(context, state.digits, keys, rowCount), heads)
  else findPacked(context, shape, state, flatten(context, keys[0]!), heads)
  return { heads, valid }
}

const I64_KEY: DataType = { kind: 'bigint' }

function packKeys(
  context: OperatorContext,
  digits: readonly KeyDigit[],
  keys: readonly Vector[],
  rowCount: number,
): FlatVector {
  const out = context.arena.allocate(rowCount * 8)
  const { table } = context.kernels
  keys.forEach((key, i) => {
    const { data, validity, type } = flatten(context, key)
    const { min, range, factor } = digits[i]!
    const storage = storageOf(type)
    const kernel =
      storage === 'i64' ? table.compactKeysI64 : storage === 'i32' ? table.compactKeysI32 : table.compactKeysI8
    kernel(rowCount, data, validity, min, range, factor, i === 0 ? 1 : 0, out)
  })
  return flatVector(I64_KEY, rowCount, out, 0)
}

function findPacked(
  context: OperatorContext,
  shape: JoinShape,
  state: JoinState,
  key: FlatVector,
  heads: Pointer,
): void {
  const { table: kernels } = context.kernels
  const { table } = state
  const { data, validity, length } = widen(context, key)
  const narrow = storageOf(key.type) === 'i32'
  if (table.kind === 'none') throw new InternalError('a spilled build side has no table')
  if (table.kind === 'dense') {
    const kernel = narrow ? kernels.probeDenseI32 : kernels.probeDenseI64
    kernel(length, data, validity, table.min, table.range, table.pointer, heads)
  } else {
    const kernel = narrow ? kernels.probeHashI32 : kernels.probeHashI64
    kernel(length, data, validity, shape.packedKey!.offset, table.pointer, table.shift, heads)
  }
}

/** Booleans as i64: they have no kernel of their own. */
function widen(context: OperatorContext, key: FlatVector): FlatVector {
  if (storageOf(key.type) !== 'i8') return key
  const out = context.arena.allocate(key.length * 8)
  context.kernels.table.compactKeysI8(key.length, key.data, key.validity, 0n, 2n, 1n, 1, out)
  return flatVector(I64_KEY, key.length, out, key.validity)
}

function findByRows(
  context: OperatorContext,
  shape: JoinShape,
  state: JoinState,
  keys: readonly Vector[],
  rowCount: number,
  valid: Pointer,
  heads: Pointer,
): void {
  const { layout, packedKey } = shape
  const { table } = state
  const hashes = hashKeys(context, keys, rowCount)
  const scratch = context.arena.allocate(rowCount * layout.keyBytes)
  const target = { rows: scratch, rowBytes: layout.keyBytes, selection: 0, count: rowCount }
  clearPadding(context, scratch, rowCount * layout.keyBytes)
  initRows(context, layout, target, 0)
  shape.keys.forEach((column, i) => writeColumn(context, column, keys[i]!, target))
  const { table: kernels } = context.kernels
  // Integer keys that could not be packed have their hash within the compared part.
  if (packedKey !== null) kernels.scatterWords(rowCount, 0, hashes, scratch, layout.keyBytes, packedKey.offset)
  if (table.kind !== 'hash') throw new InternalError('keys are compared in hash tables only')
  kernels.probeRows(
    rowCount,
    scratch,
    layout.keyBytes,
    hashes,
    valid,
    state.descriptor,
    table.pointer,
    table.shift,
    heads,
  )
}

/** Bytes between columns take part in comparisons. */
function clearPadding({ memory }: OperatorContext, start: Pointer, byteCount: number): void {
  memory.bulk.fill(0, start, start + byteCount)
}
