import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bindText, contextOf, outputText, planText } from './fake-table.ts'
import { tpchTables } from './tpch-tables.ts'

const QUERIES = new URL('../../../tpch/queries/', import.meta.url)
const context = contextOf(tpchTables())
const textOf = (name: string): string => readFileSync(new URL(name, QUERIES), 'utf8').replace(/;\s*$/, '')

describe('the 22 queries of TPC-H', () => {
  const names = readdirSync(QUERIES).filter((name) => name.endsWith('.sql'))

  it('are there', () => {
    expect(names).toHaveLength(22)
  })

  it.each(names)('%s binds', async (name) => {
    expect((await bindText(textOf(name), context)).output.length).toBeGreaterThan(0)
  })

  it('keep correlated subqueries apart (Q17)', async () => {
    expect(await planText(textOf('q17.sql'), context)).toMatchInlineSnapshot(`
      "Project sum / 7.0 as avg_yearly
        Aggregate: sum(l_extendedprice#6) as sum
          Filter p_partkey = l_partkey#2 AND p_brand = 'Brand#23' AND p_container = 'MED BOX' AND CAST(l_quantity#5 AS decimal(38,17)) < (subquery 1)
            Join cross
              Scan lineitem (l_orderkey#1, l_partkey#2, l_suppkey#3, l_linenumber#4, l_quantity#5, l_extendedprice#6, l_discount#7, l_tax#8, l_returnflag#9, l_linestatus#10, l_shipdate#11, l_commitdate#12, l_receiptdate#13, l_shipinstruct#14, l_shipmode#15, l_comment#16)
              Scan part (p_partkey, p_name, p_mfgr, p_brand, p_type, p_size, p_container, p_retailprice, p_comment)
      Subquery 1
        Project 0.2 * avg as ?column?
          Aggregate: avg(l_quantity#30) as avg
            Filter l_partkey#27 = p_partkey
              Scan lineitem (l_orderkey#26, l_partkey#27, l_suppkey#28, l_linenumber#29, l_quantity#30, l_extendedprice#31, l_discount#32, l_tax#33, l_returnflag#34, l_linestatus#35, l_shipdate#36, l_commitdate#37, l_receiptdate#38, l_shipinstruct#39, l_shipmode#40, l_comment#41)"
    `)
  })

  it('compute a common table that is named twice once (Q15)', async () => {
    expect(await planText(textOf('q15.sql'), context)).toMatchInlineSnapshot(`
      "With revenue (cte 1)
        Project l_suppkey, sum
          Aggregate by l_suppkey: sum(l_extendedprice * (1 - l_discount)) as sum
            Filter l_shipdate >= DATE '1996-01-01' AND l_shipdate < DATE '1996-04-01'
              Scan lineitem (l_orderkey, l_partkey, l_suppkey, l_linenumber, l_quantity, l_extendedprice, l_discount, l_tax, l_returnflag, l_linestatus, l_shipdate, l_commitdate, l_receiptdate, l_shipinstruct, l_shipmode, l_comment)
        Sort s_suppkey
          Project s_suppkey, s_name, s_address, s_phone, total_revenue#26
            Filter s_suppkey = supplier_no#25 AND total_revenue#26 = (subquery 1)
              Join cross
                Scan supplier (s_suppkey, s_name, s_address, s_nationkey, s_phone, s_acctbal, s_comment)
                Cte revenue (cte 1): supplier_no#25, total_revenue#26
      Subquery 1
        Aggregate: max(total_revenue#28) as max
          Cte revenue (cte 1): supplier_no#27, total_revenue#28"
    `)
  })

  it('have exact decimals', async () => {
    expect(await outputText(textOf('q01.sql'), context)).toBe(
      'l_returnflag varchar, l_linestatus varchar, sum_qty decimal(38,2), sum_base_price decimal(38,2), ' +
        'sum_disc_price decimal(38,4), sum_charge decimal(38,6), avg_qty decimal(38,16), avg_price decimal(38,16), ' +
        'avg_disc decimal(38,16), count_order bigint',
    )
  })
})
