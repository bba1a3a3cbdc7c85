/**
 * The type that texts have in common: the first of these that fits all of them, varchar when none does.
 *
 *   boolean, bigint, decimal(38,0), double, time, date, timestamp, timestamp with time zone, varchar
 *
 * Only what is written in one clear form counts: a date is YYYY-MM-DD, because 01/02/2020 is not the same day everywhere.
 */
import {
  BIGINT,
  BOOLEAN,
  DATE,
  type DataType,
  DOUBLE,
  NULL_TYPE,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
  decimal,
} from '../../core/types.ts'
import { SluiceError } from '../../core/errors.ts'
import { castValue } from '../../expr/values/cast-value.ts'
import type { TextValues } from '../csv/layout.ts'
import { timeReader } from './time-format.ts'

const INTEGER_DIGITS_MAX = 38
const BIGINT_MAX = 2n ** 63n

const CLOCK = String.raw`([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?`
const DAY = String.raw`\d{4}-\d{2}-\d{2}`

const PATTERNS = {
  boolean: /^(?:true|false|t|f)$/i,
  integer: /^-?\d+$/,
  double: /^-?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|nan|inf|infinity)$/i,
  time: new RegExp(`^${CLOCK}$`),
  date: new RegExp(`^${DAY}$`),
  timestamp: new RegExp(`^${DAY}(?:[ Tt]${CLOCK})?$`),
  zoned: new RegExp(String.raw`^${DAY}[ Tt]${CLOCK}(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$`),
} as const

interface Candidate {
  readonly type: DataType
  fits(text: string): boolean
}

/** Looks at texts one by one. */
export class TypeGuess {
  #candidates: readonly Candidate[]
  #seen = 0

  constructor(values: TextValues) {
    this.#candidates = candidatesOf(values)
  }

  /** A text that is not NULL. */
  add(text: string): void {
    this.#seen++
    if (this.#candidates.some((candidate) => !candidate.fits(text))) {
      this.#candidates = this.#candidates.filter((candidate) => candidate.fits(text))
    }
  }

  /** The type null when there was no text. */
  get type(): DataType {
    return this.#seen === 0 ? NULL_TYPE : (this.#candidates[0]?.type ?? VARCHAR)
  }

  get hasSeen(): boolean {
    return this.#seen > 0
  }

  /** Whether a text would be a value of the type that the texts so far have. */
  fits(text: string): boolean {
    return this.#candidates[0]?.fits(text) ?? true
  }
}

function candidatesOf(values: TextValues): readonly Candidate[] {
  const { dateFormat, timestampFormat } = values
  const date = byFormat(DATE, dateFormat, values) ?? byCast(DATE, PATTERNS.date)
  const timestamp = byFormat(TIMESTAMP, timestampFormat, values) ?? byCast(TIMESTAMP, PATTERNS.timestamp)
  return [
    { type: BOOLEAN, fits: (text) => PATTERNS.boolean.test(text) },
    { type: BIGINT, fits: isBigint },
    { type: decimal(INTEGER_DIGITS_MAX, 0), fits: isWideInteger },
    { type: DOUBLE, fits: (text) => PATTERNS.double.test(text) },
    byCast(TIME, PATTERNS.time),
    date,
    timestamp,
    byCast(TIMESTAMPTZ, PATTERNS.zoned),
  ]
}

function isBigint(text: string): boolean {
  if (!PATTERNS.integer.test(text)) return false
  if (text.length < 19) return true
  const value = BigInt(text)
  return value >= -BIGINT_MAX && value < BIGINT_MAX
}

function isWideInteger(text: string): boolean {
  return PATTERNS.integer.test(text) && text.replace(/^-?0*/, '').length <= INTEGER_DIGITS_MAX
}

/** What looks like a value must be one: there is no 30th of February. */
function byCast(type: DataType, pattern: RegExp): Candidate {
  const session = { nowMicros: 0n, timeZone: 'UTC' }
  return { type, fits: (text) => pattern.test(text) && isFine(() => castValue(text, VARCHAR, type, session)) }
}

function byFormat(type: DataType, format: string | undefined, { timeZone }: TextValues): Candidate | undefined {
  if (format === undefined) return undefined
  const read = timeReader(type, format, timeZone)
  return { type, fits: (text) => isFine(() => read(text)) }
}

function isFine(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch (error) {
    if (error instanceof SluiceError) return false
    throw error
  }
}
