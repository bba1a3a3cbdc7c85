/**
 * In which order a scan runs its checks, learned while it runs.
 *
 *   cost of an order, a row = cost(1) + share(1) * cost(2) + share(1) * share(2) * cost(3) + ...
 *
 * cost(i): nanoseconds a row that check i takes, the reading of its columns included; share(i): of the rows it saw, those that passed. It is
 * least when checks stand by cost / (1 - share) (Hellerstein and Stonebraker, "Predicate Migration", 1993), as long as checks are
 * independent of each other, which is why the order is looked at again and again.
 *
 * A check that may raise an error sees no row that the checks before it would have dropped in the order that was planned.
 */
import type { Check } from './scan-filters.ts'

/** What a check has shown in this thread so far. */
interface Measure {
  rowsSeen: number
  rowsPassed: number
  /** The least of any slice: a thread that is interrupted shows more. Infinity: no slice was large enough to tell. */
  readNs: number
  runNs: number
}

/** Slices before the order is looked at for the first time; later twice as many each time, up to the second figure. */
const SLICES_FIRST = 2
const SLICES_MOST = 16
/** Slices with fewer rows tell nothing of a check's time. */
const ROWS_TELLING = 1024
/** Taken where nothing was measured: of unpacking and gathering, and of comparing, a value. */
const READ_NS = 1.5
const RUN_NS = 1.5
/** The order changes only for what promises to take less than this share of the time. */
const WORTH_IT = 0.9

/** By check, so that what one file taught serves the next. */
const measures = new WeakMap<Check, Measure>()

export class CheckOrder {
  /** As planned. */
  readonly #planned: readonly Check[]
  #checks: readonly Check[]
  #slices = 0
  #lookAt = SLICES_FIRST

  constructor(planned: readonly Check[]) {
    this.#planned = planned
    this.#checks = planned
    if (planned.some((check) => measures.has(check))) this.#choose()
  }

  /** The order to run them in now. */
  get checks(): readonly Check[] {
    return this.#checks
  }

  /**
   * A check has run on a slice.
   *
   * @param seen Rows it was run on.
   * @param passed Of these.
   * @param readNs Reading its columns, a row that was read; null when they were there already, or were read for some rows only.
   * @param runMs The check itself.
   */
  note(check: Check, seen: number, passed: number, readNs: number | null, runMs: number): void {
    let measure = measures.get(check)
    if (measure === undefined) {
      measure = { rowsSeen: 0, rowsPassed: 0, readNs: Infinity, runNs: Infinity }
      measures.set(check, measure)
    }
    measure.rowsSeen += seen
    measure.rowsPassed += passed
    if (seen < ROWS_TELLING) return
    measure.runNs = Math.min(measure.runNs, (runMs * 1e6) / seen)
    if (readNs !== null) measure.readNs = Math.min(measure.readNs, readNs)
  }

  /** A slice is done: the order may be another one from now on. */
  sliceDone(): void {
    if (this.#planned.length < 2 || ++this.#slices < this.#lookAt) return
    this.#slices = 0
    this.#lookAt = Math.min(this.#lookAt * 2, SLICES_MOST)
    this.#choose()
    for (const check of this.#planned) {
      const measure = measures.get(check)
      if (measure === undefined) continue
      // What was seen long ago counts less and less.
      measure.rowsSeen /= 2
      measure.rowsPassed /= 2
    }
  }

  #choose(): void {
    const better = orderChecks(this.#planned, estimateOf)
    if (expectedNs(better, estimateOf) < WORTH_IT * expectedNs(this.#checks, estimateOf)) this.#checks = better
  }
}

/** What a check is expected to do. */
export interface CheckEstimate {
  /** Nanoseconds a row that it sees. */
  readonly ns: number
  /** Of the rows that it sees, those that pass: 0 to 1. */
  readonly share: number
}

function estimateOf(check: Check): CheckEstimate {
  const measure = measures.get(check)
  if (measure === undefined || measure.rowsSeen === 0) return { ns: READ_NS + RUN_NS, share: 1 }
  const read = Number.isFinite(measure.readNs) ? measure.readNs : READ_NS * check.columns.length
  const run = Number.isFinite(measure.runNs) ? measure.runNs : RUN_NS
  return { ns: read + run, share: measure.rowsPassed / measure.rowsSeen }
}

/** The checks, best first; those that may raise errors behind all that are planned before them. */
export function orderChecks(planned: readonly Check[], estimate: (check: Check) => CheckEstimate): readonly Check[] {
  const left = planned.map((check) => ({ check, rank: rankOf(estimate(check)) }))
  const order: Check[] = []
  while (left.length > 0) {
    let best = 0
    for (let i = 1; i < left.length; i++) {
      if (left[i]!.check.isMovable && left[i]!.rank < left[best]!.rank) best = i
    }
    order.push(...left.splice(best, 1).map(({ check }) => check))
  }
  return order
}

/** Of checks whose columns and rows are independent. */
function expectedNs(checks: readonly Check[], estimate: (check: Check) => CheckEstimate): number {
  let rows = 1
  let sum = 0
  for (const check of checks) {
    const { ns, share } = estimate(check)
    sum += rows * ns
    rows *= share
  }
  return sum
}

function rankOf({ ns, share }: CheckEstimate): number {
  return share >= 1 ? Infinity : ns / (1 - share)
}
