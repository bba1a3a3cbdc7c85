/**
 * How much a test tries: a part of its cases in `npm test`, all of them in the gate, which runs those test files again (`WHOLE` in
 * vitest.shared.config.ts).
 */
const IS_WHOLE = process.env['SLUICE_WHOLE'] === '1'

/** A count of cases, runs or rounds: `whole` in the gate, else `quick`. */
export function effort({ quick, whole }: { quick: number; whole: number }): number {
  return IS_WHOLE ? whole : quick
}

/**
 * Numbers from 1 to `count`: all in the gate, else each `step`th. `phase` says which: tests that differ in it look at other numbers, so
 * that together they leave none out.
 */
export function effortSteps(count: number, { step, phase }: { step: number; phase: number }): number[] {
  const all = Array.from({ length: count }, (_, i) => i + 1)
  return IS_WHOLE ? all : all.filter((n) => n % step === phase % step)
}
