/** What a plan reads, whatever it keeps of it: the measure of what computing it again costs. */
import { type LogicalPlan, inputsOf } from '../logical.ts'
import type { Estimator } from './estimate.ts'

/** Rows of all scans and common tables below. Other nodes count one: of two plans that read the same, the one that does more has more. */
export function rowsScanned(plan: LogicalPlan, estimator: Estimator): number {
  if (plan.kind === 'scan') return estimator.rows({ ...plan, filter: null })
  if (plan.kind === 'cte-reference') return estimator.rows(plan)
  return inputsOf(plan).reduce((sum, one) => sum + rowsScanned(one, estimator), 1)
}
