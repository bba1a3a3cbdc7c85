/** Functions of the system that are queries over their arguments. */
import type { UserFunction } from '../../../plan/bind/user-function.ts'
import type { Query } from '../../../sql/ast.ts'
import { parse } from '../../../sql/parse.ts'

/** By name: the names of parameters, and the query. */
const MACROS: Readonly<Record<string, readonly [parameters: readonly string[], query: string]>> = {
  // pgjdbc reads the columns of keys with it.
  _pg_expandarray: [['list'], 'SELECT x, n FROM unnest(list) WITH ORDINALITY AS expanded(x, n)'],
  pg_partition_ancestors: [['relation'], 'SELECT CAST(NULL AS bigint) AS relid WHERE false'],
  pg_listening_channels: [[], "SELECT '' AS pg_listening_channels WHERE false"],
}

export function systemMacros(name: string): readonly UserFunction[] {
  const macro = Object.hasOwn(MACROS, name) ? MACROS[name] : undefined
  if (macro === undefined) return []
  const [parameters, text] = macro
  return [
    {
      name,
      parameters: parameters.map((one) => ({ name: one, type: null, keepsDigits: true, default: null })),
      strict: false,
      returns: { kind: 'table', columns: null },
      body: { kind: 'query', query: queryOf(text) },
    },
  ]
}

function queryOf(text: string): Query {
  const [statement] = parse(text)
  return (statement as { readonly query: Query }).query
}
