/** CREATE SCHEMA and DROP SCHEMA. */
import type { Catalog } from '../../catalog/catalog.ts'
import { SqlError, unsupported } from '../../core/errors.ts'
import type { CreateSchemaStatement, DropSchemaStatement, QualifiedName } from '../../sql/ast.ts'
import { currentCatalog } from '../names.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { Session } from '../session.ts'

export async function runCreateSchema(session: Session, statement: CreateSchemaStatement): Promise<StatementResult> {
  const { catalog, name } = placeOf(session, statement.name)
  if (catalog?.createSchema === undefined) {
    throw new SqlError(
      '0A000',
      `cannot create schemas in catalog "${catalog?.name ?? statement.name.parts[0]!.name}"`,
      { at: statement.name.at },
    )
  }
  if ((await catalog.schemas()).includes(name)) {
    if (!statement.ifNotExists)
      throw new SqlError('42P06', `schema "${name}" already exists`, { at: statement.name.at })
  } else {
    await catalog.createSchema(name)
  }
  return commandResult('CREATE SCHEMA', () => session.engine.memory)
}

/** Without CASCADE a schema that has tables or views stays. */
export async function runDropSchema(session: Session, statement: DropSchemaStatement): Promise<StatementResult> {
  for (const qualified of statement.names) {
    const { catalog, name } = placeOf(session, qualified)
    if (catalog === undefined || !(await catalog.schemas()).includes(name)) {
      if (statement.ifExists) continue
      throw new SqlError('3F000', `schema "${name}" does not exist`, { at: qualified.at })
    }
    if (catalog.dropSchema === undefined || name === 'main') {
      throw unsupported(`DROP SCHEMA of "${name}" in catalog "${catalog.name}"`, { at: qualified.at })
    }
    await dropTables(catalog, name, statement)
    await catalog.dropSchema(name)
  }
  return commandResult('DROP SCHEMA', () => session.engine.memory)
}

async function dropTables(catalog: Catalog, schema: string, { cascade, at }: DropSchemaStatement): Promise<void> {
  const names: string[] = []
  for await (const { name } of catalog.tables(schema)) names.push(name)
  const store = await catalog.sequences?.()
  const sequences = store?.list(schema) ?? []
  names.push(...sequences.map(({ name }) => name))
  if (names.length > 0 && !cascade) {
    throw new SqlError('2BP01', `cannot drop schema ${schema} because other objects depend on it`, {
      at,
      detail: `It has "${names[0]!}".`,
      hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
    })
  }
  for (const sequence of sequences) store!.drop(sequence)
  for (const name of names.slice(0, names.length - sequences.length)) {
    const isView = (await catalog.hasViews?.([name])) === true && (await catalog.view?.(schema, name)) !== undefined
    await (isView ? catalog.dropView!(schema, name) : catalog.dropTable!(schema, name))
  }
}

function placeOf(
  session: Session,
  { parts }: QualifiedName,
): { readonly catalog: Catalog | undefined; readonly name: string } {
  const name = parts.at(-1)!.name
  const catalog = parts.length > 1 ? session.names.catalogs.get(parts[0]!.name) : currentCatalog(session.names)
  return { catalog, name }
}
