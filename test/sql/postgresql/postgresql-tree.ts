/** PostgreSQL's own syntax trees (libpg-query) of expressions as text that says how they are grouped. */
import { parseSync } from 'libpg-query'
import { typeLabel } from './type-names.ts'

interface Tree {
  readonly [key: string]: unknown
}

/** PostgreSQL's grammar takes this text. libpg-query must be loaded (loadModule). */
export function postgresAccepts(sql: string): boolean {
  try {
    parseSync(sql)
    return true
  } catch {
    return false
  }
}

/** The expressions of `SELECT a, b, ...`. */
export function postgresTree(sql: string): string {
  const { stmts } = parseSync(sql) as unknown as { stmts: readonly { readonly stmt: Tree }[] }
  return selectText(stmts[0]!.stmt)
}

function selectText(node: unknown): string {
  const select = (node as Tree)['SelectStmt'] as Tree
  return `SELECT ${list(select['targetList'])
    .map((item) => tree((item['ResTarget'] as Tree)['val']))
    .join()}`
}

function list(value: unknown): readonly Tree[] {
  if (value === undefined) return []
  return Array.isArray(value)
    ? (value as Tree[])
    : ((((value as Tree)['List'] as Tree | undefined)?.['items'] as Tree[] | undefined) ?? [])
}

const trees = (value: unknown): string => list(value).map(tree).join()

function word(node: Tree | undefined): string {
  return String((node?.['String'] as Tree | undefined)?.['sval'] ?? '')
}

function tree(node: unknown): string {
  const [kind, value] = Object.entries(node as Tree)[0] as [string, Tree]
  const make = NODES[kind]
  return make === undefined ? `?${kind}` : make(value)
}

const NODES: Readonly<Record<string, (node: Tree) => string>> = {
  ColumnRef: (n) =>
    list(n['fields'])
      .map((field) => ('A_Star' in field ? '*' : word(field)))
      .join('.'),
  A_Const: constant,
  ParamRef: (n) => `$${String(n['number'])}`,
  TypeCast: (n) => `${tree(n['arg'])}::${typeText(n['typeName'] as Tree)}`,
  A_Expr: operation,
  BoolExpr: boolean,
  NullTest: (n) => `(${tree(n['arg'])} IS ${n['nulltesttype'] === 'IS_NULL' ? '' : 'NOT_'}NULL)`,
  BooleanTest: (n) => `(${tree(n['arg'])} ${String(n['booltesttype']).replace('_', ' ')})`,
  FuncCall: call,
  CaseExpr: (n) => {
    const whens = list(n['args']).flatMap((when) => [
      (when['CaseWhen'] as Tree)['expr'],
      (when['CaseWhen'] as Tree)['result'],
    ])
    return `CASE(${[n['arg'], ...whens, n['defresult']].map((x) => (x === undefined ? '-' : tree(x))).join(' ')})`
  },
  CoalesceExpr: (n) => `coalesce(${trees(n['args'])})`,
  MinMaxExpr: (n) => `${n['op'] === 'IS_LEAST' ? 'least' : 'greatest'}(${trees(n['args'])})`,
  A_ArrayExpr: (n) => `ARRAY[${trees(n['elements'])}]`,
  RowExpr: (n) => `ROW(${trees(n['args'])})`,
  SubLink: subquery,
  A_Indirection: (n) => `${tree(n['arg'])}${list(n['indirection']).map(index).join('')}`,
  CollateClause: (n) => `(${tree(n['arg'])} COLLATE ${list(n['collname']).map(word).join('.')})`,
  SQLValueFunction: (n) => `${String(n['op']).replace('SVFOP_', '').toLowerCase()}()`,
  NamedArgExpr: (n) => `${String(n['name'])}=>${tree(n['arg'])}`,
  SetToDefault: () => 'default',
}

function constant(n: Tree): string {
  if (n['isnull'] === true) return 'null'
  if ('ival' in n) return String((n['ival'] as Tree)['ival'] ?? 0)
  if ('fval' in n) return String((n['fval'] as Tree)['fval'])
  if ('boolval' in n) return String((n['boolval'] as Tree)['boolval'] ?? false)
  if ('sval' in n) return JSON.stringify((n['sval'] as Tree)['sval'] ?? '')
  return `bits(${String((n['bsval'] as Tree)['bsval'])
    .slice(1)
    .toLowerCase()})`
}

function typeText(type: Tree): string {
  const modifiers = list(type['typmods']).map(tree)
  const name = word(list(type['names']).at(-1))
  const shown = name === 'bpchar' && modifiers.length === 0 ? 'bpchar' : name
  return typeLabel(shown, modifiers, list(type['arrayBounds']).length)
}

function operation(n: Tree): string {
  const operator = word(list(n['name']).at(-1))
  const left = n['lexpr'] === undefined ? null : tree(n['lexpr'])
  const right = (): string => tree(n['rexpr'])
  const kind = String(n['kind'])
  switch (kind) {
    case 'AEXPR_OP':
      if (left === null) return `(${operator} ${right()})`
      return `(${left} ${operator} ${right()})`
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL':
      return `(${left} ${operator} ${kind.slice(9)} ${right()})`
    case 'AEXPR_DISTINCT':
      return `(${left} DISTINCT ${right()})`
    case 'AEXPR_NOT_DISTINCT':
      return `(${left} NOT_DISTINCT ${right()})`
    case 'AEXPR_NULLIF':
      return `nullif(${left},${right()})`
    case 'AEXPR_IN':
      return `(${left} IN${operator} ${list(n['rexpr']).map(tree).join(' ')})`
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
    case 'AEXPR_SIMILAR':
      return `(${left} ${kind.slice(6)} ${operator} ${right()})`
    default:
      return `(${left} ${kind.slice(6)} ${list(n['rexpr']).map(tree).join(' ')})`
  }
}

function boolean(n: Tree): string {
  const kind = String(n['boolop']).replace('_EXPR', '')
  return `${kind}(${list(n['args']).map(tree).join(' ')})`
}

function subquery(n: Tree): string {
  const query = selectText(n['subselect'])
  const test = n['testexpr'] === undefined ? '' : tree(n['testexpr'])
  const operator = word(list(n['operName']).at(-1))
  switch (n['subLinkType']) {
    case 'EXISTS_SUBLINK':
      return `EXISTS(${query})`
    case 'ALL_SUBLINK':
      return `(${test} ${operator} ALL ${query})`
    case 'ANY_SUBLINK':
      return operator === '' ? `(${test} IN ${query})` : `(${test} ${operator} ANY ${query})`
    case 'ARRAY_SUBLINK':
      return `ARRAY(${query})`
    default:
      return `QUERY(${query})`
  }
}

function index(node: Tree): string {
  if ('String' in node) return `.${word(node)}`
  const indices = node['A_Indices'] as Tree
  const [low, high] = [indices['lidx'], indices['uidx']].map((bound) => (bound === undefined ? '' : tree(bound)))
  return indices['is_slice'] === true ? `[${low}:${high}]` : `[${high}]`
}

function call(n: Tree): string {
  const name = word(list(n['funcname']).at(-1))
  const list_ = list(n['args']).map(tree)
  // POSITION(a IN b) is position(b, a) there.
  if (name === 'position' && n['funcformat'] === 'COERCE_SQL_SYNTAX') list_.reverse()
  const sorted = list(n['agg_order'])
  const within = n['agg_within_group'] === true
  const over = n['over'] as Tree | undefined
  return [
    `${name}(${n['agg_distinct'] === true ? 'DISTINCT ' : ''}${n['agg_star'] === true ? '*' : list_.join()}`,
    sorted.length > 0 && !within ? ` ORDER ${order(sorted)}` : '',
    ')',
    within ? ` WITHIN ${order(sorted)}` : '',
    n['agg_filter'] === undefined ? '' : ` FILTER ${tree(n['agg_filter'])}`,
    over === undefined ? '' : ` OVER ${over['name'] === undefined ? windowText(over) : String(over['name'])}`,
  ].join('')
}

function order(items: readonly Tree[]): string {
  return items
    .map((item) => {
      const by = item['SortBy'] as Tree
      const nulls =
        by['sortby_nulls'] === 'SORTBY_NULLS_FIRST'
          ? ' first'
          : by['sortby_nulls'] === 'SORTBY_NULLS_LAST'
            ? ' last'
            : ''
      return `${tree(by['node'])}${by['sortby_dir'] === 'SORTBY_DESC' ? ' DESC' : ''}${nulls}`
    })
    .join()
}

/** nodes/parsenodes.h, FRAMEOPTION_*: the start's bits; the end's are one to the left. */
const BOUNDS: readonly (readonly [number, string])[] = [
  [0x20, 'unbounded-preceding'],
  [0x80, 'unbounded-following'],
  [0x200, 'current-row'],
  [0x800, 'preceding'],
  [0x2000, 'following'],
]

function windowText(n: Tree): string {
  const bits = Number(n['frameOptions'] ?? 0)
  const bound = (shift: number, offset: unknown): string =>
    `${BOUNDS.find(([bit]) => (bits & (bit << shift)) !== 0)?.[1] ?? ''}${offset === undefined ? '' : ` ${tree(offset)}`}`
  const unit = bits & 2 ? 'range' : bits & 4 ? 'rows' : 'groups'
  const exclude = bits & 0x8000 ? 'current-row' : bits & 0x10000 ? 'group' : bits & 0x20000 ? 'ties' : ''
  const frame = bits & 1 ? `${unit} ${bound(0, n['startOffset'])}..${bound(1, n['endOffset'])} ${exclude}` : ''
  return `[${String(n['refname'] ?? '')}|${trees(n['partitionClause'])}|${order(list(n['orderClause']))}|${frame}]`
}
