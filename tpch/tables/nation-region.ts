import type { Int32Column, TextColumn } from '../columns.ts'
import { NATIONS, REGIONS } from '../distributions.ts'
import { CommentStream } from '../text-pool.ts'
import { type GeneratedTable, integer, text } from './table.ts'

const COMMENT_LENGTH = 72

export const nation: GeneratedTable = {
  name: 'nation',
  columns: [integer('n_nationkey'), text('n_name'), integer('n_regionkey'), text('n_comment')],
  unitCount: () => NATIONS.length,
  rowsPerUnit: 1,
  generator(_scale, pool) {
    const comments = new CommentStream(pool, 606_179_079, COMMENT_LENGTH)
    let key = 0
    return {
      skipTo(first) {
        comments.skipRows(first)
        key = first
      },
      next(chunk) {
        const [keys, names, regions, texts] = chunk.columns as [Int32Column, TextColumn, Int32Column, TextColumn]
        const [name, region] = NATIONS[key]!
        keys.push(key)
        names.push(name)
        regions.push(region)
        const comment = comments.next()
        texts.pushBytes(pool, comment.start, comment.length)
        comments.finishRow()
        key += 1
        chunk.rowCount += 1
      },
    }
  },
}

export const region: GeneratedTable = {
  name: 'region',
  columns: [integer('r_regionkey'), text('r_name'), text('r_comment')],
  unitCount: () => REGIONS.length,
  rowsPerUnit: 1,
  generator(_scale, pool) {
    const comments = new CommentStream(pool, 1_500_869_201, COMMENT_LENGTH)
    let key = 0
    return {
      skipTo(first) {
        comments.skipRows(first)
        key = first
      },
      next(chunk) {
        const [keys, names, texts] = chunk.columns as [Int32Column, TextColumn, TextColumn]
        keys.push(key)
        names.push(REGIONS[key]!)
        const comment = comments.next()
        texts.pushBytes(pool, comment.start, comment.length)
        comments.finishRow()
        key += 1
        chunk.rowCount += 1
      },
    }
  },
}
