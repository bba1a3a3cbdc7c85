/**
 * Rows of a checkpoint by the bounds of their files, before anything else of these is decoded.
 *
 *   add.stats  {"numRecords":10,"minValues":{"id":1},"maxValues":{"id":9}}    id in [20, 30]?  max < 20 or min > 30: the file is passed over
 *
 * Bounds are compared as the texts have them: integers, dates and times by their digits, texts by their bytes. What is written in another way, and what is
 * not there, rules nothing out; so do times within the same millisecond, to which writers round.
 */
import type { Arena } from '../../core/arena.ts'
import type { EngineMemory } from '../../core/memory.ts'
import type { DataType } from '../../core/types.ts'
import type { Vector } from '../../core/vector.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { daysFromCivil, daysInMonth, floorDivide } from '../../expr/values/calendar.ts'
import type { LiteralRange } from '../literal-ranges.ts'
import { metadataReadContext } from '../metadata-reader.ts'
import { type Members, STRING, childNamed, integerAt, membersOf, textsOf } from './statistics-texts.ts'

/** A column by its physical names, outside of whose range no row matches. */
export interface RangedColumn {
  readonly path: readonly string[]
  readonly range: LiteralRange
}

type Compare = (members: Members, row: number) => number

interface Check {
  readonly path: readonly string[]
  /** How a bound of a row compares to the end of the range: its sign; NaN where that is unknown. */
  readonly toLow: Compare | undefined
  readonly toHigh: Compare | undefined
}

const UNKNOWN = Number.NaN

export class StatisticsRows {
  readonly #checks: readonly Check[]
  readonly #memory: EngineMemory = metadataReadContext().memory

  constructor(columns: readonly RangedColumn[]) {
    this.#checks = columns.flatMap(({ path, range: { type, low, high } }) => {
      const [toLow, toHigh] = [low, high].map((end) => (end === undefined ? undefined : this.#compareTo(end, type)))
      return toLow === undefined && toHigh === undefined ? [] : [{ path, toLow, toHigh }]
    })
  }

  /** Whether it can rule anything out. */
  get isUseful(): boolean {
    return this.#checks.length > 0
  }

  /** Numbers of the rows whose files might match, ascending; `add` is a struct with the one field `stats`. Undefined: any row might. */
  matching(add: Vector, arena: Arena): { readonly rows: readonly number[]; readonly fileCount: number } | undefined {
    const stats = childNamed(add, 'stats')
    const texts = stats && textsOf(stats, arena)
    if (texts === undefined || add.encoding !== 'flat') return undefined
    const paths = this.#checks.flatMap(({ path }) => [
      ['minValues', ...path],
      ['maxValues', ...path],
    ])
    const members = membersOf(texts, paths, arena)
    const { u8 } = this.#memory
    const rows: number[] = []
    let fileCount = 0
    for (let row = 0; row < texts.length; row++) {
      if (add.validity !== 0 && u8[add.validity + row] === 0) continue
      fileCount++
      if (!this.#isRuledOut(members, row)) rows.push(row)
    }
    return { rows, fileCount }
  }

  #isRuledOut(members: readonly Members[], row: number): boolean {
    for (let i = 0; i < this.#checks.length; i++) {
      const { toLow, toHigh } = this.#checks[i]!
      if (toLow !== undefined && toLow(members[2 * i + 1]!, row) < 0) return true
      if (toHigh !== undefined && toHigh(members[2 * i]!, row) > 0) return true
    }
    return false
  }

  #compareTo(end: LiteralValue, type: DataType): Compare | undefined {
    const memory = this.#memory
    switch (type.kind) {
      case 'tinyint':
      case 'smallint':
      case 'integer':
      case 'bigint': {
        // Bounds have at most 15 digits: rounding beyond 2^53 does not change what is less.
        const value = Number(end)
        return (members, row) => (integerAt(memory, members, row) ?? UNKNOWN) - value
      }
      case 'date': {
        const value = Number(end)
        return (members, row) => dateAt(memory, members, row) - value
      }
      case 'timestamp': {
        if (type.unit !== 'us') return undefined
        const value = Number(floorDivide(BigInt(end as bigint), 1000n))
        return (members, row) => millisecondsAt(memory, members, row) - value
      }
      case 'varchar': {
        const value = new TextEncoder().encode(end as string)
        return (members, row) => compareText(memory, members, row, value)
      }
      default:
        return undefined
    }
  }
}

/** `digits` decimal digits at a place; NaN for anything else. */
function digitsAt(u8: Uint8Array, at: number, digits: number): number {
  let value = 0
  for (let i = at; i < at + digits; i++) {
    const digit = u8[i]! - 48
    if (digit < 0 || digit > 9) return UNKNOWN
    value = value * 10 + digit
  }
  return value
}

const [DASH, COLON, POINT, BLANK, T, Z] = [0x2d, 0x3a, 0x2e, 0x20, 0x54, 0x5a]

/** Days since 1970 of `2024-12-31`; NaN for anything else. */
function daysAt(u8: Uint8Array, at: number): number {
  const [year, month, day] = [digitsAt(u8, at, 4), digitsAt(u8, at + 5, 2), digitsAt(u8, at + 8, 2)]
  if (u8[at + 4] !== DASH || u8[at + 7] !== DASH || Number.isNaN(year + month + day)) return UNKNOWN
  if (month < 1 || month > 12 || day < 1 || (day > 28 && day > daysInMonth(year, month))) return UNKNOWN
  return daysFromCivil(year, month, day)
}

/** Length of a text without its quotes; -1 for what is none. */
function textLength({ u8, u32 }: EngineMemory, { views, kinds }: Members, row: number): number {
  return u8[kinds + row] === STRING ? u32[(views >>> 2) + 2 * row + 1]! - 2 : -1
}

function textStart({ u32 }: EngineMemory, { views }: Members, row: number): number {
  return u32[(views >>> 2) + 2 * row]! + 1
}

function dateAt(memory: EngineMemory, members: Members, row: number): number {
  return textLength(memory, members, row) === 10 ? daysAt(memory.u8, textStart(memory, members, row)) : UNKNOWN
}

const DAY_MS = 86_400_000

/** `2024-12-31T23:59:59.123456Z` in whole milliseconds since 1970, rounded down; with or without fraction and Z. NaN for anything else. */
function millisecondsAt(memory: EngineMemory, members: Members, row: number): number {
  const length = textLength(memory, members, row)
  if (length < 19 || length > 30) return UNKNOWN
  const { u8 } = memory
  const start = textStart(memory, members, row)
  const end = start + length - (u8[start + length - 1] === Z ? 1 : 0)
  const [hour, minute, second] = [digitsAt(u8, start + 11, 2), digitsAt(u8, start + 14, 2), digitsAt(u8, start + 17, 2)]
  if (u8[start + 13] !== COLON || u8[start + 16] !== COLON) return UNKNOWN
  if (u8[start + 10] !== T && u8[start + 10] !== BLANK) return UNKNOWN
  if (hour > 23 || minute > 59 || second > 59) return UNKNOWN
  const digits = end - start - 20
  let fraction = 0
  if (digits >= 0) {
    if (u8[start + 19] !== POINT || digits === 0 || Number.isNaN(digitsAt(u8, start + 20, digits))) return UNKNOWN
    fraction = digitsAt(u8, start + 20, Math.min(3, digits)) * 10 ** Math.max(0, 3 - digits)
  }
  return daysAt(u8, start) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + fraction
}

function compareText(memory: EngineMemory, members: Members, row: number, value: Uint8Array): number {
  const length = textLength(memory, members, row)
  if (length < 0) return UNKNOWN
  const { u8 } = memory
  const start = textStart(memory, members, row)
  const common = Math.min(length, value.length)
  for (let i = 0; i < common; i++) {
    const order = u8[start + i]! - value[i]!
    if (order !== 0) return order
  }
  return length - value.length
}
