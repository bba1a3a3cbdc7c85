/** Timestamps moved by intervals, and intervals multiplied, over vectors. */
import type { Pointer } from '../../core/memory.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { EvaluateContext, Signature } from '../functions/function.ts'
import { isUtc } from '../values/calendar.ts'
import { type Reference, restByRow } from './rest.ts'
import { stepOf } from './text-cut.ts'

/** timestamp + interval and timestamp - interval, where days have 24 hours. */
export function shiftedVector(
  context: EvaluateContext,
  sign: 1 | -1,
  args: readonly Vector[],
  rowCount: number,
  types: Signature,
  validity: Pointer,
  reference: Reference,
): FlatVector | null {
  const [type, by] = types.args
  if (type?.kind !== 'timestamp' || type.unit !== 'us' || by?.kind !== 'interval') return null
  const { arena, kernels, session } = context
  if (type.zone && !isUtc(session.timeZone)) return null
  const [times, intervals] = args
  const data = arena.allocate(rowCount * 8)
  const rows = arena.allocate(rowCount * 4)
  const count = kernels.scalar.shiftMicros(
    times!.data,
    stepOf(times!),
    intervals!.data,
    stepOf(intervals!),
    sign,
    rowCount,
    validity,
    data,
    rows,
  )
  const vector: FlatVector = { encoding: 'flat', type: types.result, length: rowCount, data, validity, children: [] }
  return restByRow(context, reference, args, types, vector, { rows, count })
}

/** interval * double and double * interval. */
export function scaledIntervals(
  context: EvaluateContext,
  args: readonly Vector[],
  rowCount: number,
  types: Signature,
  validity: Pointer,
  reference: Reference,
): FlatVector | null {
  const [intervals, factors] = types.args[0]!.kind === 'interval' ? args : args.toReversed()
  const { arena, kernels } = context
  const data = arena.allocate(rowCount * 16)
  const rows = arena.allocate(rowCount * 4)
  const count = kernels.scalar.scaleIntervals(
    intervals!.data,
    stepOf(intervals!),
    factors!.data,
    stepOf(factors!),
    rowCount,
    validity,
    data,
    rows,
  )
  const vector: FlatVector = { encoding: 'flat', type: types.result, length: rowCount, data, validity, children: [] }
  return restByRow(context, reference, args, types, vector, { rows, count })
}
