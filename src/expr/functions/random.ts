/** random, random_normal, gen_random_uuid and what a UUID tells of itself. */
import { randomUUID } from 'node:crypto'
import { SqlError } from '../../core/errors.ts'
import { crc32OfBytes } from '../../core/crc32.ts'
import { BIGINT, DOUBLE, INTEGER, TIMESTAMPTZ, UUID, VARCHAR, decimal } from '../../core/types.ts'
import { asDecimal, commonType } from '../coerce.ts'
import { parseUuid } from '../values/number-text.ts'
import { define } from './define.ts'
import type { ScalarFunction, Signature } from './function.ts'

const volatile = { volatility: 'volatile' } as const

/** random(low, high) includes both: integers, bigints, or decimals of the larger scale. */
function resolveRange(args: Parameters<ScalarFunction['resolve']>[0]): Signature | null {
  if (args.length === 0) return { args: [], result: DOUBLE }
  const common = args.length === 2 ? commonType(args) : null
  if (common === null) return null
  if (common.kind === 'integer' || common.kind === 'bigint') return { args: [common, common], result: common }
  if (common.kind === 'smallint' || common.kind === 'tinyint') return { args: [INTEGER, INTEGER], result: INTEGER }
  const exact = asDecimal(common)
  return exact && { args: [exact, exact], result: decimal(exact.precision, exact.scale) }
}

/** A whole number in [0, span]. */
function below(span: bigint): bigint {
  const bits = span.toString(2).length
  for (;;) {
    let value = 0n
    for (let have = 0; have < bits; have += 32) value = (value << 32n) | BigInt(Math.floor(Math.random() * 2 ** 32))
    value &= (1n << BigInt(bits)) - 1n
    if (value <= span) return value
  }
}

function between(args: readonly (number | bigint)[]): number | bigint {
  const [low, high] = args
  if (low === undefined || high === undefined) return Math.random()
  const [from, to] = [BigInt(low), BigInt(high)]
  if (from > to) throw new SqlError('22023', 'lower bound must be less than or equal to upper bound')
  const value = from + below(to - from)
  return typeof low === 'bigint' ? value : Number(value)
}

/** Murmur3's finalizer (Appleby): every bit of the input changes about half of those of the result. */
function mix(bits: number): number {
  let h = bits
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

function fraction(seed: bigint, row: bigint, file: string): number {
  let state = mix(Number(BigInt.asUintN(32, seed)) ^ mix(Number(BigInt.asUintN(32, seed >> 32n))))
  if (file !== '') state = mix(state ^ crc32OfBytes(new TextEncoder().encode(file)))
  state = mix(state ^ mix(Number(BigInt.asUintN(32, row >> 32n)) + 0x9e3779b9))
  const high = mix(state ^ Number(BigInt.asUintN(32, row)))
  const low = mix(high ^ 0x2545f491)
  return (high * 2 ** 20 + (low >>> 12)) / 2 ** 52
}

/** A normally distributed number (Box and Muller 1958). */
function normal(mean: number, deviation: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - Math.random()))
  return mean + deviation * radius * Math.cos(2 * Math.PI * Math.random())
}

function version(bytes: Uint8Array): number | null {
  // Only the variant of RFC 9562 has versions.
  return (bytes[8]! & 0xc0) === 0x80 ? bytes[6]! >> 4 : null
}

/** Micros since 1970 of versions 1 and 7. */
function timestampOf(bytes: Uint8Array): bigint | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  if (version(bytes) === 7) return (view.getBigUint64(0) >> 16n) * 1000n
  if (version(bytes) !== 1) return null
  const high = BigInt(view.getUint16(6) & 0x0fff)
  const ticks = (high << 48n) | (BigInt(view.getUint16(4)) << 32n) | BigInt(view.getUint32(0))
  // 100 ns since 1582-10-15.
  return (ticks - 122_192_928_000_000_000n) / 10n
}

export const randomFunctions: readonly ScalarFunction[] = [
  define(
    'math',
    'random',
    'A random number from 0 up to 1; random(low, high) one of that range, both ends included.',
    ['random(3, 3)', '3'],
    resolveRange,
    between,
    volatile,
  ),
  define(
    'math',
    'sample_fraction',
    'A number from 0 up to 1 that depends on a seed and a row number, and the text of a file, alone; equal numbers for equal arguments.',
    ['sample_fraction(1, 1) = sample_fraction(1, 1)', 'true'],
    [
      [[BIGINT, BIGINT], DOUBLE],
      [[BIGINT, BIGINT, VARCHAR], DOUBLE],
    ],
    ([seed, row, file = '']: readonly [bigint, bigint, string?]) => fraction(seed, row, file),
  ),
  define(
    'math',
    'random_normal',
    'A normally distributed random number; mean 0 and deviation 1 unless given.',
    ['random_normal(5, 0)', '5'],
    [
      [[], DOUBLE],
      [[DOUBLE], DOUBLE],
      [[DOUBLE, DOUBLE], DOUBLE],
    ],
    ([mean = 0, deviation = 1]: readonly [number?, number?]) => normal(mean, deviation),
    volatile,
  ),
  define(
    'system',
    'gen_random_uuid',
    'A new random UUID (version 4).',
    ['uuid_extract_version(gen_random_uuid())', '4'],
    [[[], UUID]],
    () => parseUuid(randomUUID()),
    { ...volatile, aliases: ['uuid', 'uuidv4'] },
  ),
  define(
    'system',
    'uuid_extract_version',
    'The version of a UUID; NULL when it is of another variant.',
    ["uuid_extract_version('41db1265-8bc1-4ab3-992f-885799a4af1d'::uuid)", '4'],
    [[[UUID], INTEGER]],
    ([value]: readonly [Uint8Array]) => version(value),
  ),
  define(
    'system',
    'uuid_extract_timestamp',
    'When a UUID of version 1 or 7 was made; NULL for others.',
    ["uuid_extract_timestamp('c232ab00-9414-11ec-b3c8-9f6bdeced846'::uuid)", '2022-02-22 19:22:22+00'],
    [[[UUID], TIMESTAMPTZ]],
    ([value]: readonly [Uint8Array]) => timestampOf(value),
  ),
]
