import { describe, expect, it } from 'vitest'
import { orderJoins } from '../../../src/plan/rules/order-joins.ts'
import { pushFilters } from '../../../src/plan/rules/push-filters.ts'
import type { Table, TableStatistics } from '../../../src/table/table.ts'
import { golden } from './rule-goldens.ts'

const ROWS: Readonly<Record<string, number>> = { t: 1_000_000, u: 1000, v: 10 }

function statistics(table: Table): TableStatistics {
  const rowCount = ROWS[table.name]!
  const range = { min: 1, max: rowCount, exact: true, nullCount: 0 }
  const columns = new Map(table.schema.fields.map(({ name }) => [name, range]))
  return { rowCount, exact: true, byteCount: rowCount * 10, fileCount: 1, columns }
}

const options = { after: [pushFilters], statistics }

describe('order-joins', () => {
  it('joins the large table last, and what is linked first', async () => {
    const text = await golden(orderJoins, 'select 1 from t, v, u where t.a = u.x and u.z = v.k', options)
    expect(text).toMatchInlineSnapshot(`
      "
      Project 1 as ?column?
        Join inner on a = x AND z = k
          Join cross
            Scan t (a, b, c, d, s)
            Scan v (k, w)
          Scan u (x, y, z)
      ->
      Project 1 as ?column?
        Project a, b, c, d, s, k, w, x, y, z
          Join inner on a = x
            Scan t (a, b, c, d, s)
            Join inner on z = k
              Scan u (x, y, z)
              Scan v (k, w)
      "
    `)
  })

  it('links by equalities that others imply', async () => {
    const text = await golden(orderJoins, 'select 1 from u, t, v where u.x = t.c and t.c = v.k', options)
    expect(text).toMatchInlineSnapshot(`
      "
      Project 1 as ?column?
        Join inner on c = k
          Join inner on x = c
            Scan u (x, y, z)
            Scan t (a, b, c, d, s)
          Scan v (k, w)
      ->
      Project 1 as ?column?
        Project x, y, z, a, b, c, d, s, k, w
          Join inner on c = x
            Scan t (a, b, c, d, s)
            Join inner on x = k
              Scan u (x, y, z)
              Scan v (k, w)
      "
    `)
  })

  it('multiplies only where nothing links', async () => {
    const text = await golden(orderJoins, 'select 1 from v v1, u, v v2 where v1.k = u.x', options)
    expect(text).toMatchInlineSnapshot(`
      "
      Project 1 as ?column?
        Join cross
          Join inner on k#1 = x
            Scan v as v1 (k#1, w#2)
            Scan u (x, y, z)
          Scan v as v2 (k#6, w#7)
      ->
      Project 1 as ?column?
        Project k#1, w#2, x, y, z, k#6, w#7
          Join cross
            Join inner on x = k#1
              Scan u (x, y, z)
              Scan v as v1 (k#1, w#2)
            Scan v as v2 (k#6, w#7)
      "
    `)
  })

  it('leaves outer joins in place', async () => {
    const text = await golden(orderJoins, 'select 1 from t left join u on t.a = u.x join v on v.k = t.c', options)
    expect(text).toMatchInlineSnapshot(`
      "
      Project 1 as ?column?
        Join inner on k = c
          Join left on a = x
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
          Scan v (k, w)
      ->
      Project 1 as ?column?
        Join inner on c = k
          Join left on a = x
            Scan t (a, b, c, d, s)
            Scan u (x, y, z)
          Scan v (k, w)
      "
    `)
  })
})
