import type { Int32Column, Int64Column, TextColumn } from '../columns.ts'
import { CURRENT_DAY, START_DAY } from '../dates.ts'
import { RETURN_FLAGS, SHIP_INSTRUCTIONS, SHIP_MODES, drawWord } from '../distributions.ts'
import { RandomStream } from '../random.ts'
import { CommentStream } from '../text-pool.ts'
import { LINES_MAX, ORDERS_PER_SCALE, createLineStreams, orderDay, orderKey, partCount } from './orders.ts'
import { partPrice, partSupplier } from './part.ts'
import { type GeneratedTable, bigint, date, finishAll, integer, money, skipAll, text } from './table.ts'

type LineColumns = [
  ...[Int64Column, Int64Column, Int64Column, Int32Column, Int64Column, Int64Column, Int64Column, Int64Column],
  ...[TextColumn, TextColumn, Int32Column, Int32Column, Int32Column, TextColumn, TextColumn, TextColumn],
]

/** One to seven lines an order; a unit is an order. */
export const lineitem: GeneratedTable = {
  name: 'lineitem',
  columns: [
    bigint('l_orderkey'),
    bigint('l_partkey'),
    bigint('l_suppkey'),
    integer('l_linenumber'),
    money('l_quantity'),
    money('l_extendedprice'),
    money('l_discount'),
    money('l_tax'),
    text('l_returnflag'),
    text('l_linestatus'),
    date('l_shipdate'),
    date('l_commitdate'),
    date('l_receiptdate'),
    text('l_shipinstruct'),
    text('l_shipmode'),
    text('l_comment'),
  ],
  unitCount: (scale) => Math.floor(ORDERS_PER_SCALE * scale),
  rowsPerUnit: 4,
  generator(scale, pool) {
    const lines = createLineStreams()
    const suppliers = new RandomStream(2_095_021_727, LINES_MAX)
    const commitDays = new RandomStream(904_914_315, LINES_MAX)
    const receiptDays = new RandomStream(373_135_028, LINES_MAX)
    const returns = new RandomStream(717_419_739, LINES_MAX)
    const instructions = new RandomStream(1_371_272_478, LINES_MAX)
    const modes = new RandomStream(675_466_456, LINES_MAX)
    const comments = new CommentStream(pool, 1_095_462_486, 27, LINES_MAX)
    const streams = [
      ...Object.values(lines),
      suppliers,
      commitDays,
      receiptDays,
      returns,
      instructions,
      modes,
      comments,
    ]
    const parts = partCount(scale)
    let index = 0
    return {
      skipTo(first) {
        skipAll(streams, first)
        index = first
      },
      next(chunk) {
        const columns = chunk.columns as LineColumns
        index += 1
        const key = orderKey(index)
        const day = orderDay(lines.orderDates)
        const count = lines.lineCounts.integer(1, LINES_MAX)
        for (let line = 1; line <= count; line++) {
          const quantity = lines.quantities.integer(1, 50)
          const part = lines.parts.integer(1, parts)
          const shipped = day + lines.shipDays.integer(1, 121)
          const received = shipped + receiptDays.integer(1, 30)
          columns[0].push(key)
          columns[1].push(part)
          columns[2].push(partSupplier(part, suppliers.integer(0, 3), scale))
          columns[3].push(line)
          columns[4].push(quantity * 100)
          columns[5].push(partPrice(part) * quantity)
          columns[6].push(lines.discounts.integer(0, 10))
          columns[7].push(lines.taxes.integer(0, 8))
          columns[8].push(received <= CURRENT_DAY ? RETURN_FLAGS.words[drawWord(RETURN_FLAGS, returns)]! : 'N')
          columns[9].push(shipped <= CURRENT_DAY ? 'F' : 'O')
          columns[10].push(START_DAY + shipped)
          columns[11].push(START_DAY + day + commitDays.integer(30, 90))
          columns[12].push(START_DAY + received)
          columns[13].push(SHIP_INSTRUCTIONS.words[drawWord(SHIP_INSTRUCTIONS, instructions)]!)
          columns[14].push(SHIP_MODES.words[drawWord(SHIP_MODES, modes)]!)
          const comment = comments.next()
          columns[15].pushBytes(pool, comment.start, comment.length)
        }
        finishAll(streams)
        chunk.rowCount += count
      },
    }
  },
}
