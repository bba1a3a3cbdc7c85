/** A function of the system: a name, its parameters, and what it gives, over the catalog as the statement sees it. */
import type { DataType } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { ScalarFunction } from '../../expr/functions/function.ts'
import type { UserFunction } from '../../plan/bind/user-function.ts'
import type { SystemSnapshot } from './system-snapshot.ts'

export interface SystemFunctionDefinition {
  readonly name: string
  /** Lists of the types of parameters, one a form; null: of any type. */
  readonly forms: readonly (readonly (DataType | null)[])[]
  readonly returns: DataType
  /** Whether it is called for NULLs. */
  readonly called?: boolean
  /** One value a row: it does something. */
  readonly isVolatile?: boolean
  readonly run: (snapshot: SystemSnapshot, args: readonly LiteralValue[]) => LiteralValue
  /** What the snapshot must know before: what `run` cannot wait for. */
  readonly prepare?: (snapshot: SystemSnapshot) => Promise<void>
}

let count = 0

/** An entry for plans, whose name is no other function's. */
export function systemEntry(
  name: string,
  run: (args: readonly LiteralValue[]) => LiteralValue,
  { called = false, isVolatile = false }: { readonly called?: boolean; readonly isVolatile?: boolean } = {},
): ScalarFunction {
  return {
    name: `${name}#system${++count}`,
    category: 'system',
    description: '',
    example: { sql: '', result: '' },
    resolve: () => null,
    nulls: called ? 'custom' : 'strict',
    volatility: isVolatile ? 'volatile' : 'stable',
    scalar: run,
  }
}

/** The forms of the function, as calls choose among them. */
export function userFunctions(definition: SystemFunctionDefinition, snapshot: SystemSnapshot): UserFunction[] {
  const { name, forms, returns, called = false, isVolatile = false, run } = definition
  return forms.map((types) => ({
    name,
    parameters: types.map((type) => ({ name: null, type, keepsDigits: false, default: null })),
    strict: !called,
    returns: { kind: 'value', type: returns, keepsDigits: false },
    body: { kind: 'code', entry: () => systemEntry(name, (args) => run(snapshot, args), { called, isVolatile }) },
  }))
}
