/**
 * The definitions of the users' functions that a statement calls, with those that their bodies call.
 *
 * Plain names in the body of a function of a catalog mean what they mean where the function is kept, as in a view.
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import { mayBeUserFunction } from '../../plan/bind/builtin-names.ts'
import { SYSTEM_SCHEMAS } from '../../plan/bind/system-names.ts'
import type { UserFunction, UserFunctions } from '../../plan/bind/user-function.ts'
import { type SyntaxNode, childNodes } from '../../plan/bind/walk-syntax.ts'
import type { FunctionCall, Identifier, QualifiedName } from '../../sql/ast.ts'
import { parse } from '../../sql/parse.ts'
import type { StoredFunction } from '../../catalog/catalog.ts'
import type { ResolvedName } from '../names.ts'
import { systemFunctions } from '../system/system-functions.ts'
import type { SystemSnapshot } from '../system/system-snapshot.ts'
import type { Session } from '../session.ts'
import { hasOpenPivot } from '../statements/pivot-values.ts'
import { hasLimitQuery, isRecursive } from '../statements/recursion.ts'
import { expandViews } from '../statements/views.ts'
import { type CompileJavascript, defineFunction } from './define-function.ts'
import { findFunctions, nameOf } from './find-functions.ts'

/** Functions that one statement may come to, one calling the next. */
const FUNCTIONS_MAX = 1000

/** Undefined when none of the names is a user's function. */
export async function loadFunctions(
  session: Session,
  names: readonly QualifiedName[],
  snapshot: () => Promise<SystemSnapshot>,
): Promise<UserFunctions | undefined> {
  const byName = new Map<string, readonly UserFunction[]>()
  const pending = names.map(({ parts }) => parts)
  for (let parts = pending.pop(); parts !== undefined; parts = pending.pop()) {
    const key = keyOf(parts)
    if (byName.has(key)) continue
    const system = isSystemCall(parts) ? await systemFunctions(nameOf(parts), snapshot) : []
    const builtin = system.length > 0 || !isSystemCall(parts) ? system : await sequenceCalls(session, nameOf(parts))
    if (builtin.length > 0) {
      byName.set(key, builtin)
      continue
    }
    const { place, stored, registered } = await findFunctions(session, parts)
    const loaded = [...registered]
    for (const one of stored) {
      const definition = await withBody(session, await parseStored(one, compileFor(session)), place)
      loaded.push(definition)
      pending.push(...callsIn(definition.body as unknown as SyntaxNode))
    }
    byName.set(key, loaded)
    if (byName.size > FUNCTIONS_MAX)
      throw new SqlError('54001', `a statement comes to more than ${FUNCTIONS_MAX} functions`)
  }
  const all = [...byName.values()].flat()
  if (all.length === 0) return undefined
  return { all, find: (parts) => byName.get(keyOf(parts)) ?? [] }
}

const SEQUENCE_FUNCTIONS: ReadonlySet<string> = new Set(['nextval', 'currval', 'lastval', 'setval'])

async function sequenceCalls(session: Session, name: string): Promise<readonly UserFunction[]> {
  if (!SEQUENCE_FUNCTIONS.has(name)) return []
  return (await import('../sequences/sequence-functions.ts')).sequenceFunctions(session, name)
}

/** Whether it may be a function of the system: those are in every path. */
function isSystemCall(parts: readonly Identifier[]): boolean {
  return parts.length === 1 || (parts.length === 2 && SYSTEM_SCHEMAS.includes(parts[0]!.name))
}

function keyOf(parts: readonly Identifier[]): string {
  return [...parts.slice(0, -1).map(({ name }) => name), nameOf(parts)].join('\0')
}

/** The definition in a stored statement. */
export async function parseStored(
  { name, statement }: StoredFunction,
  compile: CompileJavascript,
): Promise<UserFunction> {
  const [parsed] = parse(statement)
  const definition = parsed?.kind === 'create-function' ? parsed.definitions[0] : undefined
  if (parsed?.kind !== 'create-function' || definition === undefined) {
    throw new SqlError('XX001', `function "${name}" is not stored as one`)
  }
  return defineFunction(name, definition, parsed.macro, compile)
}

/** QuickJS's own default; its interpreter uses about a kilobyte for a call. */
const STACK_BYTES = 256 << 10

/** Compiles functions for the statement that runs now, with the session's limits. */
export function compileFor({ settings }: Session): CompileJavascript {
  const timeout = settings.number('statement_timeout')
  const limits = {
    memoryBytes: settings.number('javascript_memory_limit'),
    stackBytes: STACK_BYTES,
    timeMs: settings.number('javascript_timeout'),
    deadlineMs: timeout === 0 ? Infinity : performance.now() + timeout,
  }
  return async (source) => {
    const { javascriptEntries } = await import('../javascript/javascript-function.ts')
    return javascriptEntries(source, limits)
  }
}

/** With views in place, and names qualified by where the function is kept. */
async function withBody(
  session: Session,
  definition: UserFunction,
  place: ResolvedName | undefined,
): Promise<UserFunction> {
  const { body } = definition
  if (body.kind === 'code') return definition
  const root: SyntaxNode = body.kind === 'query' ? body.query : body.expression
  if (isRecursive(root)) throw unsupported(`WITH RECURSIVE in function "${definition.name}"`)
  if (hasOpenPivot(root)) throw unsupported(`PIVOT without values in function "${definition.name}"`)
  if (hasLimitQuery(root)) throw unsupported(`a subquery of LIMIT in function "${definition.name}"`)
  const where = place === undefined ? null : { catalog: place.catalog.name, schema: place.schema, isTemporary: false }
  const named = place === undefined ? root : qualifiedCalls(root, await keptAt(place, root), place)
  const expanded = await expandViews(session, named, where)
  if (body.kind === 'query') return { ...definition, body: { ...body, query: expanded as typeof body.query } }
  return { ...definition, body: { ...body, expression: expanded as typeof body.expression } }
}

/** The plain names called in the body that are functions of the same place. */
async function keptAt({ catalog, schema }: ResolvedName, root: SyntaxNode): Promise<ReadonlySet<string>> {
  const kept = new Set<string>()
  for (const parts of callsIn(root)) {
    const name = nameOf(parts)
    if (parts.length === 1 && ((await catalog.functions?.(schema, name)) ?? []).length > 0) kept.add(name)
  }
  return kept
}

function qualifiedCalls(root: SyntaxNode, kept: ReadonlySet<string>, { catalog, schema }: ResolvedName): SyntaxNode {
  if (kept.size === 0) return root
  const rewrite = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(rewrite)
    if (typeof node !== 'object' || node === null) return node
    const copy = Object.fromEntries(
      Object.entries(node).map(([key, part]) => [key, key === 'at' ? (part as unknown) : rewrite(part)]),
    )
    if (copy['kind'] !== 'function') return copy
    const { name } = node as FunctionCall
    if (name.parts.length > 1 || !kept.has(nameOf(name.parts))) return copy
    const before = [catalog.name, schema].map((part): Identifier => ({ name: part, quoted: true, at: name.at }))
    return { ...copy, name: { ...name, parts: [...before, ...name.parts] } }
  }
  return rewrite(root) as SyntaxNode
}

/** Names in a body that may be users' functions. */
export function callsIn(root: SyntaxNode): readonly (readonly Identifier[])[] {
  const found: (readonly Identifier[])[] = []
  const visit = (node: SyntaxNode): void => {
    if (node.kind === 'function') {
      const { parts } = (node as FunctionCall).name
      if (mayBeUserFunction(parts)) found.push(parts)
    }
    for (const child of childNodes(node)) visit(child)
  }
  visit(root)
  return found
}
