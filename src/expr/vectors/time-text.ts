/** to_char of timestamps and to_timestamp of seconds over vectors. */
import type { Pointer } from '../../core/memory.ts'
import { VARCHAR } from '../../core/types.ts'
import { valueAt } from '../../core/vector-values.ts'
import type { FlatVector } from '../../core/vector.ts'
import type { EvaluateContext, ScalarFunction } from '../functions/function.ts'
import { type TemplateField, type TemplatePart, parseDateTemplate } from '../values/date-template.ts'
import { partsOfMicros, printTime } from '../values/print-date.ts'
import { type Reference, restByRow } from './rest.ts'
import { toLocal } from './zone.ts'

type Evaluate = NonNullable<ScalarFunction['evaluate']>

/** Fields that are numbers, as the kernel knows them, and how many digits they are filled up to. */
const NUMBERS: Readonly<Record<string, readonly [number, number]>> = {
  YYYY: [1, 4],
  YY: [2, 2],
  MM: [3, 2],
  DD: [4, 2],
  HH24: [5, 2],
  HH: [6, 2],
  HH12: [6, 2],
  MI: [7, 2],
  SS: [8, 2],
  MS: [9, 3],
  US: [10, 6],
  DDD: [11, 3],
  Q: [12, 1],
  D: [13, 1],
  ID: [14, 1],
}

const DAY_MICROS = 86_400_000_000n
const HOUR_MICROS = 3_600_000_000n
/** 2001-01-01, a Monday. */
const FIRST_DAY = 11_323n

/** Fields that are words: the number that tells which, the least such number, and times that have each. */
const WORDS: Readonly<Record<string, readonly [number, number, readonly bigint[]]>> = {
  MONTH: [3, 1, monthStarts()],
  MON: [3, 1, monthStarts()],
  DAY: [14, 1, Array.from({ length: 7 }, (_, i) => (FIRST_DAY + BigInt(i)) * DAY_MICROS)],
  DY: [14, 1, Array.from({ length: 7 }, (_, i) => (FIRST_DAY + BigInt(i)) * DAY_MICROS)],
  AM: [5, 0, hours()],
  PM: [5, 0, hours()],
}

function monthStarts(): bigint[] {
  return Array.from({ length: 12 }, (_, i) => BigInt(Date.UTC(2001, i, 1)) * 1000n)
}

function hours(): bigint[] {
  return Array.from({ length: 24 }, (_, i) => BigInt(i) * HOUR_MICROS)
}

function writeText({ memory, arena }: EvaluateContext, text: string): readonly [Pointer, number] {
  const bytes = Buffer.from(text, 'utf8')
  const at = arena.allocate(bytes.length)
  memory.u8.set(bytes, at)
  return [at, bytes.length]
}

/** A part as the kernel reads it, and its bytes at most; null for what it does not know. */
function compiled(context: EvaluateContext, part: TemplatePart): readonly [number, number, number, number] | null {
  if (part.kind === 'text') {
    const [at, length] = writeText(context, part.text)
    return [0, at, length, length]
  }
  if (part.ordinal !== null) return null
  const number = Object.hasOwn(NUMBERS, part.name) ? NUMBERS[part.name] : undefined
  if (number !== undefined) return part.isBare ? null : [number[0], number[1], 0, number[1]]
  return Object.hasOwn(WORDS, part.name) ? compiledWords(context, part) : null
}

function compiledWords(context: EvaluateContext, part: TemplateField): readonly [number, number, number, number] {
  const [field, least, samples] = WORDS[part.name]!
  const { memory, arena } = context
  const views = arena.allocate(samples.length * 8)
  let longest = 0
  for (const [i, sample] of samples.entries()) {
    const view = writeText(context, printTime(partsOfMicros(sample, null), `${part.isBare ? 'FM' : ''}${part.written}`))
    memory.u32.set(view, (views >>> 2) + 2 * i)
    longest = Math.max(longest, view[1])
  }
  return [field + 100, views, least, longest]
}

/** Parts of a pattern beyond which the reference prints. */
const PARTS_MAX = 64

/** `evaluate` of to_char of timestamps by a constant pattern. */
export function toCharVectors(reference: Reference): Evaluate {
  return (context, args, rowCount, types, validity) => {
    const [value, pattern] = args
    const [type] = types.args
    const { memory, arena, kernels, session } = context
    if (type?.kind !== 'timestamp' || type.unit !== 'us') return null
    if (value!.encoding === 'constant' || pattern!.encoding !== 'constant') return null
    const parts = parseDateTemplate(valueAt(memory, pattern!, 0) as string)
    if (parts.length > PARTS_MAX) return null
    const block = arena.allocate(parts.length * 12)
    let room = 0
    for (const [i, part] of parts.entries()) {
      const words = compiled(context, part)
      if (words === null) return null
      memory.u32.set(words.slice(0, 3), (block >>> 2) + 3 * i)
      room += words[3]
    }
    const local = type.zone ? toLocal(context, value!.data, rowCount, validity, session.timeZone) : value!.data
    if (local === null) return null
    const bytes = arena.allocate(rowCount * room)
    const data = arena.allocate(rowCount * 8)
    const rows = arena.allocate(rowCount * 4)
    const count = kernels.scalar.printTemplate(local, validity, rowCount, block, parts.length, bytes, data, rows)
    const vector: FlatVector = { encoding: 'flat', type: VARCHAR, length: rowCount, data, validity, children: [] }
    return restByRow(context, reference, args, types, vector, { rows, count })
  }
}

/** `evaluate` of to_timestamp of seconds. */
export function secondsToTimestamps(reference: Reference): Evaluate {
  return (context, args, rowCount, types, validity) => {
    const [seconds] = args
    if (types.args.length !== 1 || types.args[0]!.kind !== 'double' || seconds!.encoding === 'constant') return null
    const { arena, kernels } = context
    const data = arena.allocate(rowCount * 8)
    const rows = arena.allocate(rowCount * 4)
    const count = kernels.scalar.secondsToMicros(seconds!.data, rowCount, validity, data, rows)
    const vector: FlatVector = {
      ...{ encoding: 'flat', type: types.result, length: rowCount, data, validity, children: [] },
    }
    return restByRow(context, reference, args, types, vector, { rows, count })
  }
}
