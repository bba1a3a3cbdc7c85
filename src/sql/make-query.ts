/** Queries and calls that statements are turned into: what is not said is as in the shortest SQL. */
import type { TextRange } from '../core/errors.ts'
import type { Expression, FunctionCall, Query, QueryBody, Select } from './ast.ts'

export function plainSelect(
  parts: Pick<Select, 'items' | 'from'> & Partial<Pick<Select, 'where' | 'distinct' | 'groupBy'>>,
  at: TextRange,
): Select {
  return {
    kind: 'select',
    distinct: false,
    distinctOn: null,
    where: null,
    groupBy: [],
    having: null,
    qualify: null,
    windows: [],
    ...parts,
    at,
  }
}

export function plainQuery(
  body: QueryBody,
  at: TextRange,
  parts: Partial<Pick<Query, 'with' | 'orderBy' | 'limit'>> = {},
): Query {
  return {
    with: null,
    body,
    orderBy: [],
    orderByAll: null,
    limit: null,
    offset: null,
    withTies: false,
    ...parts,
    at,
  }
}

/** A call by place; `parts`: whatever else it says. */
export function plainCall(
  name: string,
  values: readonly Expression[],
  at: TextRange,
  parts: Partial<Pick<FunctionCall, 'arguments' | 'star'>> = {},
): FunctionCall {
  return {
    kind: 'function',
    name: { at, parts: [{ at, name, quoted: false }] },
    arguments: values.map((value) => ({ at: value.at, name: null, value })),
    distinct: false,
    star: false,
    orderBy: [],
    withinGroup: [],
    filter: null,
    nullTreatment: null,
    over: null,
    ...parts,
    at,
  }
}
