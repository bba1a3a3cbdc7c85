import { describe, expect, it } from 'vitest'
import { type DataType, NULL_TYPE, TIMESTAMPTZ, VARCHAR } from '../../../src/core/types.ts'
import { literal } from '../../../src/expr/expr.ts'
import { bindConstant, bindExpression } from '../../../src/plan/bind/bind.ts'
import type { BindContext, TableFunctionArgument } from '../../../src/plan/bind/context.ts'
import { inputsOf, type LogicalPlan } from '../../../src/plan/logical.ts'
import type { Expression } from '../../../src/sql/ast.ts'
import type { VersionSpec } from '../../../src/table/table.ts'
import { bindText, contextOf, fakeTable, field, planText, queryOf } from './fake-table.ts'
import { sampleContext } from './sample-tables.ts'

const INTEGER: DataType = { kind: 'integer' }
const context = sampleContext()

function expressionOf(text: string): Expression {
  const { body } = queryOf(`select ${text}`)
  const item = body.kind === 'select' ? body.items[0] : undefined
  if (item?.kind !== 'expression') throw new Error('not an expression')
  return item.expression
}

/** A context that notes what is asked of it. */
function listening(): { context: BindContext; asked: (readonly [string, VersionSpec | null])[] } {
  const asked: (readonly [string, VersionSpec | null])[] = []
  const resolveTable: BindContext['resolveTable'] = async (parts, travel) => {
    const name = parts.map((part) => part.name).join('.')
    asked.push([name, travel])
    return fakeTable(name, [field('a', INTEGER)])
  }
  return { context: { ...contextOf(new Map()), resolveTable }, asked }
}

describe('bindQuery', () => {
  it('gives every column of a plan one maker', async () => {
    const { plan } = await bindText('select x.a, y.a, x.a + y.a from t x join t y on x.a = y.a where x.n > 1', context)
    const made = new Set<number>()
    const visit = (node: LogicalPlan): void => {
      inputsOf(node).forEach(visit)
      if (node.kind !== 'scan') return
      for (const { id } of node.columns) {
        expect(made.has(id)).toBe(false)
        made.add(id)
      }
    }
    visit(plan)
    expect(made.size).toBe(22)
  })

  it('has free column ids from nextColumnId on', async () => {
    const { plan, nextColumnId } = await bindText('select a + 1 from t', context)
    expect(Math.max(...plan.columns.map(({ id }) => id))).toBeLessThan(nextColumnId)
  })

  it('names the output, and knows what is never NULL', async () => {
    const { output } = await bindText('select n, a, count(*) as k, n + 1 as m from t group by n, a', context)
    expect(output.map(({ name, nullable }) => [name, nullable])).toEqual([
      ['n', false],
      ['a', true],
      ['k', false],
      ['m', false],
    ])
  })

  it('knows that outer joins make NULLs', async () => {
    const { output } = await bindText('select t.n, u.n, u.n + 1 from t left join u on t.a = u.a', context)
    expect(output.map(({ nullable }) => nullable)).toEqual([false, true, true])
  })

  it('asks for each table as it is named, common tables left out', async () => {
    const { context: listener, asked } = listening()
    await bindText(
      'with x as (select a from t1) select * from s.t2, x, (with y as (select 1) select * from y) z',
      listener,
    )
    expect(asked.map(([name]) => name)).toEqual(['t1', 's.t2'])
  })

  it('hides a table behind a common table only where it can be seen', async () => {
    const { context: listener, asked } = listening()
    await bindText('select * from (with y as (select a from y) select * from y) z, y as w', listener)
    expect(asked.map(([name]) => name)).toEqual(['y', 'y'])
  })

  it('reads versions and times of tables', async () => {
    const { context: listener, asked } = listening()
    const travels = [
      'FOR VERSION AS OF 9223372036854775807',
      "FOR VERSION AS OF 'tag'",
      "FOR TIMESTAMP AS OF '2024-01-01'",
      "FOR TIMESTAMP AS OF TIMESTAMPTZ '2024-01-01 01:00:00+01'",
      "FOR TIMESTAMP AS OF DATE '2024-01-01' + INTERVAL '1' DAY",
    ]
    for (const travel of travels) await bindText(`select * from t ${travel}`, listener)
    expect(asked.map(([, travel]) => travel)).toEqual([
      { kind: 'version', value: 9223372036854775807n },
      { kind: 'version', value: 'tag' },
      { kind: 'timestamp', micros: 1_704_067_200_000_000n },
      { kind: 'timestamp', micros: 1_704_067_200_000_000n },
      { kind: 'timestamp', micros: 1_704_153_600_000_000n },
    ])
    await expect(bindText('select * from t FOR VERSION AS OF 1.5', listener)).rejects.toMatchObject({
      sqlstate: '42804',
    })
    await expect(bindText('select * from t FOR TIMESTAMP AS OF true', listener)).rejects.toMatchObject({
      sqlstate: '42804',
    })
  })

  it('asks for table functions that are not its own', async () => {
    const calls: (readonly [string, readonly TableFunctionArgument[]])[] = []
    const withFunction: BindContext = {
      ...context,
      tableFunction: async (name, args) => {
        calls.push([name, args])
        return fakeTable('file', [field('k', INTEGER)])
      },
    }
    expect(await planText("select f.k from read_parquet('x' || '.parquet', hive => true) f", withFunction)).toBe(
      'Scan file as f (k)',
    )
    expect(calls).toEqual([
      [
        'read_parquet',
        [
          { name: null, value: literal('x.parquet', VARCHAR) },
          { name: 'hive', value: literal(true, { kind: 'boolean' }) },
        ],
      ],
    ])
  })

  it('reports the first missing table of the text', async () => {
    await expect(bindText('select * from nosuch1, nosuch2', context)).rejects.toMatchObject({
      sqlstate: '42P01',
      message: 'relation "nosuch1" does not exist',
    })
  })

  it('refuses nesting without end, and takes what is deep', async () => {
    const sum = (count: number): string => `select ${Array.from({ length: count }, () => '1').join(' + ')}`
    expect((await bindText(sum(900), context)).output).toHaveLength(1)
    await expect(bindText(sum(5000), context)).rejects.toMatchObject({ sqlstate: '54001' })
    const terms = Array.from({ length: 5000 }, (_, i) => `a = ${i}`).join(' or ')
    expect((await bindText(`select a from t where ${terms}`, context)).output).toHaveLength(1)
  })
})

describe('bindExpression', () => {
  it('binds constants', () => {
    expect(bindConstant(expressionOf('1 + 2'), context)).toEqual(literal(3, INTEGER))
    expect(bindConstant(expressionOf("'x'"), context)).toEqual(literal('x', NULL_TYPE))
    expect(bindExpression(expressionOf('now()'), context).type).toEqual(TIMESTAMPTZ)
  })

  it('refuses columns, aggregates and subqueries', () => {
    expect(() => bindConstant(expressionOf('a'), context)).toThrow('column "a" does not exist')
    expect(() => bindConstant(expressionOf('count(*)'), context)).toThrow('aggregate functions are not allowed')
    expect(() => bindConstant(expressionOf('(select 1)'), context)).toThrow('a subquery here is not supported')
  })
})
