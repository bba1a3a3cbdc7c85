import type { Int32Column, Int64Column, TextColumn } from '../columns.ts'
import { COLORS, CONTAINERS, PART_TYPES, drawWord } from '../distributions.ts'
import { RandomStream } from '../random.ts'
import { CommentStream } from '../text-pool.ts'
import { SUPPLIERS_PER_SCALE } from './supplier.ts'
import { type GeneratedTable, bigint, finishAll, integer, money, skipAll, text } from './table.ts'

export const PARTS_PER_SCALE = 200_000
export const SUPPLIERS_PER_PART = 4
const NAME_WORDS = 5

/** Retail price in cents. Source: TPC-H specification 4.2.3. */
export function partPrice(key: number): number {
  return 90_000 + (Math.floor(key / 10) % 20_001) + (key % 1000) * 100
}

/** Key of a part's n-th supplier, 0 <= n < 4. Source: TPC-H specification 4.2.3. */
export function partSupplier(part: number, n: number, scale: number): number {
  const count = Math.floor(SUPPLIERS_PER_SCALE * scale)
  const step = Math.floor(count / SUPPLIERS_PER_PART) + Math.floor((part - 1) / count)
  return ((part + n * step) % count) + 1
}

export const part: GeneratedTable = {
  name: 'part',
  columns: [
    bigint('p_partkey'),
    text('p_name'),
    text('p_mfgr'),
    text('p_brand'),
    text('p_type'),
    integer('p_size'),
    text('p_container'),
    money('p_retailprice'),
    text('p_comment'),
  ],
  unitCount: (scale) => Math.floor(PARTS_PER_SCALE * scale),
  rowsPerUnit: 1,
  generator(_scale, pool) {
    // dbgen reserves a number for each of the words that it could permute.
    const names = new RandomStream(709_314_158, COLORS.words.length)
    const manufacturers = new RandomStream(1, 1)
    const brands = new RandomStream(46_831_694, 1)
    const types = new RandomStream(1_841_581_359, 1)
    const sizes = new RandomStream(1_193_163_244, 1)
    const containers = new RandomStream(727_633_698, 1)
    const comments = new CommentStream(pool, 804_159_733, 14)
    const streams = [names, manufacturers, brands, types, sizes, containers, comments]
    let key = 0
    return {
      skipTo(first) {
        skipAll(streams, first)
        key = first
      },
      next(chunk) {
        const columns = chunk.columns as [
          ...[Int64Column, TextColumn, TextColumn, TextColumn, TextColumn],
          ...[Int32Column, TextColumn, Int64Column, TextColumn],
        ]
        key += 1
        columns[0].push(key)
        columns[1].push(partName(names))
        const manufacturer = manufacturers.integer(1, 5)
        columns[2].push(`Manufacturer#${manufacturer}`)
        columns[3].push(`Brand#${manufacturer}${brands.integer(1, 5)}`)
        columns[4].push(PART_TYPES.words[drawWord(PART_TYPES, types)]!)
        columns[5].push(sizes.integer(1, 50))
        columns[6].push(CONTAINERS.words[drawWord(CONTAINERS, containers)]!)
        columns[7].push(partPrice(key))
        const comment = comments.next()
        columns[8].pushBytes(pool, comment.start, comment.length)
        finishAll(streams)
        chunk.rowCount += 1
      },
    }
  },
}

/** Five different colours: the first five places of a shuffle. */
function partName(random: RandomStream): string {
  const words = [...COLORS.words]
  for (let i = 0; i < NAME_WORDS; i++) {
    const other = random.integer(i, words.length - 1)
    const word = words[i]!
    words[i] = words[other]!
    words[other] = word
  }
  return words.slice(0, NAME_WORDS).join(' ')
}
