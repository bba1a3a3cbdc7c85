/** Method: estimates for TPC-H at scale factor 1 against the true numbers; they must be within a factor. */
import { describe, expect, it } from 'vitest'
import { Estimator } from '../../../src/plan/cost/estimate.ts'
import { optimize } from '../../../src/plan/rules/index.ts'
import { bindText, contextOf } from '../bind/fake-table.ts'
import { tpchTables } from '../bind/tpch-tables.ts'
import { tpchStatistics } from '../tpch/statistics.ts'

const context = contextOf(tpchTables())

async function rowsOf(sql: string): Promise<number> {
  const options = {
    disabledRules: new Set<string>(),
    session: { nowMicros: 0n, timeZone: 'UTC' },
    statistics: tpchStatistics,
    verify: true,
  }
  return new Estimator(tpchStatistics).rows(optimize(await bindText(sql, context), options))
}

describe('row estimates', () => {
  it.each([
    [
      'a range of dates',
      "select 1 from lineitem where l_shipdate >= date '1994-01-01' and l_shipdate < date '1995-01-01'",
      909_455,
      1.2,
    ],
    [
      'the filter of Q6',
      "select 1 from lineitem where l_shipdate >= date '1994-01-01' and l_shipdate < date '1995-01-01' and l_discount between 0.05 and 0.07 and l_quantity < 24",
      114_160,
      4,
    ],
    ['a key', 'select 1 from orders where o_orderkey = 7', 1, 1],
    ['a reference to a key', 'select 1 from orders, lineitem where o_orderkey = l_orderkey', 6_001_215, 1.1],
    [
      'a reference to a filtered key',
      "select 1 from orders, lineitem where o_orderkey = l_orderkey and o_orderdate < date '1993-01-01'",
      907_000,
      1.3,
    ],
    [
      'a composite key',
      'select 1 from partsupp, lineitem where ps_partkey = l_partkey and ps_suppkey = l_suppkey',
      6_001_215,
      1.5,
    ],
    ['codes of a small range', "select 1 from lineitem where l_returnflag = 'R'", 1_478_870, 6],
    ['a small table by name', "select 1 from nation where n_name = 'FRANCE'", 1, 1],
    ['groups', 'select l_suppkey from lineitem group by l_suppkey', 10_000, 1.1],
    ['groups of two columns', 'select l_linenumber, l_quantity from lineitem group by 1, 2', 350, 100],
    ['a key that nobody has', 'select 1 from orders where o_orderkey = -1', 1, 1],
    [
      'a semi join',
      "select 1 from customer where c_custkey in (select o_custkey from orders where o_orderdate < date '1992-02-01')",
      17_000,
      3,
    ],
    ['a text with two parts', "select 1 from orders where o_comment like '%special%requests%'", 16_000, 2],
    [
      'groups with a large sum',
      'select l_orderkey from lineitem group by l_orderkey having sum(l_quantity) > 300',
      57,
      40,
    ],
    ['groups with many rows', 'select l_orderkey from lineitem group by l_orderkey having 7 <= count(*)', 214_000, 3],
    [
      'groups with a small mean',
      'select l_orderkey from lineitem group by l_orderkey having avg(l_quantity) < 10',
      75_000,
      4,
    ],
    [
      'groups by a count',
      'select c from (select count(*) as c from orders group by o_custkey) counts group by c',
      41,
      3,
    ],
  ])('%s', async (_, sql, truth, factor) => {
    const rows = await rowsOf(sql)
    expect(rows).toBeLessThanOrEqual(truth * factor)
    expect(rows).toBeGreaterThanOrEqual(truth / factor)
  })
})
