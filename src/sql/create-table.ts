/** Collects the elements and clauses of CREATE TABLE, each clause at most once. */
import { SqlError, type TextRange } from '../core/errors.ts'
import type * as ast from './ast.ts'
import { errorNear, type Tokens } from './lexer.ts'

export interface CreateTableParts {
  readonly name: ast.QualifiedName
  readonly temporary: boolean
  readonly ifNotExists: boolean
  /** Null in place of what is refused. */
  readonly elements:
    | readonly (
        | null
        | (ast.KeyConstraint & { readonly kind: 'key' })
        | (ast.CheckConstraint & { readonly kind: 'check' })
        | (ast.ColumnDefinition & { readonly kind?: undefined })
      )[]
    | null
  readonly clauses: readonly Partial<
    Pick<ast.CreateTableStatement, 'using' | 'partitionedBy' | 'location' | 'comment' | 'properties'>
  >[]
  readonly query: ast.Query | null
  /** First token of the statement. */
  readonly from: number
  readonly at: TextRange
}

export function createTable(parts: CreateTableParts, tokens: Tokens): ast.CreateTableStatement {
  const clauses: CreateTableParts['clauses'][number] = mergeClauses(parts)
  const elements = (parts.elements ?? []).filter((element) => element !== null)
  const columns = elements.filter((element) => element.kind === undefined)
  for (const column of columns) {
    if (column.type !== null || parts.query !== null) continue
    const { end } = column.at
    throw errorNear('syntax error', tokens.text, nextToken(tokens, end))
  }
  const keys = keysOf(parts, columns)
  const inKey = new Set(keys.flatMap((key) => (key.isPrimary ? key.columns.map(({ name }) => name) : [])))
  return {
    kind: 'create-table',
    at: parts.at,
    name: parts.name,
    temporary: parts.temporary,
    ifNotExists: parts.ifNotExists,
    orReplace: tokens.values[parts.from] === 'replace' || tokens.values[parts.from + 1] === 'or',
    columns: columns.map((column) => {
      const notNull = column.notNull || inKey.has(column.name.name)
      return {
        at: column.at,
        name: column.name,
        type: column.type,
        notNull,
        default: column.default,
        ...(column.defaultText === undefined ? {} : { defaultText: column.defaultText }),
        ...(column.identity === undefined ? {} : { identity: column.identity }),
        comment: column.comment,
      }
    }),
    using: clauses.using ?? null,
    partitionedBy: clauses.partitionedBy ?? [],
    location: clauses.location ?? null,
    comment: clauses.comment ?? null,
    properties: clauses.properties ?? [],
    query: parts.query,
    checks: [
      ...columns.flatMap(({ check, at }) => (check === undefined ? [] : [{ at, name: null, expression: check }])),
      ...elements.flatMap((element) => (element.kind === 'check' ? [element] : [])),
    ],
    keys,
  }
}

function mergeClauses(parts: CreateTableParts): CreateTableParts['clauses'][number] {
  const merged: Record<string, unknown> = {}
  for (const clause of parts.clauses) {
    for (const [name, value] of Object.entries(clause)) {
      if (name in merged) {
        throw new SqlError('42601', 'conflicting or redundant options', { at: parts.at })
      }
      merged[name] = value
    }
  }
  return merged
}

function keysOf(parts: CreateTableParts, columns: readonly ast.ColumnDefinition[]): readonly ast.KeyConstraint[] {
  const keys = [
    ...columns.flatMap((column) => (column.keys ?? []).map((key) => ({ ...key, columns: [column.name] }))),
    ...(parts.elements ?? []).flatMap((element) => (element !== null && element.kind === 'key' ? [element] : [])),
  ]
  if (keys.filter(({ isPrimary }) => isPrimary).length > 1) {
    const name = parts.name.parts.at(-1)?.name ?? ''
    throw new SqlError('42P16', `multiple primary keys for table "${name}" are not allowed`, {
      at: parts.at,
    })
  }
  return keys
}

function nextToken(tokens: Tokens, after: number): TextRange {
  const index = tokens.starts.findIndex((start) => start >= after)
  if (index < 0) return { start: tokens.text.length, end: tokens.text.length }
  return { start: tokens.starts[index] as number, end: tokens.ends[index] as number }
}
