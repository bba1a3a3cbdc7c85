/**
 * Collected rows whose first fields are sort keys: another order than the aggregate's first, and the ranks that a row would have.
 * Orders are written as two characters a key: `+` rising or `-` falling, then `f` NULLs first or `l` last.
 */
import { type DataType, BIGINT, DOUBLE, VARCHAR, sameType, listOf } from '../../core/types.ts'
import type { LiteralValue } from '../expr.ts'
import { compareValues } from '../values/compare.ts'
import { define } from './define.ts'
import type { ScalarFunction } from './function.ts'

type Row = readonly LiteralValue[]

function compareKeys(a: Row, b: Row, types: readonly DataType[], order: string): number {
  for (let i = 0; i * 2 < order.length; i++) {
    const [x, y] = [a[i]!, b[i]!]
    if (x === null || y === null) {
      if (x === y) continue
      return (x === null) === (order[i * 2 + 1] === 'f') ? -1 : 1
    }
    const compared = compareValues(x, y, types[i]!)
    if (compared !== 0) return order[i * 2] === '-' ? -compared : compared
  }
  return 0
}

function fieldTypes(list: DataType | undefined): readonly DataType[] | null {
  if (list?.kind !== 'list' || list.element.type.kind !== 'struct') return null
  return list.element.type.fields.map(({ type }) => type)
}

const HYPOTHETICAL = "(ARRAY[ROW(1), ROW(3), ROW(3)], ROW(2), '+l')"

/** The place that `row` would have among the rows. */
function rank(
  name: string,
  words: string,
  shown: string,
  type: DataType,
  compute: (before: number, groups: number, equal: number, count: number) => LiteralValue,
): ScalarFunction {
  return define(
    'nested',
    name,
    `${words} that a row would have among a list of rows in an order.`,
    [name + HYPOTHETICAL, shown],
    ([list, row, order, ...rest]) => {
      if (fieldTypes(list) === null || row?.kind !== 'struct' || order === undefined || rest.length > 0) return null
      return list!.kind === 'list' && sameType(list!.element.type, row)
        ? { args: [list!, row, VARCHAR], result: type }
        : null
    },
    ([list, row, order]: readonly [readonly Row[] | null, Row, string], { args }) => {
      const types = fieldTypes(args[0])!
      const rows = (list ?? []).toSorted((a, b) => compareKeys(a, b, types, order))
      let [before, groups, equal] = [0, 0, 0]
      rows.forEach((one, i) => {
        const compared = compareKeys(one, row, types, order)
        if (compared === 0) equal++
        if (compared >= 0) return
        before++
        if (i === 0 || compareKeys(rows[i - 1]!, one, types, order) !== 0) groups++
      })
      return compute(before, groups, equal, rows.length)
    },
    { nulls: 'custom' },
  )
}

export const orderedRowFunctions: readonly ScalarFunction[] = [
  define(
    'nested',
    'list_in_order',
    'The last fields of a list of rows, in the order of the fields before.',
    ["list_in_order(ARRAY[(2, 'b'), (1, 'a')], '+l')", '{a,b}'],
    ([list, order, ...rest]) => {
      const types = fieldTypes(list)
      if (types === null || order === undefined || rest.length > 0) return null
      return { args: [list!, VARCHAR], result: listOf(types.at(-1)!) }
    },
    ([list, order]: readonly [readonly Row[], string], { args }) => {
      const types = fieldTypes(args[0])!
      return list.toSorted((a, b) => compareKeys(a, b, types, order)).map((row) => row.at(-1)!)
    },
  ),
  rank('list_rank', 'The rank', '2', BIGINT, (before) => BigInt(before + 1)),
  rank('list_dense_rank', 'The rank without gaps', '2', BIGINT, (_before, groups) => BigInt(groups + 1)),
  rank('list_percent_rank', 'The relative rank', '0.3333333333333333', DOUBLE, (before, _groups, _equal, count) =>
    count === 0 ? 0 : before / count,
  ),
  rank(
    'list_cume_dist',
    'The part of rows before or beside it',
    '0.5',
    DOUBLE,
    (before, _groups, equal, count) => (before + equal + 1) / (count + 1),
  ),
]
