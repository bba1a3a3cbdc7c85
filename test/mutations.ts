/**
 * Damage by seed: the changes of bytes that disks, networks and half-done writes make, and what may come of them.
 *
 * One driver for all formats: a case is a seed and a number, so that a failure is repeated by naming both.
 */
import { SluiceError } from '../src/core/errors.ts'

/** How many mutations a test makes: `SLUICE_MUTATIONS` when it is set (10,000 a format before a release), else `otherwise`. */
export function mutationCount(otherwise: number): number {
  return Number(process.env['SLUICE_MUTATIONS'] ?? otherwise)
}

/** Whole numbers from 0 to below `limit`, the same ones for the same seed. */
export type Below = (limit: number) => number

/** Method: mulberry32, whose low bits are as random as its high ones. */
export function seededBelow(seed: number): Below {
  let state = seed | 0
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * limit)
  }
}

/** Footers and trailers are at the end: half of the changes are made there. */
const TAIL_BYTES = 600

/** A damaged copy: bits flipped, bytes overwritten, runs cut out, repeated, zeroed or exchanged, or the end cut off. */
export function mutate(original: Uint8Array, below: Below): Uint8Array {
  const start = below(2) === 0 ? Math.max(0, original.length - TAIL_BYTES) : 0
  const place = (): number => start + below(original.length - start)
  const bytes = Buffer.from(original)
  const at = place()
  const run = 1 + below(40)
  switch (below(8)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + run), bytes.subarray(at)])
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + run)])
    case 3:
      bytes.fill(below(2) === 0 ? 0 : 0xff, at, Math.min(at + run, bytes.length))
      return bytes
    case 4:
      // Bytes that occur in the file make sense more often than others: a digit in place of a digit.
      for (let n = 1 + below(4); n > 0; n--) bytes[place()] = original[place()]!
      return bytes
    case 5:
      for (let n = 1 + below(6); n > 0; n--) bytes[place()] = below(256)
      return bytes
    default:
      for (let n = 1 + below(3); n > 0; n--) {
        const flipped = place()
        bytes[flipped] = bytes[flipped]! ^ (1 << below(8))
      }
      return bytes
  }
}

/** SQLSTATEs that blame a file or refuse it: damaged, not supported, too much memory, a limit, a file that is not there. */
const BLAMING = ['XX001', '0A000', '53200', '54000', '58P01']

/** Throws what is not an error of ours that blames the file. */
function expectBlame(error: unknown, name: string): void {
  if (error instanceof SluiceError && BLAMING.includes(error.sqlstate)) return
  throw new Error(`${name}: ${String(error)}`, { cause: error })
}

export interface MutationOptions {
  readonly seed: number
  readonly count: number
}

/** Reads damaged copies one after the other: each gives something, or an error that blames the file. */
export async function readMutations(
  original: Uint8Array,
  { seed, count }: MutationOptions,
  read: (bytes: Uint8Array, serial: number) => void | Promise<void>,
): Promise<void> {
  const below = seededBelow(seed)
  for (let serial = 0; serial < count; serial++) {
    const bytes = mutate(original, below)
    try {
      await read(bytes, serial)
    } catch (error) {
      expectBlame(error, `mutation ${serial} of seed ${seed}`)
    }
  }
}
