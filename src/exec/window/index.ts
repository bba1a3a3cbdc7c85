/** Window functions: a streaming operator over rows in the order of their window. */
import type { PhysicalWindow } from '../../plan/physical.ts'
import type { OperatorContext, StreamOperator } from '../operators/operator.ts'
import { WindowOperator } from './window-operator.ts'

/** For one worker alone, which gets all rows in order. */
export function createWindow(context: OperatorContext, plan: PhysicalWindow): StreamOperator {
  return new WindowOperator(context, plan)
}
