/** Suppliers. Ten of 10,000 have a comment with "Customer ... Complaints" or "Customer ... Recommends" put into it. */
import type { Int32Column, Int64Column, TextColumn } from '../columns.ts'
import { NATIONS } from '../distributions.ts'
import { RandomStream } from '../random.ts'
import { CommentStream } from '../text-pool.ts'
import { type GeneratedTable, bigint, finishAll, integer, money, skipAll, text } from './table.ts'
import { addressStream, numberedName, phoneNumber, phoneStream, pushAddress } from './text-values.ts'

export const SUPPLIERS_PER_SCALE = 10_000
const REMARKS_PER_SCALE = 10
const REMARK_START = 'Customer '
const REMARK_BYTES = 'Customer Complaints'.length

export const supplier: GeneratedTable = {
  name: 'supplier',
  columns: [
    bigint('s_suppkey'),
    text('s_name'),
    text('s_address'),
    integer('s_nationkey'),
    text('s_phone'),
    money('s_acctbal'),
    text('s_comment'),
  ],
  unitCount: (scale) => Math.floor(SUPPLIERS_PER_SCALE * scale),
  rowsPerUnit: 1,
  generator(_scale, pool) {
    const addresses = addressStream(706_178_559)
    const nations = new RandomStream(110_356_601, 1)
    const phones = phoneStream(884_434_366)
    const balances = new RandomStream(962_338_209, 1)
    const comments = new CommentStream(pool, 1_341_315_363, 63)
    const remarks = createRemarks()
    const streams = [addresses, nations, phones, balances, comments, ...remarks.streams]
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
        ]
        key += 1
        columns[0].push(key)
        columns[1].push(numberedName('Supplier', key))
        pushAddress(columns[2], addresses)
        const nation = nations.integer(0, NATIONS.length - 1)
        columns[3].push(nation)
        columns[4].push(phoneNumber(phones, nation))
        columns[5].push(balances.integer(-99_999, 999_999))
        const { start, length } = comments.next()
        if (remarks.isDue())
          columns[6].push(remarks.put(Buffer.from(pool.subarray(start, start + length)).toString('latin1')))
        else columns[6].pushBytes(pool, start, length)
        finishAll(streams)
        chunk.rowCount += 1
      },
    }
  },
}

function createRemarks() {
  const chance = new RandomStream(202_794_285, 1)
  const gaps = new RandomStream(263_032_577, 1)
  const offsets = new RandomStream(715_851_524, 1)
  const kinds = new RandomStream(753_643_799, 1)
  return {
    streams: [chance, gaps, offsets, kinds],
    isDue: (): boolean => chance.integer(1, SUPPLIERS_PER_SCALE) <= REMARKS_PER_SCALE,
    /** Overwrites parts of a comment: "Customer ", a gap that keeps its text, and the verdict. */
    put(comment: string): string {
      const gap = gaps.integer(0, comment.length - REMARK_BYTES)
      const offset = offsets.integer(0, comment.length - (REMARK_BYTES + gap))
      const verdict = kinds.integer(0, 100) < 50 ? 'Complaints' : 'Recommends'
      const gapStart = offset + REMARK_START.length
      const kept = comment.slice(gapStart, gapStart + gap)
      return comment.slice(0, offset) + REMARK_START + kept + verdict + comment.slice(gapStart + gap + verdict.length)
    },
  }
}
