/**
 * Plans of the queries that were run last, for those who run them again: a dashboard asks the same every minute, and of a short query planning is most.
 *
 *   syntax tree (one for each text, parsed-texts.ts)  ->  the plan, and what it was made from:
 *     the tables that its names meant, by what stands for their rows (`Table.identity`)
 *     the names of functions, which no user had defined
 *     all settings
 *
 * Every name is looked up again before a plan is used, so it is of the state that tables have now, in the schemas that are searched now. A plan that hangs on anything
 * else is not kept: on the clock, a random seed, files that a function reads, a catalog's objects, users' functions, a transaction.
 */
import type { Field } from '../../core/types.ts'
import type { TextRange } from '../../core/errors.ts'
import type { SessionValues } from '../../expr/functions/function.ts'
import type { BindContext } from '../../plan/bind/context.ts'
import type { PhysicalQuery } from '../../plan/physical-planner.ts'
import type { Identifier, QualifiedName, Query } from '../../sql/ast.ts'
import type { Table, VersionSpec } from '../../table/table.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { withViews } from './prepare-query.ts'

/** What runs, and the columns of the result. */
export interface KeptQuery {
  readonly output: readonly Field[]
  readonly physical: PhysicalQuery
}

interface NamedTable {
  readonly parts: readonly Identifier[]
  readonly travel: VersionSpec | null
  readonly at: TextRange
  readonly table: Table
}

/** Parts of an identity: objects as long as somebody else keeps them, so that a plan keeps no metadata. */
type IdentityPart = { readonly object: WeakRef<object> } | { readonly value: unknown }

interface KeptPlan {
  readonly settings: string
  readonly tables: readonly (Omit<NamedTable, 'table'> & { readonly identity: readonly IdentityPart[] })[]
  readonly functions: readonly (readonly QualifiedName[])[]
  readonly output: readonly Field[]
  readonly plan: PhysicalQuery['plan']
  /** By `PhysicalScan.source`: which of the tables, and what it is asked for. */
  readonly sources: readonly {
    readonly key: number
    readonly table: number
    readonly pushdown: PhysicalQuery['sources'] extends ReadonlyMap<number, infer Source extends { pushdown: unknown }>
      ? Source['pushdown']
      : never
  }[]
}

const plans = new WeakMap<Query, KeptPlan>()

/** Whether plans of a session's statements are kept at all. */
export function keepsPlans(session: Session, { tables, observer, parameters = [] }: ExecuteOptions): boolean {
  if (session.transaction !== null || tables !== undefined || observer !== undefined || parameters.length > 0)
    return false
  return session.settings.text('plan_cache') === 'true'
}

/** The plan made for this tree before, for the tables as they are now; undefined when there is none that holds. */
export async function keptPlan(session: Session, query: Query, context: BindContext): Promise<KeptQuery | undefined> {
  const kept = plans.get(query)
  if (kept === undefined || kept.settings !== session.settings.signature()) return undefined
  // A view may have come in a table's place.
  if ((await withViews(session, query)) !== query) return undefined
  for (const names of kept.functions) {
    if ((await context.functions?.(names)) !== undefined) return undefined
  }
  const opened = await Promise.allSettled(
    kept.tables.map(({ parts, travel, at }) => context.resolveTable(parts, travel, at)),
  )
  const tables: Table[] = []
  for (const [i, result] of opened.entries()) {
    // Who plans anew reports the error.
    if (result.status === 'rejected' || !isSame(result.value, kept.tables[i]!.identity)) return undefined
    tables.push(result.value)
  }
  const sources = new Map(kept.sources.map(({ key, table, pushdown }) => [key, { table: tables[table]!, pushdown }]))
  return { output: kept.output, physical: { plan: kept.plan, sources } }
}

function isSame({ identity }: Table, kept: readonly IdentityPart[]): boolean {
  if (identity === undefined || identity.length !== kept.length) return false
  return kept.every((part, i) => ('object' in part ? part.object.deref() : part.value) === identity[i])
}

/** Notes what the planning of one statement asks for. */
export class PlanInputs {
  readonly #session: Session
  readonly #settings: string
  readonly #tables: NamedTable[] = []
  readonly #functions: (readonly QualifiedName[])[] = []
  #isLasting = true

  constructor(session: Session) {
    this.#session = session
    this.#settings = session.settings.signature()
  }

  /** Says that the plan is for this run alone. */
  readonly once = (): void => {
    this.#isLasting = false
  }

  /** The context, watched. */
  watch(context: BindContext): BindContext {
    const watched: { [K in keyof BindContext]: BindContext[K] } = { ...context }
    for (const [name, use] of Object.entries(USES) as [keyof BindContext, Use][]) {
      const member = context[name]
      if (use === 'once' && typeof member === 'function') {
        Object.assign(watched, { [name]: this.#spoiling(member as (...args: unknown[]) => unknown) })
      }
    }
    return {
      ...watched,
      once: this.once,
      session: this.watchClock(context.session),
      resolveTable: async (parts, travel, at) => {
        const table = await context.resolveTable(parts, travel, at)
        this.#tables.push({ parts, travel, at, table })
        return table
      },
      functions: async (names) => {
        const found = await context.functions?.(names)
        if (found !== undefined) this.once()
        this.#functions.push(names)
        return found
      },
    }
  }

  /** The values, of which reading the clock is noted. */
  watchClock(values: SessionValues): SessionValues {
    const { nowMicros, statementMicros, ...lasting } = values
    const { once } = this
    return {
      ...lasting,
      get nowMicros() {
        once()
        return nowMicros
      },
      get statementMicros() {
        once()
        return statementMicros ?? nowMicros
      },
    }
  }

  /** Keeps the plan that came of it, if it may be used again. */
  keep(query: Query, { output, physical: { plan, sources } }: KeptQuery): void {
    if (!this.#isLasting || this.#settings !== this.#session.settings.signature()) return
    const tables: KeptPlan['tables'][number][] = []
    for (const { parts, travel, at, table } of this.#tables) {
      if (table.identity === undefined) return
      tables.push({ parts, travel, at, identity: table.identity.map(partOf) })
    }
    const kept: KeptPlan['sources'][number][] = []
    for (const [key, { table, pushdown }] of sources) {
      const named = this.#tables.findIndex((one) => one.table === table)
      if (named < 0) return
      kept.push({ key, table: named, pushdown })
    }
    plans.set(query, { settings: this.#settings, tables, functions: this.#functions, output, plan, sources: kept })
  }

  #spoiling(member: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
    return (...args) => {
      this.once()
      return member(...args)
    }
  }
}

function partOf(part: unknown): IdentityPart {
  return typeof part === 'object' && part !== null ? { object: new WeakRef(part) } : { value: part }
}

/** What a plan that used a member of the context hangs on: nothing that changes, what is looked up again, or what cannot be. */
type Use = 'nothing' | 'checked' | 'once'

const USES: Readonly<Record<keyof BindContext, Use>> = {
  resolveTable: 'checked',
  functions: 'checked',
  session: 'checked',
  // There are none where plans are kept.
  parameters: 'nothing',
  namedParameters: 'nothing',
  parseExpression: 'nothing',
  once: 'nothing',
  stream: 'once',
  objects: 'once',
  tableFunction: 'once',
}
