/** What the binder needs from outside: tables by name, values of parameters, the session. */
import type { TextRange } from '../../core/errors.ts'
import type { ObjectName } from '../../core/types.ts'
import type { Expr, LiteralExpr } from '../../expr/expr.ts'
import type { ScalarFunction, SessionValues } from '../../expr/functions/function.ts'
import type { Expression, FunctionCall, Identifier, QualifiedName, TableFunction } from '../../sql/ast.ts'
import type { TableChanges } from '../../table/changes.ts'
import type { Table, VersionSpec } from '../../table/table.ts'
import type { Binder } from './binder.ts'
import type { FromItem, Scope } from './scope.ts'
import type { UserFunctions } from './user-function.ts'

export interface BindContext {
  /** The table of a name (outermost part first); throws 42P01 itself when there is none. */
  resolveTable(parts: readonly Identifier[], travel: VersionSpec | null, at: TextRange): Promise<Table>
  /** Values of `$1`, `$2`, ...; the type `null` stands for a text whose type the context decides, as of a quoted literal. */
  readonly parameters: readonly LiteralExpr[]
  /** Values of `$name` and `:name`. */
  readonly namedParameters?: ReadonlyMap<string, LiteralExpr>
  readonly session: SessionValues
  /** Told when what is bound holds for this run of the statement alone, as a random seed does. */
  readonly once?: () => void
  /** The changes that a `STREAM(t)` stands for just now; absent where a stream cannot be read. */
  stream?(ast: TableFunction): Promise<TableChanges>
  /** Parses an expression that a table keeps as text: defaults, constraints. */
  readonly parseExpression?: (text: string) => Expression
  /**
   * The functions of users among those of these names, with the functions that these call; undefined when there are none. Names that are the
   * language's own are not asked for.
   */
  functions?(names: readonly QualifiedName[]): Promise<UserFunctions | undefined>
  /** The names of objects of the catalog: asked where the query may need them. */
  objects?(): Promise<SystemObjects>
  /** Table functions of the engine (`read_parquet('x')`); undefined for a name that it does not know. */
  tableFunction?(name: string, args: readonly TableFunctionArgument[], at: TextRange): Promise<Table | undefined>
}

/** A constant argument; `name` for `name => value`. */
export interface TableFunctionArgument {
  readonly name: string | null
  readonly value: LiteralExpr
}

/** The tables of a query, opened (resolve-tables.ts). */
export interface ResolvedTables {
  /** By the node that names the table: a TableName, TableQuery or TableFunction. */
  readonly tables: ReadonlyMap<object, Table>
  /** By the TableFunction that asks for them. */
  readonly changes: ReadonlyMap<object, TableChanges>
  /** Every name that columns are referred to by, lower case: hidden columns are scanned only when named. */
  readonly columnNames: ReadonlySet<string>
  /** Where the query may call functions of users. */
  readonly users?: UserCalls
  /** Where the query may read numbers of objects of the catalog. */
  readonly objects?: SystemObjects
  /** Where the query has a PIVOT or UNPIVOT. */
  readonly bindPivoted?: typeof import('./pivoted.ts').bindPivoted
}

/** Objects of the catalog by number and by name. */
export interface SystemObjects {
  /** The number of the object of that name; 42P01, 42704, ... when there is none. */
  number(as: ObjectName, name: string): number
  /** The same for texts that are computed. */
  numberEntry(as: ObjectName): ScalarFunction
  /** From a number to the name, in SQL's spelling. */
  textEntry(as: ObjectName): ScalarFunction
}

/** Binds calls of users' functions (user-calls.ts); null for what is none. */
export interface UserCalls {
  bindCall(binder: Binder, ast: FunctionCall, scope: Scope): Expr | null
  bindTable(binder: Binder, ast: TableFunction, scope: Scope): FromItem | null
}
