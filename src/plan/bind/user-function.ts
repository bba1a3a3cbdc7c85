/** Functions that users define, as the binder takes them: SQL that is put in place of a call, or code that rows are given to. */
import type { TextRange } from '../../core/errors.ts'
import type { DataType, Field } from '../../core/types.ts'
import type { ScalarFunction } from '../../expr/functions/function.ts'
import type { Expression, Identifier, Query } from '../../sql/ast.ts'

export interface UserFunction {
  readonly name: string
  readonly parameters: readonly UserParameter[]
  /** NULL for any argument that is NULL. */
  readonly strict: boolean
  readonly returns: UserReturns
  readonly body: UserBody
}

export interface UserParameter {
  readonly name: string | null
  /** Null: any. */
  readonly type: DataType | null
  /** The digits of a decimal argument stay as they are: `numeric` without any. */
  readonly keepsDigits: boolean
  readonly default: Expression | null
}

/** `type` null: what the body gives. `table`: columns of these names and types, or those of the query. */
export type UserReturns =
  | { readonly kind: 'value' | 'set'; readonly type: DataType | null; readonly keepsDigits: boolean }
  | { readonly kind: 'table'; readonly columns: readonly Field[] | null }

export type UserBody =
  /** `seesCaller`: a macro, whose body may name columns and call aggregates as if it stood where the call does. */
  | { readonly kind: 'expression'; readonly expression: Expression; readonly seesCaller: boolean }
  /** The first row of a query, or all of them. */
  | { readonly kind: 'query'; readonly query: Query }
  | UserCode

export interface UserCode {
  readonly kind: 'code'
  /** For a call at a place in the statement. Its name is no other function's. */
  readonly entry: (at: TextRange) => ScalarFunction
}

/** The definitions that a statement may call, with those that these call. */
export interface UserFunctions {
  /** All functions of the name, whatever their parameters; none for a name that is no such function's. */
  find(parts: readonly Identifier[]): readonly UserFunction[]
  readonly all: readonly UserFunction[]
}

/** How bodies name the n-th parameter, 1-based: `$1` is not hidden by columns. */
export function parameterName(n: number): string {
  return `$${n}`
}
