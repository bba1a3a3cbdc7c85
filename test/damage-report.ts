/** What comes of damaged files, counted; and what must not be: crashes, hangs, memory beyond the limit, rows that a reader could have known to be wrong. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

/** Far more than any of these small tables takes: processor time of all threads, which a busy machine does not lengthen. */
const CPU_SECONDS_MAX = 5

/** A case that takes longer has no end. */
const HANG_MS = 120_000

export interface DamageReport {
  /** Cases by what came of them: `same rows`, `other rows` with what the change meant, or an SQLSTATE. */
  readonly outcomes: ReadonlyMap<string, number>
  /** Cases that must not be, with what repeats them. */
  readonly faults: readonly string[]
  /** Of the process, at any time. */
  readonly rssMegabytesMax: number
  /** How much more that is than it took to read the same tables, undamaged, before. */
  readonly grownMegabytes: number
}

export interface Outcome {
  readonly kind: string
  /** Why it must not be. */
  readonly fault?: string
}

export interface CaseOptions {
  readonly name: string
  readonly seed: number
  readonly count: number
  /** The peak of memory may grow by so much, in one case and in all. */
  readonly caseMegabytesMax: number
  readonly megabytesMax: number
}

/** Runs cases by their numbers, and counts. `describe` names the case that was just run. */
export async function reportCases(
  { name, seed, count, caseMegabytesMax, megabytesMax }: CaseOptions,
  run: (serial: number) => Promise<Outcome> | Outcome,
  describe: () => string,
): Promise<DamageReport> {
  const outcomes = new Map<string, number>()
  const faults: string[] = []
  const cases = new Int32Array(new SharedArrayBuffer(4)).fill(-1)
  const watch = new Worker(new URL('./hang-watch.mjs', import.meta.url), {
    workerData: { cases: cases.buffer, name, everyMs: HANG_MS },
  })
  const before = peakMegabytes()
  const { done, keep } = openProgress(`${name}-${seed}`)
  for (const serial of casesOf(count)) {
    const known = done.get(serial)
    if (known !== undefined) {
      outcomes.set(known.kind, (outcomes.get(known.kind) ?? 0) + 1)
      if (known.fault !== undefined) faults.push(known.fault)
      continue
    }
    const faultsBefore = faults.length
    Atomics.store(cases, 0, serial)
    const [cpu, peak] = [process.cpuUsage(), peakMegabytes()]
    const { kind, fault } = await run(serial)
    outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1)
    const spent = process.cpuUsage(cpu)
    const seconds = (spent.user + spent.system) / 1e6
    if (fault !== undefined) faults.push(`case ${serial}, ${describe()}: ${fault}`)
    if (seconds > CPU_SECONDS_MAX) faults.push(`case ${serial}, ${describe()}: took ${seconds} s`)
    const grown = peakMegabytes() - peak
    if (grown > caseMegabytesMax) faults.push(`case ${serial}, ${describe()}: memory grew by ${grown} MB`)
    keep({ serial, kind, ...(faults.length > faultsBefore ? { fault: faults.slice(faultsBefore).join('\n') } : {}) })
  }
  await watch.terminate()
  const rssMegabytesMax = peakMegabytes()
  const grownMegabytes = rssMegabytesMax - before
  if (grownMegabytes > megabytesMax) faults.push(`memory grew by ${grownMegabytes} MB beyond that of undamaged tables`)
  return { outcomes, faults, rssMegabytesMax, grownMegabytes }
}

interface DoneCase extends Outcome {
  readonly serial: number
}

/** What earlier runs of the same name left in the folder `SLUICE_PROGRESS`, so that an interrupted run goes on: a line of JSON a case. */
function openProgress(name: string): {
  readonly done: ReadonlyMap<number, Outcome>
  readonly keep: (found: DoneCase) => void
} {
  const folder = process.env['SLUICE_PROGRESS']
  if (folder === undefined) return { done: new Map(), keep: () => undefined }
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.jsonl`)
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
  const cases = lines.map((line) => JSON.parse(line) as DoneCase)
  return {
    done: new Map(cases.map((found) => [found.serial, found])),
    keep: (found) => appendFileSync(path, `${JSON.stringify(found)}\n`),
  }
}

/** All cases, or those that `SLUICE_CASES` names, to see them again. */
function casesOf(count: number): readonly number[] {
  const named = process.env['SLUICE_CASES']
  return named === undefined ? Array.from({ length: count }, (_, i) => i) : named.split(',').map(Number)
}

/** The most that the process has ever held. */
function peakMegabytes(): number {
  return Math.round(process.resourceUsage().maxRSS / 1000)
}

/** A line of the table of all formats: right rows, refusals by their SQLSTATE, other rows by what the change meant, and faults. */
export function reportLine(
  format: string,
  { outcomes, faults, rssMegabytesMax, grownMegabytes }: DamageReport,
): string {
  const count = [...outcomes.values()].reduce((a, b) => a + b, 0)
  const kinds = [...outcomes].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([kind, n]) => `${kind} ${n}`)
  return `${format}: ${count} cases, ${faults.length} faults; ${kinds.join(', ')}; at most ${rssMegabytesMax} MB, ${grownMegabytes} MB more than undamaged`
}
