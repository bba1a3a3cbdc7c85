import { basename } from 'node:path'
import { SqlError } from '../../core/errors.ts'
import type { AttachStatement, DetachStatement, UseStatement } from '../../sql/ast.ts'
import { DEFAULT_CATALOG } from '../session-host.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { Session } from '../session.ts'

/** ATTACH 'uri' AS name (TYPE lake, REMAP 'from=to', ...). */
export async function runAttach(session: Session, statement: AttachStatement): Promise<StatementResult> {
  const { catalogs } = session.engine
  const name = statement.name?.name ?? defaultName(statement.uri)
  const done = commandResult('ATTACH', () => session.engine.memory)
  if (catalogs.has(name)) {
    if (statement.ifNotExists) return done
    throw new SqlError('42P06', `catalog "${name}" already exists`, { at: statement.name?.at ?? statement.at })
  }
  const options: Record<string, string | number | boolean> = {}
  for (const option of statement.options) options[option.name] = option.value
  options['type'] ??= 'lake'
  const remap = session.settings.text('remap')
  if (remap !== '') options['remap'] ??= remap
  const { attachCatalog } = await import('../../catalog/index.ts')
  catalogs.set(name, await attachCatalog(name, statement.uri, options))
  return done
}

/** The last part of the path, as an identifier. */
function defaultName(uri: string): string {
  return basename(uri.replace(/\/+$/, '')).replace(/\.[^.]*$/, '') || 'lake'
}

export function runDetach(session: Session, statement: DetachStatement): StatementResult {
  const { name } = statement.name
  if (name === DEFAULT_CATALOG) {
    throw new SqlError('42809', `cannot detach catalog "${name}": it is built in`, { at: statement.name.at })
  }
  if (!session.engine.catalogs.delete(name) && !statement.ifExists) {
    throw new SqlError('3D000', `catalog "${name}" does not exist`, { at: statement.name.at })
  }
  if (session.currentCatalog === name) {
    session.currentCatalog = DEFAULT_CATALOG
    session.usePath([])
  }
  return commandResult('DETACH', () => session.engine.memory)
}

/** USE catalog, USE catalog.schema, USE schema (of the current catalog). */
export async function runUse(session: Session, statement: UseStatement): Promise<StatementResult> {
  const parts = statement.name.parts.map((part) => part.name)
  const [first, second] = parts
  const catalog = session.engine.catalogs.get(first!)
  if (catalog !== undefined) {
    session.currentCatalog = first!
    session.usePath([second ?? 'main'])
  } else if (parts.length === 1 && (await currentSchemas(session)).includes(first!)) {
    session.usePath([first!])
  } else {
    throw new SqlError('3D000', `catalog or schema "${first!}" does not exist`, { at: statement.name.at })
  }
  return commandResult('USE', () => session.engine.memory)
}

async function currentSchemas(session: Session): Promise<readonly string[]> {
  return (await session.engine.catalogs.get(session.currentCatalog)?.schemas()) ?? []
}
