/** How functions of users were declared: pg_get_function_arguments and its like. */
import { type DataType, VARCHAR, listOf } from '../../../core/types.ts'
import type { LiteralValue } from '../../../expr/expr.ts'
import type { UserFunction } from '../../../plan/bind/user-function.ts'
import type { SystemFunctionDefinition } from '../define-system-function.ts'
import { OID } from '../relation-columns.ts'
import type { SystemFunction, SystemSnapshot } from '../system-snapshot.ts'
import { formatType, pgTypeOf } from '../type-oids.ts'

const loaded = new WeakMap<SystemSnapshot, ReadonlyMap<number, SystemFunction>>()

async function loadRoutines(snapshot: SystemSnapshot): Promise<void> {
  if (loaded.has(snapshot)) return
  loaded.set(snapshot, new Map((await snapshot.functions()).map((one) => [one.oid, one])))
}

function typeText(type: DataType | null): string {
  return type === null ? '"any"' : formatType(pgTypeOf(type).oid, null)
}

function argumentsText({ parameters }: UserFunction): string {
  return parameters.map(({ name, type }) => (name === null ? '' : `${name} `) + typeText(type)).join(', ')
}

function resultText({ returns }: UserFunction): string {
  if (returns.kind !== 'table') return `${returns.kind === 'set' ? 'SETOF ' : ''}${typeText(returns.type)}`
  const columns = returns.columns?.map(({ name, type }) => `${name} ${typeText(type)}`)
  return columns === undefined ? 'SETOF record' : `TABLE(${columns.join(', ')})`
}

function ofRoutine(name: string, text: (routine: SystemFunction) => LiteralValue): SystemFunctionDefinition {
  return {
    name,
    forms: [[OID]],
    returns: VARCHAR,
    prepare: loadRoutines,
    run(snapshot, [oid]) {
      const routine = loaded.get(snapshot)?.get(Number(oid))
      return routine === undefined ? null : text(routine)
    },
  }
}

export const routineFunctions: readonly SystemFunctionDefinition[] = [
  ofRoutine('pg_get_function_arguments', ({ definition }) => argumentsText(definition)),
  ofRoutine('pg_get_function_identity_arguments', ({ definition }) => argumentsText(definition)),
  ofRoutine('pg_get_function_result', ({ definition }) => resultText(definition)),
  ofRoutine('pg_get_functiondef', ({ statement }) => statement),
  {
    name: 'oidvectortypes',
    forms: [[listOf(OID)]],
    returns: VARCHAR,
    run: (_, [types]) => (types as readonly LiteralValue[]).map((oid) => formatType(Number(oid), null)).join(', '),
  },
]
