import type { Int32Column, Int64Column, TextColumn } from '../columns.ts'
import { RandomStream } from '../random.ts'
import { CommentStream } from '../text-pool.ts'
import { PARTS_PER_SCALE, SUPPLIERS_PER_PART, partSupplier } from './part.ts'
import { type GeneratedTable, bigint, finishAll, integer, money, skipAll, text } from './table.ts'

/** Four suppliers for each part; a unit is a part. */
export const partsupp: GeneratedTable = {
  name: 'partsupp',
  columns: [
    bigint('ps_partkey'),
    bigint('ps_suppkey'),
    integer('ps_availqty'),
    money('ps_supplycost'),
    text('ps_comment'),
  ],
  unitCount: (scale) => Math.floor(PARTS_PER_SCALE * scale),
  rowsPerUnit: SUPPLIERS_PER_PART,
  generator(scale, pool) {
    const quantities = new RandomStream(1_671_059_989, SUPPLIERS_PER_PART)
    const costs = new RandomStream(1_051_288_424, SUPPLIERS_PER_PART)
    const comments = new CommentStream(pool, 1_961_692_154, 124, SUPPLIERS_PER_PART)
    const streams = [quantities, costs, comments]
    let key = 0
    return {
      skipTo(first) {
        skipAll(streams, first)
        key = first
      },
      next(chunk) {
        const columns = chunk.columns as [Int64Column, Int64Column, Int32Column, Int64Column, TextColumn]
        key += 1
        for (let n = 0; n < SUPPLIERS_PER_PART; n++) {
          columns[0].push(key)
          columns[1].push(partSupplier(key, n, scale))
          columns[2].push(quantities.integer(1, 9999))
          columns[3].push(costs.integer(100, 100_000))
          const comment = comments.next()
          columns[4].pushBytes(pool, comment.start, comment.length)
        }
        finishAll(streams)
        chunk.rowCount += SUPPLIERS_PER_PART
      },
    }
  },
}
