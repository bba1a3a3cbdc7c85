import { SqlError } from '../../core/errors.ts'
import type { ShowStatement } from '../../sql/ast.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { currentCatalog } from '../names.ts'
import type { StatementResult } from '../result.ts'
import type { Session } from '../session.ts'
import { describeColumns } from './describe.ts'
import { literalResult, textField } from './literals.ts'

/** SHOW name | ALL | TABLES | SCHEMAS | CATALOGS | COLUMNS FROM t. */
export async function runShow(session: Session, statement: ShowStatement): Promise<StatementResult> {
  switch (statement.what) {
    case 'all':
      return literalResult(
        session,
        'SHOW',
        [textField('name'), textField('setting'), textField('description')],
        session.settings.all().map(({ name, value, description }) => [name, value, description]),
      )
    case 'setting': {
      const name = statement.name?.parts.map((part) => part.name).join('.') ?? ''
      return literalResult(session, 'SHOW', [textField(name)], [[session.settings.text(name)]])
    }
    case 'catalogs': {
      const rows = [...session.engine.catalogs.values()]
        .map(({ name, kind }) => [name, kind])
        .filter(([name]) => isLike(name!, statement.like))
      return literalResult(session, 'SHOW', [textField('catalog'), textField('type')], rows)
    }
    case 'schemas': {
      const catalog = currentCatalog(session.names)
      const schemas = await catalog.schemas()
      return literalResult(
        session,
        'SHOW',
        [textField('schema')],
        schemas.filter((name) => isLike(name, statement.like)).map((name) => [name]),
      )
    }
    case 'functions':
      return showFunctions(session, statement)
    case 'tables':
      return showTables(session, statement)
    case 'columns':
      return describeColumns(session, statement.name!)
  }
}

async function showFunctions(session: Session, { like }: ShowStatement): Promise<StatementResult> {
  const { listFunctions } = await import('./functions.ts')
  const rows = (await listFunctions(session))
    .filter(({ name }) => isLike(name, like))
    .map(({ schema, name, returns, parameters, language }) => [schema, name, returns, parameters, language])
  const fields = ['schema', 'function', 'returns', 'parameters', 'language'].map((column) => textField(column))
  return literalResult(session, 'SHOW', fields, rows)
}

/** Tables listed at most: more than a person or a tool reads, less than memory holds. */
const LISTED_TABLES_MAX = 100_000

async function showTables(session: Session, { name, like }: ShowStatement): Promise<StatementResult> {
  const { catalog, schemas } = await placeOf(session, name?.parts.map((part) => part.name) ?? [])
  const rows: LiteralValue[][] = []
  for (const schema of schemas) {
    for await (const table of catalog.tables(schema)) {
      if (rows.length === LISTED_TABLES_MAX) break
      if (!isLike(table.name, like)) continue
      rows.push([catalog.name, schema, table.name, table.format])
    }
  }
  rows.sort((a, b) => (`${String(a[1])}\0${String(a[2])}` < `${String(b[1])}\0${String(b[2])}` ? -1 : 1))
  const fields = ['catalog', 'schema', 'table', 'format'].map((column) => textField(column))
  return literalResult(session, 'SHOW', fields, rows)
}

/** SQL's LIKE, without regard to case: `%` any text, `_` one character, a backslash takes both literally. */
function isLike(name: string, pattern: string | undefined): boolean {
  if (pattern === undefined) return true
  const source = pattern.replaceAll(/\\?[^]/gu, (piece) => {
    if (piece === '%') return '.*'
    if (piece === '_') return '.'
    return (piece.length > 1 && piece.startsWith('\\') ? piece.slice(1) : piece).replaceAll(
      /[\\^$.*+?()[\]{}|/]/g,
      '\\$&',
    )
  })
  return new RegExp(`^${source}$`, 'isu').test(name)
}

async function placeOf(session: Session, parts: readonly string[]) {
  const current = currentCatalog(session.names)
  if (parts.length === 0) return { catalog: current, schemas: await current.schemas() }
  const [first, second] = parts
  const catalog = session.engine.catalogs.get(first!)
  if (catalog !== undefined) return { catalog, schemas: second === undefined ? await catalog.schemas() : [second] }
  if ((await current.schemas()).includes(first!)) return { catalog: current, schemas: [first!] }
  throw new SqlError('3F000', `schema "${first!}" does not exist`)
}
