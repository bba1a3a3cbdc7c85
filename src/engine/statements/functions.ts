/** CREATE FUNCTION, CREATE MACRO, DROP FUNCTION, DROP MACRO, SHOW FUNCTIONS. */
import type { StoredFunction } from '../../catalog/catalog.ts'
import { InternalError, SqlError, type TextRange, unsupported } from '../../core/errors.ts'
import { typeName } from '../../core/types.ts'
import { bindQuery } from '../../plan/bind/bind.ts'
import { mayBeUserFunction } from '../../plan/bind/builtin-names.ts'
import type { SyntaxNode } from '../../plan/bind/walk-syntax.ts'
import type { UserFunction } from '../../plan/bind/user-function.ts'
import type {
  CreateFunctionStatement,
  DropFunctionStatement,
  FunctionDefinition,
  Identifier,
  QualifiedName,
} from '../../sql/ast.ts'
import { parse } from '../../sql/parse.ts'
import { defineFunction, signatureOf } from '../functions/define-function.ts'
import { nameOf, placesOf } from '../functions/find-functions.ts'
import { callsIn, compileFor, parseStored } from '../functions/load-functions.ts'
import { MemoryFunctions } from '../functions/memory-functions.ts'
import { type ResolvedName, currentCatalog } from '../names.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { bindContext } from './plan.ts'

/** Where functions are kept: a schema of a catalog, or the session. */
interface Store {
  list(name: string): Promise<readonly StoredFunction[]>
  create(definition: StoredFunction, orReplace: boolean): Promise<void>
  drop(definition: Pick<StoredFunction, 'name' | 'signature'>): Promise<boolean>
}

export async function runCreateFunction(
  session: Session,
  statement: CreateFunctionStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const { name, macro, orReplace, ifNotExists, definitions } = statement
  const what = macro ? 'CREATE MACRO' : 'CREATE FUNCTION'
  const done = commandResult(what, () => session.engine.memory)
  const plain = nameOf(name.parts)
  if (!mayBeUserFunction([name.parts.at(-1)!])) {
    throw new SqlError('42723', `function "${plain}" is one of the language`, {
      at: name.at,
      hint: 'Choose another name.',
    })
  }
  const store = await storeFor(session, name, statement.temporary, what)
  const compile = compileFor(session)
  const defined = await Promise.all(
    definitions.map(async (definition) => ({
      definition,
      signature: signatureOf(definition.parameters),
      meaning: await defineFunction(plain, definition, macro, compile),
    })),
  )
  const before = await store.list(plain)
  if (ifNotExists && defined.every(({ signature }) => before.some((one) => one.signature === signature))) return done
  for (const { definition, signature, meaning } of defined) {
    const stored = { name: plain, signature, statement: textOf(plain, definition, macro) }
    // A function that another one of that name calls is not known yet: it cannot call itself.
    if (!macro) await checkBody(session, meaning, definition.at, options)
    await store.create(stored, orReplace)
  }
  if (!macro || !orReplace) return done
  // CREATE OR REPLACE MACRO replaces all of its definitions.
  for (const one of before) if (!defined.some(({ signature }) => signature === one.signature)) await store.drop(one)
  return done
}

/** The statement that defines just this, wherever it is read. */
function textOf(name: string, { text }: FunctionDefinition, isMacro: boolean): string {
  return `CREATE ${isMacro ? 'MACRO' : 'FUNCTION'} "${name.replaceAll('"', '""')}"${text}`
}

/** Binds a call, so that what cannot work is said now. */
async function checkBody(
  session: Session,
  meaning: UserFunction,
  at: TextRange,
  options: ExecuteOptions,
): Promise<void> {
  const { name, parameters, returns } = meaning
  const given = parameters.map(({ type }, i) => `cast(null as ${typeName(type!)}) as p${i}`)
  const call = `"${name.replaceAll('"', '""')}"(${given.map((_, i) => `p${i}`).join(', ')})`
  const from = `(select ${given.join(', ') || '1'}) as given`
  const text = returns.kind === 'value' ? `select ${call} from ${from}` : `select 1 from ${from}, lateral ${call}`
  const [statement] = parse(text)
  if (statement?.kind !== 'query') throw new InternalError('a call is no query')
  const context = bindContext(session, options)
  const isOwn = (parts: readonly Identifier[]): boolean => parts.length === 1 && nameOf(parts) === name
  const functions: typeof context.functions = async (names) => {
    const called = [...names, ...callsIn(meaning.body as unknown as SyntaxNode).map((parts) => ({ parts, at }))]
    const others = await context.functions!(called.filter(({ parts }) => !isOwn(parts)))
    return {
      all: [meaning, ...(others?.all ?? [])],
      find: (parts) => (isOwn(parts) ? [meaning] : (others?.find(parts) ?? [])),
    }
  }
  try {
    await bindQuery(statement.query, { ...context, functions })
  } catch (error) {
    if (!(error instanceof SqlError)) throw error
    const { sqlstate, message, hint, detail } = error
    const more = { ...(hint === undefined ? {} : { hint }), ...(detail === undefined ? {} : { detail }) }
    // Its place is in the call above.
    throw new SqlError(sqlstate, message, { at, cause: error, ...more })
  }
}

export async function runDropFunction(session: Session, statement: DropFunctionStatement): Promise<StatementResult> {
  const what = statement.macro ? 'DROP MACRO' : 'DROP FUNCTION'
  for (const { name, parameters } of statement.functions) {
    const plain = nameOf(name.parts)
    const store = await storeOf(session, name, what)
    const all = await store.list(plain)
    const signature = parameters === null ? null : signatureOf(parameters)
    const wanted = signature === null ? all : all.filter((one) => one.signature === signature)
    if (wanted.length === 0) {
      if (statement.ifExists) continue
      const shown =
        signature === null
          ? `could not find a function named "${plain}"`
          : `function ${plain}(${signature}) does not exist`
      throw new SqlError('42883', shown, { at: name.at })
    }
    if (wanted.length > 1 && !statement.macro) {
      throw new SqlError('42725', `function name "${plain}" is not unique`, {
        at: name.at,
        hint: 'Specify the argument list to select the function unambiguously.',
      })
    }
    for (const one of wanted) await store.drop(one)
  }
  return commandResult(what, () => session.engine.memory)
}

/** Where a new function is to be kept. */
async function storeFor(session: Session, name: QualifiedName, temporary: boolean, what: string): Promise<Store> {
  if (temporary || (name.parts.length > 1 && name.parts[0]!.name === 'pg_temp')) {
    // They are kept where nothing is undone.
    if (session.transaction !== null) throw unsupported(`${what} of a temporary function in a transaction block`)
    return memoryStore((session.functions ??= new MemoryFunctions()))
  }
  const [place] = await placesOf(session, name.parts)
  if (place === undefined)
    throw new SqlError('3F000', `schema "${name.parts[0]!.name}" does not exist`, { at: name.at })
  return catalogStore(place, what)
}

/** Where a function is kept: the session's own are found first. */
async function storeOf(session: Session, name: QualifiedName, what: string): Promise<Store> {
  const { functions } = session
  if (functions !== null && functions.list(nameOf(name.parts)).length > 0 && name.parts.length === 1)
    return memoryStore(functions)
  return storeFor(session, name, false, what)
}

function memoryStore(functions: MemoryFunctions): Store {
  return {
    list: async (name) => functions.list(name),
    create: async (definition, orReplace) => functions.create(definition, orReplace),
    drop: async (definition) => functions.drop(definition),
  }
}

function catalogStore({ catalog, schema }: ResolvedName, what: string): Store {
  if (catalog.createFunction === undefined || catalog.dropFunction === undefined || catalog.functions === undefined) {
    throw unsupported(`${what} in catalog "${catalog.name}"`)
  }
  return {
    list: (name) => catalog.functions!(schema, name),
    create: (definition, orReplace) => catalog.createFunction!(schema, definition, orReplace),
    drop: (definition) => catalog.dropFunction!(schema, definition),
  }
}

/** What a list of functions shows of one. */
export interface ListedFunction {
  readonly schema: string
  readonly name: string
  readonly returns: string
  readonly parameters: string
  readonly language: string
}

/** The users' functions that plain names may mean: those of the session, of the program, and of the current catalog's schemas. */
export async function listFunctions(session: Session): Promise<readonly ListedFunction[]> {
  const listed: ListedFunction[] = []
  const add = async (schema: string, stored: StoredFunction): Promise<void> => {
    const definition = await parseStored(stored, async () => notCalled)
    listed.push(shown(schema, definition, languageOf(stored.statement)))
  }
  for (const one of session.functions?.list(null) ?? []) await add('pg_temp', one)
  for (const overloads of session.engine.functions.values()) {
    for (const one of overloads) listed.push(shown('', one, 'program'))
  }
  const catalog = currentCatalog(session.names)
  if (catalog.functions === undefined) return listed
  const schemas = new Set([...(await catalog.schemas()), session.currentSchema])
  for (const schema of schemas) for (const one of await catalog.functions(schema, null)) await add(schema, one)
  return listed
}

function notCalled(): never {
  throw new InternalError('a listed function is called')
}

function languageOf(statement: string): string {
  if (statement.startsWith('CREATE MACRO')) return 'macro'
  return /\blanguage\s+'?(\w+)/i.exec(statement)?.[1]?.toLowerCase() ?? 'sql'
}

function shown(schema: string, { name, parameters, returns }: UserFunction, language: string): ListedFunction {
  const types = parameters.map(({ name: of, type, default: value }) =>
    [of, type === null ? null : typeName(type), value === null ? null : 'DEFAULT ...']
      .filter((part) => part !== null)
      .join(' '),
  )
  const result =
    returns.kind === 'table'
      ? returns.columns === null
        ? 'TABLE'
        : `TABLE(${returns.columns.map((column) => `${column.name} ${typeName(column.type)}`).join(', ')})`
      : `${returns.kind === 'set' ? 'SETOF ' : ''}${returns.type === null ? 'any' : typeName(returns.type)}`
  return { schema, name, returns: result, parameters: types.join(', '), language }
}
