import type { Int32Column, Int64Column, TextColumn } from '../columns.ts'
import { MARKET_SEGMENTS, NATIONS, drawWord } from '../distributions.ts'
import { RandomStream } from '../random.ts'
import { CommentStream } from '../text-pool.ts'
import { type GeneratedTable, bigint, finishAll, integer, money, skipAll, text } from './table.ts'
import { addressStream, numberedName, phoneNumber, phoneStream, pushAddress } from './text-values.ts'

export const CUSTOMERS_PER_SCALE = 150_000

export const customer: GeneratedTable = {
  name: 'customer',
  columns: [
    bigint('c_custkey'),
    text('c_name'),
    text('c_address'),
    integer('c_nationkey'),
    text('c_phone'),
    money('c_acctbal'),
    text('c_mktsegment'),
    text('c_comment'),
  ],
  unitCount: (scale) => Math.floor(CUSTOMERS_PER_SCALE * scale),
  rowsPerUnit: 1,
  generator(_scale, pool) {
    const addresses = addressStream(881_155_353)
    const nations = new RandomStream(1_489_529_863, 1)
    const phones = phoneStream(1_521_138_112)
    const balances = new RandomStream(298_370_230, 1)
    const segments = new RandomStream(1_140_279_430, 1)
    const comments = new CommentStream(pool, 1_335_826_707, 73)
    const streams = [addresses, nations, phones, balances, segments, comments]
    let key = 0
    return {
      skipTo(first) {
        skipAll(streams, first)
        key = first
      },
      next(chunk) {
        const columns = chunk.columns as [
          Int64Column,
          TextColumn,
          TextColumn,
          Int32Column,
          TextColumn,
          Int64Column,
          TextColumn,
          TextColumn,
        ]
        key += 1
        columns[0].push(key)
        columns[1].push(numberedName('Customer', key))
        pushAddress(columns[2], addresses)
        const nation = nations.integer(0, NATIONS.length - 1)
        columns[3].push(nation)
        columns[4].push(phoneNumber(phones, nation))
        columns[5].push(balances.integer(-99_999, 999_999))
        columns[6].push(MARKET_SEGMENTS.words[drawWord(MARKET_SEGMENTS, segments)]!)
        const comment = comments.next()
        columns[7].pushBytes(pool, comment.start, comment.length)
        finishAll(streams)
        chunk.rowCount += 1
      },
    }
  },
}
