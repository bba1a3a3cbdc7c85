/** How plans are cut into pipelines: what runs before what, and through which operators. */
import { expect, test } from 'vitest'
import { BIGINT } from '../../src/core/types.ts'
import { indexPlan } from '../../src/exec/plan-index.ts'
import { splitPipelines } from '../../src/exec/split-pipelines.ts'
import { input } from '../../src/expr/expr.ts'
import type { PhysicalPlan } from '../../src/plan/physical.ts'
import { ESTIMATE, compare, filter, limit, nodeId, scan, unionAll } from './numbers-table.ts'

/** One line a pipeline: branches `source > operators`, `+` between them, then the sink. */
function split(plan: PhysicalPlan): string[] {
  const index = indexPlan(plan)
  const name = (id: number): string => {
    const node = index.node(id)
    return node.kind === 'scan' ? node.tableName : node.kind
  }
  return splitPipelines(index).map(({ branches, sink, releases }) => {
    const parts = branches.map(({ source, part, operators, isOrdered }) => {
      const from = `${name(source)}${part === 'trailing' ? '*' : ''}${isOrdered ? '!' : ''}`
      return [from, ...operators.map(name)].join(' > ')
    })
    const freed = releases.length === 0 ? '' : `  frees ${releases.map(name).join(', ')}`
    return `${parts.join(' + ')} => ${sink === null ? 'result' : name(sink)}${freed}`
  })
}

function table(tableName: string): PhysicalPlan {
  return scan(['id'], { tableName })
}

function hashJoin(probe: PhysicalPlan, build: PhysicalPlan): PhysicalPlan {
  return {
    kind: 'hash-join',
    id: nodeId(),
    output: [...probe.output, ...build.output],
    estimate: ESTIMATE,
    type: 'inner',
    probe,
    build,
    probeKeys: [input(0, BIGINT)],
    buildKeys: [input(0, BIGINT)],
    nullsEqual: [false],
    residual: null,
    nullAware: false,
    projection: [0, 1],
    buildIsUnique: false,
    makesDynamicFilter: true,
  }
}

function sort(child: PhysicalPlan): PhysicalPlan {
  const keys = [{ expr: input(0, BIGINT), descending: false, nullsFirst: false }]
  return {
    kind: 'sort',
    id: nodeId(),
    output: child.output,
    estimate: ESTIMATE,
    child,
    keys,
    limit: null,
    offset: 0,
  }
}

test('streaming operators stay in one pipeline', () => {
  const plan = limit(filter(table('a'), compare('lt', 0, BIGINT, 5n)), 3)
  expect(split(plan)).toEqual(['a > filter > limit => result'])
})

test('build sides run before probe sides, and are freed after their last use', () => {
  const plan = sort(hashJoin(filter(hashJoin(table('a'), table('b')), compare('lt', 0, BIGINT, 5n)), table('c')))
  expect(split(plan)).toEqual([
    'c => hash-join',
    'b => hash-join',
    'a > hash-join > filter > hash-join + hash-join* > filter > hash-join + hash-join* => sort  frees hash-join, hash-join',
    'sort! => result  frees sort',
  ])
})

test('a build side with a join of its own', () => {
  const plan = hashJoin(table('a'), hashJoin(table('b'), table('c')))
  expect(split(plan)).toEqual([
    'c => hash-join',
    'b > hash-join + hash-join* => hash-join  frees hash-join',
    'a > hash-join + hash-join* => result  frees hash-join',
  ])
})

test('the children of a union are branches of the pipeline above', () => {
  const plan = limit(unionAll([table('a'), unionAll([sort(table('b')), table('c')])]), 9)
  expect(split(plan)).toEqual(['b => sort', 'a > limit + sort! > limit + c > limit => result  frees sort'])
})
