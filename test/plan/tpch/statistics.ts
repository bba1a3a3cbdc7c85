/** What manifests and Parquet footers say of TPC-H at scale factor 1: rows, bounds, and distinct values where they are known. */
import type { LiteralValue } from '../../../src/expr/expr.ts'
import type { ColumnRange } from '../../../src/format/format.ts'
import type { Table, TableStatistics } from '../../../src/table/table.ts'

function days(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 86_400_000
}

type Bounds = readonly [min: LiteralValue, max: LiteralValue]

const TABLES: Readonly<Record<string, { readonly rows: number; readonly columns: Readonly<Record<string, Bounds>> }>> =
  {
    region: { rows: 5, columns: { r_regionkey: [0, 4], r_name: ['AFRICA', 'MIDDLE EAST'] } },
    nation: {
      rows: 25,
      columns: { n_nationkey: [0, 24], n_name: ['ALGERIA', 'VIETNAM'], n_regionkey: [0, 4] },
    },
    supplier: {
      rows: 10_000,
      columns: { s_suppkey: [1, 10_000], s_nationkey: [0, 24], s_acctbal: [-99_822n, 999_372n] },
    },
    customer: {
      rows: 150_000,
      columns: {
        c_custkey: [1, 150_000],
        c_nationkey: [0, 24],
        c_acctbal: [-99_999n, 999_999n],
        c_mktsegment: ['AUTOMOBILE', 'MACHINERY'],
      },
    },
    part: {
      rows: 200_000,
      columns: {
        p_partkey: [1, 200_000],
        p_brand: ['Brand#11', 'Brand#55'],
        p_type: ['ECONOMY ANODIZED BRASS', 'STANDARD POLISHED TIN'],
        p_size: [1, 50],
        p_container: ['JUMBO BAG', 'WRAP PKG'],
        p_retailprice: [90_100n, 209_899n],
      },
    },
    partsupp: {
      rows: 800_000,
      columns: {
        ps_partkey: [1, 200_000],
        ps_suppkey: [1, 10_000],
        ps_availqty: [1, 9999],
        ps_supplycost: [100n, 100_000n],
      },
    },
    orders: {
      rows: 1_500_000,
      columns: {
        o_orderkey: [1n, 6_000_000n],
        o_custkey: [1, 149_999],
        o_orderstatus: ['F', 'P'],
        o_totalprice: [85_771n, 55_528_516n],
        o_orderdate: [days('1992-01-01'), days('1998-08-02')],
        o_shippriority: [0, 0],
      },
    },
    lineitem: {
      rows: 6_001_215,
      columns: {
        l_orderkey: [1n, 6_000_000n],
        l_partkey: [1, 200_000],
        l_suppkey: [1, 10_000],
        l_linenumber: [1, 7],
        l_quantity: [100n, 5000n],
        l_extendedprice: [90_100n, 10_494_950n],
        l_discount: [0n, 10n],
        l_tax: [0n, 8n],
        l_returnflag: ['A', 'R'],
        l_linestatus: ['F', 'O'],
        l_shipdate: [days('1992-01-02'), days('1998-12-01')],
        l_commitdate: [days('1992-01-31'), days('1998-10-31')],
        l_receiptdate: [days('1992-01-04'), days('1998-12-31')],
      },
    },
  }

/** Statistics of the tables of tpch-tables.ts; as of a table that has a column by column nothing more than its footers tell. */
export function tpchStatistics(table: Table): TableStatistics | undefined {
  const known = TABLES[table.name]
  if (known === undefined) return undefined
  const columns = new Map<string, ColumnRange>()
  for (const { name } of table.schema.fields) {
    const bounds = known.columns[name]
    columns.set(name, {
      ...(bounds === undefined ? {} : { min: bounds[0], max: bounds[1] }),
      exact: bounds !== undefined,
      nullCount: 0,
      valueCount: known.rows,
    })
  }
  return { rowCount: known.rows, exact: true, byteCount: known.rows * 100, fileCount: 1, columns }
}
