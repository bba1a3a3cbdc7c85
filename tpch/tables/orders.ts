/**
 * Orders. Their total price and status follow from their lines, so the streams of lineitem are drawn here too.
 *
 * Source: TPC-H specification 4.2.3.
 */
import type { Int32Column, Int64Column, TextColumn } from '../columns.ts'
import { CURRENT_DAY, DAY_COUNT, START_DAY } from '../dates.ts'
import { ORDER_PRIORITIES, drawWord } from '../distributions.ts'
import { RandomStream } from '../random.ts'
import { CommentStream } from '../text-pool.ts'
import { CUSTOMERS_PER_SCALE } from './customer.ts'
import { PARTS_PER_SCALE, partPrice } from './part.ts'
import { type GeneratedTable, bigint, date, finishAll, integer, money, skipAll, text } from './table.ts'
import { numberedName } from './text-values.ts'

export const ORDERS_PER_SCALE = 1_500_000
export const LINES_MAX = 7
/** Days between an order and the last receipt: 121 to ship, 30 to arrive. */
const DELIVERY_DAYS_MAX = 151
const CLERKS_PER_SCALE = 1000

/** Streams that orders and their lines both draw from. */
export interface LineStreams {
  readonly orderDates: RandomStream
  readonly lineCounts: RandomStream
  readonly quantities: RandomStream
  readonly discounts: RandomStream
  readonly taxes: RandomStream
  readonly parts: RandomStream
  readonly shipDays: RandomStream
}

export function createLineStreams(): LineStreams {
  return {
    orderDates: new RandomStream(1_066_728_069, 1),
    lineCounts: new RandomStream(1_434_868_289, 1),
    quantities: new RandomStream(209_208_115, LINES_MAX),
    discounts: new RandomStream(554_590_007, LINES_MAX),
    taxes: new RandomStream(721_958_466, LINES_MAX),
    parts: new RandomStream(1_808_217_256, LINES_MAX),
    shipDays: new RandomStream(1_769_349_045, LINES_MAX),
  }
}

/** Days since 1992-01-01. */
export function orderDay(random: RandomStream): number {
  return random.integer(0, DAY_COUNT - DELIVERY_DAYS_MAX - 1)
}

/** Key of the n-th order, n from 1: only 8 of each 32 keys are used. */
export function orderKey(n: number): number {
  const low = n % 8
  return ((n - low) / 8) * 32 + low
}

export function partCount(scale: number): number {
  return Math.floor(PARTS_PER_SCALE * scale)
}

export const orders: GeneratedTable = {
  name: 'orders',
  columns: [
    bigint('o_orderkey'),
    bigint('o_custkey'),
    text('o_orderstatus'),
    money('o_totalprice'),
    date('o_orderdate'),
    text('o_orderpriority'),
    text('o_clerk'),
    integer('o_shippriority'),
    text('o_comment'),
  ],
  unitCount: (scale) => Math.floor(ORDERS_PER_SCALE * scale),
  rowsPerUnit: 1,
  generator(scale, pool) {
    const lines = createLineStreams()
    const customers = new RandomStream(851_767_375, 1)
    const priorities = new RandomStream(591_449_447, 1)
    const clerks = new RandomStream(1_171_034_773, 1)
    const comments = new CommentStream(pool, 276_090_261, 49)
    const streams = [...Object.values(lines), customers, priorities, clerks, comments]
    const customerCount = Math.floor(CUSTOMERS_PER_SCALE * scale)
    const clerkCount = Math.trunc(Math.max(scale * CLERKS_PER_SCALE, CLERKS_PER_SCALE))
    let index = 0
    return {
      skipTo(first) {
        skipAll(streams, first)
        index = first
      },
      next(chunk) {
        const columns = chunk.columns as [
          ...[Int64Column, Int64Column, TextColumn, Int64Column, Int32Column],
          ...[TextColumn, TextColumn, Int32Column, TextColumn],
        ]
        index += 1
        const day = orderDay(lines.orderDates)
        const { total, status } = sumLines(lines, day, scale)
        columns[0].push(orderKey(index))
        columns[1].push(orderingCustomer(customers, customerCount))
        columns[2].push(status)
        columns[3].push(total)
        columns[4].push(START_DAY + day)
        columns[5].push(ORDER_PRIORITIES.words[drawWord(ORDER_PRIORITIES, priorities)]!)
        columns[6].push(numberedName('Clerk', clerks.integer(1, clerkCount)))
        columns[7].push(0)
        const comment = comments.next()
        columns[8].pushBytes(pool, comment.start, comment.length)
        finishAll(streams)
        chunk.rowCount += 1
      },
    }
  },
}

/** Every third customer has no orders: such keys move to a neighbour. */
function orderingCustomer(random: RandomStream, customerCount: number): number {
  let key = random.integer(1, customerCount)
  for (let delta = 1; key % 3 === 0; delta = -delta) key = Math.min(key + delta, customerCount)
  return key
}

function sumLines(lines: LineStreams, day: number, scale: number) {
  const count = lines.lineCounts.integer(1, LINES_MAX)
  const parts = partCount(scale)
  let total = 0
  let shipped = 0
  for (let i = 0; i < count; i++) {
    const quantity = lines.quantities.integer(1, 50)
    const discount = lines.discounts.integer(0, 10)
    const tax = lines.taxes.integer(0, 8)
    const price = partPrice(lines.parts.integer(1, parts)) * quantity
    // Cents are cut, not rounded, after the discount and again after the tax.
    total += Math.floor((Math.floor((price * (100 - discount)) / 100) * (100 + tax)) / 100)
    if (day + lines.shipDays.integer(1, 121) <= CURRENT_DAY) shipped += 1
  }
  return { total, status: shipped === count ? 'F' : shipped > 0 ? 'P' : 'O' }
}
