/**
 * The syntax tree: what was written, names unresolved. Every node has `at`, its range in the text.
 *
 * Identifiers are stored as SQL means them: unquoted ones folded to lower case, quoted ones as they stand.
 */
import type { TextRange } from '../core/errors.ts'

interface Node {
  readonly at: TextRange
}

export interface Identifier extends Node {
  readonly name: string
  /** Written with quotes: never a keyword, never folded. */
  readonly quoted: boolean
}

/** `catalog.schema.table`, outermost first; at least one part. */
export interface QualifiedName extends Node {
  readonly parts: readonly Identifier[]
  /** One part that is a path or URL: `FROM 's3://bucket/x.parquet'`. */
  readonly path?: true
}

// ---- statements

export type Statement =
  | QueryStatement
  | ExplainStatement
  | SetStatement
  | ShowStatement
  | AttachStatement
  | DetachStatement
  | UseStatement
  | CreateTableStatement
  | CreateSchemaStatement
  | DropTableStatement
  | CreateSequenceStatement
  | AlterSequenceStatement
  | DropSequenceStatement
  | RenameStatement
  | PrivilegesStatement
  | InsertStatement
  | DeleteStatement
  | UpdateStatement
  | MergeStatement
  | WithChangesStatement
  | TruncateStatement
  | AlterTableStatement
  | CreateViewStatement
  | DropViewStatement
  | RenameViewStatement
  | CreateFunctionStatement
  | DropFunctionStatement
  | RefreshViewStatement
  | DropSchemaStatement
  | IndexStatement
  | PrepareStatement
  | ExecutePreparedStatement
  | DeallocateStatement
  | DeclareCursorStatement
  | FetchStatement
  | CloseCursorStatement
  | CopyStatement
  | DescribeStatement
  | TransactionStatement
  | UnsupportedStatement

export interface QueryStatement extends Node {
  readonly kind: 'query'
  readonly query: Query
}

export interface ExplainStatement extends Node {
  readonly kind: 'explain'
  readonly statement: Statement
  readonly options: readonly { readonly name: string; readonly value: string | boolean }[]
}

/**
 * `SET [SESSION|LOCAL] name TO|= value, ...`, `SET name = DEFAULT` (value null), `RESET name`; `RESET ALL` has the name
 * `all`. SET TIME ZONE is `timezone`, SET SCHEMA `search_path`, SET NAMES `client_encoding`, SET ROLE `role`;
 * SET TRANSACTION is `transaction` and SET SESSION CHARACTERISTICS `session characteristics`, with modes as values.
 */
export interface SetStatement extends Node {
  readonly kind: 'set'
  readonly name: string
  readonly value: readonly (string | number | boolean)[] | null
}

/** `SHOW name`, `SHOW ALL`, `SHOW TABLES [FROM x]`, `SHOW SCHEMAS`, `SHOW CATALOGS`. */
export interface ShowStatement extends Node {
  readonly kind: 'show'
  readonly what: 'setting' | 'all' | 'tables' | 'schemas' | 'catalogs' | 'columns' | 'functions'
  readonly name: QualifiedName | null
  /** SHOW TABLES LIKE 'pattern'. */
  readonly like?: string
}

/** `ATTACH [IF NOT EXISTS] 'uri' [AS name] [(TYPE lake, REMAP 'a=b', ...)]`. */
export interface AttachStatement extends Node {
  readonly kind: 'attach'
  readonly uri: string
  readonly name: Identifier | null
  readonly ifNotExists: boolean
  readonly options: readonly Option[]
}

/** `(NAME value)`; a bare NAME has the value true. Names are lower-cased. */
export interface Option extends Node {
  readonly name: string
  readonly value: string | number | boolean
}

export interface DetachStatement extends Node {
  readonly kind: 'detach'
  readonly name: Identifier
  readonly ifExists: boolean
}

export interface UseStatement extends Node {
  readonly kind: 'use'
  readonly name: QualifiedName
}

export interface CreateTableStatement extends Node {
  readonly kind: 'create-table'
  readonly name: QualifiedName
  readonly ifNotExists: boolean
  readonly orReplace: boolean
  /** Empty for CREATE TABLE AS without a column list. */
  readonly columns: readonly ColumnDefinition[]
  readonly using: string | null
  /** Column references and transforms: `day(ts)`, `bucket(16, id)`, `c`. */
  readonly partitionedBy: readonly Expression[]
  readonly location: string | null
  readonly comment: string | null
  /** TBLPROPERTIES or WITH. */
  readonly properties: readonly Option[]
  readonly query: Query | null
  /** PRIMARY KEY and UNIQUE, of columns and of the table. */
  readonly keys: readonly KeyConstraint[]
  readonly checks: readonly CheckConstraint[]
  /** CREATE MATERIALIZED VIEW: the query as written. */
  readonly materialized?: string
  /** CREATE TEMP TABLE: gone with the session. */
  readonly temporary: boolean
}

export interface ColumnDefinition extends Node {
  readonly name: Identifier
  readonly type: TypeName | null
  readonly notNull: boolean
  readonly default: Expression | null
  /** The default as written. */
  readonly defaultText?: string
  /** CHECK behind the column. */
  readonly check?: ExpressionText
  readonly identity?: IdentityDefinition
  /** PRIMARY KEY and UNIQUE behind the column. */
  readonly keys?: readonly Omit<KeyConstraint, 'columns'>[]
  readonly comment: string | null
}

/** GENERATED ALWAYS | BY DEFAULT AS IDENTITY. */
export interface IdentityDefinition extends Node {
  readonly always: boolean
  readonly options: readonly SequenceOption[]
}

/** A number of a sequence, which has 64 bits: as it is written, with its sign. */
export interface SequenceNumber extends Node {
  readonly text: string
}

/** `value` null: NO MINVALUE, RESTART without a number, OWNED BY NONE. */
export type SequenceOption = Node &
  (
    | { readonly option: 'as'; readonly type: TypeName }
    | { readonly option: 'increment' | 'start' | 'cache'; readonly value: SequenceNumber }
    | { readonly option: 'restart' | 'minvalue' | 'maxvalue'; readonly value: SequenceNumber | null }
    | { readonly option: 'cycle'; readonly value: boolean }
    | { readonly option: 'owned-by'; readonly value: QualifiedName | null }
    | { readonly option: 'name'; readonly value: QualifiedName }
  )

export interface CreateSequenceStatement extends Node {
  readonly kind: 'create-sequence'
  readonly name: QualifiedName
  readonly temporary: boolean
  readonly ifNotExists: boolean
  readonly orReplace: boolean
  readonly options: readonly SequenceOption[]
}

export interface AlterSequenceStatement extends Node {
  readonly kind: 'alter-sequence'
  readonly name: QualifiedName
  readonly ifExists: boolean
  readonly options: readonly SequenceOption[]
}

export interface DropSequenceStatement extends Node {
  readonly kind: 'drop-sequence'
  readonly names: readonly QualifiedName[]
  readonly ifExists: boolean
  readonly cascade: boolean
}

/** GRANT, REVOKE, ALTER ... OWNER TO and DROP ROLE: whom they name. */
export interface PrivilegesStatement extends Node {
  readonly kind: 'privileges'
  readonly tag: string
  /** Null: the current user. */
  readonly roles: readonly (Node & { readonly name: string | null })[]
  readonly ifExists?: boolean
}

/** ALTER SEQUENCE, VIEW, SCHEMA ... RENAME TO; with `schema`, SET SCHEMA. */
export interface RenameStatement extends Node {
  readonly kind: 'rename'
  readonly what: 'sequence' | 'view' | 'schema'
  readonly name: QualifiedName
  readonly to: Identifier
  readonly schema: boolean
  readonly ifExists: boolean
}

/** An expression that is kept as it was written. */
export interface ExpressionText {
  readonly expression: Expression
  readonly text: string
}

/** CONSTRAINT name PRIMARY KEY | UNIQUE (columns) [NOT ENFORCED]; null: the name is to be made. */
export interface KeyConstraint extends Node {
  readonly name: Identifier | null
  readonly isPrimary: boolean
  readonly columns: readonly Identifier[]
  readonly enforced: boolean
}

/** CONSTRAINT name CHECK (...); null: the name is to be made. */
export interface CheckConstraint extends Node {
  readonly name: Identifier | null
  readonly expression: ExpressionText
}

export interface CreateSchemaStatement extends Node {
  readonly kind: 'create-schema'
  readonly name: QualifiedName
  readonly ifNotExists: boolean
}

export interface DropTableStatement extends Node {
  readonly kind: 'drop-table'
  readonly names: readonly QualifiedName[]
  readonly ifExists: boolean
  /** DROP MATERIALIZED VIEW. */
  readonly materialized?: true
}

export interface InsertStatement extends Node {
  readonly kind: 'insert'
  readonly table: QualifiedName
  readonly alias: Identifier | null
  /** Null where all columns are meant. */
  readonly columns: readonly Identifier[] | null
  readonly byName: boolean
  readonly overwrite: boolean
  /** REPLACE WHERE: rows of the table that go when the new ones come. */
  readonly replaceWhere: Expression | null
  /** Null for DEFAULT VALUES. */
  readonly query: Query | null
  readonly onConflict?: OnConflict
  /** OVERRIDING ... VALUE: what happens to values that are given for identity columns. */
  readonly overriding?: Overriding
  readonly returning: Returning | null
}

/** `system`: they are taken; `user`: they are replaced by the next value. */
export type Overriding = 'system' | 'user'

/** `ON CONFLICT (a, b) | ON CONSTRAINT c DO NOTHING | DO UPDATE SET ... [WHERE ...]`. */
export interface OnConflict extends Node {
  /** Null: any key. */
  readonly target: { readonly constraint: Identifier } | { readonly columns: readonly Identifier[] } | null
  /** Null: DO NOTHING. */
  readonly set: readonly Assignment[] | null
  readonly where: Expression | null
}

/** The select list of RETURNING. */
export type Returning = readonly SelectItem[]

/** The table that a statement changes. */
export interface ChangeTarget extends Node {
  readonly name: QualifiedName
  readonly alias: Identifier | null
}

export interface DeleteStatement extends Node {
  readonly kind: 'delete'
  readonly with: WithClause | null
  readonly table: ChangeTarget
  readonly using: readonly TableReference[]
  readonly where: Expression | null
  readonly returning: Returning | null
}

export interface UpdateStatement extends Node {
  readonly kind: 'update'
  readonly with: WithClause | null
  readonly table: ChangeTarget
  readonly set: readonly Assignment[]
  readonly from: readonly TableReference[]
  readonly where: Expression | null
  readonly returning: Returning | null
}

/** `c = value`, or `(c, d) = (value, value)`, or `(c, d) = (query)`: either `values`, one a column, or `source`. */
export interface Assignment extends Node {
  readonly columns: readonly AssignedColumn[]
  readonly values: readonly Expression[] | null
  readonly source: Query | null
}

/** A column, a field of a struct column, or either behind the table's name. */
export interface AssignedColumn extends Node {
  readonly parts: readonly Identifier[]
}

export interface MergeStatement extends Node {
  readonly kind: 'merge'
  readonly with: WithClause | null
  readonly table: ChangeTarget
  readonly using: TableReference
  /** Null where `columns` are given: MERGE INTO t USING s USING (a, b). */
  readonly on: Expression | null
  readonly columns: readonly Identifier[] | null
  readonly clauses: readonly MergeClause[]
  readonly returning: Returning | null
}

export interface MergeClause extends Node {
  readonly match: 'matched' | 'not-matched' | 'not-matched-by-source'
  readonly condition: Expression | null
  readonly action: MergeAction
}

export type MergeAction =
  | { readonly kind: 'update'; readonly set: readonly Assignment[] }
  /** UPDATE SET *, INSERT *: the source's columns, by name as Spark does or by place. */
  | { readonly kind: 'update-all' | 'insert-all'; readonly byName: boolean }
  | { readonly kind: 'delete' | 'nothing' }
  | {
      readonly kind: 'insert'
      /** Null where all columns are meant. */
      readonly columns: readonly Identifier[] | null
      readonly values: readonly Expression[]
      readonly overriding?: Overriding
    }

export interface AlterTableStatement extends Node {
  readonly kind: 'alter-table'
  readonly name: QualifiedName
  readonly ifExists: boolean
  readonly actions: readonly AlterAction[]
}

export type AlterAction = Node & (ColumnAlteration | TableAlterationClause)

/** Actions on a column, or on a field within one. */
type ColumnAlteration = { readonly column: AssignedColumn } & (
  | {
      readonly kind: 'add-column'
      readonly definition: ColumnDefinition
      readonly ifNotExists: boolean
      readonly position: ColumnPosition | null
    }
  | { readonly kind: 'drop-column'; readonly ifExists: boolean }
  | { readonly kind: 'rename-column'; readonly to: Identifier }
  | { readonly kind: 'set-type'; readonly type: TypeName }
  | { readonly kind: 'set-not-null' | 'drop-not-null' }
  /** Null: DROP DEFAULT. */
  | { readonly kind: 'set-default'; readonly value: ExpressionText | null }
  | { readonly kind: 'comment-column'; readonly comment: string | null }
  | { readonly kind: 'move-column'; readonly position: ColumnPosition }
  | { readonly kind: 'add-identity'; readonly identity: IdentityDefinition }
  | { readonly kind: 'drop-identity'; readonly ifExists: boolean }
  /** SET GENERATED, SET and RESTART of what its sequence has. */
  | {
      readonly kind: 'set-identity'
      readonly changes: readonly (SequenceOption | (Node & { readonly always: boolean }))[]
    }
)

export interface ColumnPosition {
  readonly first: boolean
  readonly after: Identifier | null
}

type TableAlterationClause =
  | { readonly kind: 'comment'; readonly comment: string | null }
  | { readonly kind: 'add-check'; readonly name: Identifier | null; readonly check: ExpressionText }
  | { readonly kind: 'add-key'; readonly key: KeyConstraint }
  | { readonly kind: 'drop-check'; readonly name: Identifier; readonly ifExists: boolean }
  | { readonly kind: 'rename' | 'set-schema'; readonly to: Identifier }
  | { readonly kind: 'set-properties'; readonly properties: readonly Option[] }
  | { readonly kind: 'unset-properties'; readonly names: readonly string[] }
  | { readonly kind: 'add-partition'; readonly transform: Expression; readonly name: Identifier | null }
  | { readonly kind: 'drop-partition'; readonly transform: Expression }
  | {
      readonly kind: 'replace-partition'
      readonly from: Expression
      readonly transform: Expression
      readonly name: Identifier | null
    }
  /** WRITE ORDERED BY; empty: WRITE UNORDERED. */
  | { readonly kind: 'sort-order'; readonly order: readonly OrderItem[] }

export interface CreateViewStatement extends Node {
  readonly kind: 'create-view'
  readonly name: QualifiedName
  readonly columns: readonly Identifier[]
  readonly orReplace: boolean
  readonly ifNotExists: boolean
  /** Gone with the session. */
  readonly temporary: boolean
  readonly query: Query
  /** The query as written. */
  readonly text: string
}

/** REFRESH MATERIALIZED VIEW name. */
export interface RefreshViewStatement extends Node {
  readonly kind: 'refresh-view'
  readonly name: QualifiedName
}

export interface DropSchemaStatement extends Node {
  readonly kind: 'drop-schema'
  readonly names: readonly QualifiedName[]
  readonly ifExists: boolean
  /** CASCADE: with all that is in it. */
  readonly cascade: boolean
}

/** CREATE INDEX and DROP INDEX, which do nothing: a lake has no indexes, and queries need none. */
export interface IndexStatement extends Node {
  readonly kind: 'index'
  readonly tag: string
  /** Null: DROP INDEX. */
  readonly table: QualifiedName | null
  /** CREATE UNIQUE INDEX: the constraint that it is. */
  readonly unique?: KeyConstraint
  readonly ifNotExists?: boolean
  /** DROP INDEX: of what. */
  readonly names?: readonly QualifiedName[]
}

export interface DropViewStatement extends Node {
  readonly kind: 'drop-view'
  readonly names: readonly QualifiedName[]
  readonly ifExists: boolean
}

/** CREATE FUNCTION, and DuckDB's CREATE MACRO, which may have several definitions. */
export interface CreateFunctionStatement extends Node {
  readonly kind: 'create-function'
  readonly name: QualifiedName
  /** Its parameters need no types, and it is what its body gives for the arguments. */
  readonly macro: boolean
  readonly orReplace: boolean
  readonly ifNotExists: boolean
  readonly temporary: boolean
  readonly definitions: readonly FunctionDefinition[]
}

export interface FunctionDefinition extends Node {
  readonly parameters: readonly FunctionParameter[]
  /** Null: what the body gives. */
  readonly returns: FunctionReturns | null
  /** Lower case. */
  readonly language: string
  readonly volatility: 'immutable' | 'stable' | 'volatile' | null
  /** NULL for any argument that is NULL, without a call. */
  readonly strict: boolean
  readonly body: FunctionBody
  /** All of it from the parameters on, as written. */
  readonly text: string
}

export interface FunctionParameter extends Node {
  readonly mode: 'in' | 'out' | 'inout' | 'variadic'
  readonly name: Identifier | null
  /** Null: any, in macros. */
  readonly type: TypeName | null
  readonly default: Expression | null
}

export type FunctionReturns =
  | { readonly kind: 'value' | 'set'; readonly type: TypeName }
  | { readonly kind: 'table'; readonly columns: readonly { readonly name: Identifier; readonly type: TypeName }[] }

/** `text` is in quotes: a statement of the function's language. */
export type FunctionBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'query'; readonly query: Query }

export interface DropFunctionStatement extends Node {
  readonly kind: 'drop-function'
  readonly macro: boolean
  readonly ifExists: boolean
  /** Parameters tell functions of one name apart; null where there is only one. */
  readonly functions: readonly {
    readonly name: QualifiedName
    readonly parameters: readonly FunctionParameter[] | null
  }[]
}

export interface RenameViewStatement extends Node {
  readonly kind: 'rename-view'
  readonly name: QualifiedName
  readonly to: Identifier
  readonly ifExists: boolean
}

/** `PREPARE name AS statement`: with `$1`, ... or `?`. */
export interface PrepareStatement extends Node {
  readonly kind: 'prepare'
  readonly name: Identifier
  readonly statement: Statement
}

export interface ExecutePreparedStatement extends Node {
  readonly kind: 'execute'
  readonly name: Identifier
  readonly arguments: readonly Expression[]
}

export interface DeallocateStatement extends Node {
  readonly kind: 'deallocate'
  /** Null: all. */
  readonly name: Identifier | null
}

export interface DeclareCursorStatement extends Node {
  readonly kind: 'declare-cursor'
  readonly name: Identifier
  /** It outlives the transaction. */
  readonly hold: boolean
  readonly query: Query
}

/** FETCH and MOVE, forwards. */
export interface FetchStatement extends Node {
  readonly kind: 'fetch'
  readonly cursor: Identifier
  /** Null: all rows that are left. */
  readonly count: number | null
  readonly moves: boolean
}

export interface CloseCursorStatement extends Node {
  readonly kind: 'close-cursor'
  /** Null: all. */
  readonly name: Identifier | null
}

/** COPY table or query TO a file, COPY table FROM a file. */
export interface CopyStatement extends Node {
  readonly kind: 'copy'
  readonly direction: 'to' | 'from'
  /** Null where `query` is given. */
  readonly table: QualifiedName | null
  readonly columns: readonly Identifier[] | null
  readonly query: Query | null
  /** Null: STDIN or STDOUT. */
  readonly path: string | null
  readonly options: readonly Option[]
}

export interface TruncateStatement extends Node {
  readonly kind: 'truncate'
  readonly names: readonly QualifiedName[]
}

export interface DescribeStatement extends Node {
  readonly kind: 'describe'
  readonly name: QualifiedName
  /** DESCRIBE HISTORY: the rows of `t$history`. */
  readonly history?: true
}

export interface TransactionStatement extends Node {
  readonly kind: 'transaction'
  readonly action: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollback-to'
  /** Of a savepoint. */
  readonly name?: Identifier
  /** BEGIN ...: `isolation level serializable`, `read only`, `not deferrable`. */
  readonly modes?: readonly string[]
}

/**
 * Parses, but nothing here can run it: refused with 0A000 when executed. `what` is its command tag (`UPDATE`, `MERGE`) or
 * the feature of a query (`TABLESAMPLE`), which then stands at `featureAt`.
 */
export interface UnsupportedStatement extends Node {
  readonly kind: 'unsupported'
  readonly what: string
  readonly featureAt?: TextRange
}

// ---- queries

export interface Query extends Node {
  readonly with: WithClause | null
  readonly body: QueryBody
  readonly orderBy: readonly OrderItem[]
  /** `ORDER BY ALL`. */
  readonly orderByAll: { readonly descending: boolean; readonly nulls: NullOrder | null } | null
  readonly limit: Expression | null
  /** The limit is a percentage of the rows, rounded down (LIMIT 10%) or up (FETCH FIRST 10 PERCENT). */
  readonly percent?: 'floor' | 'ceiling'
  readonly offset: Expression | null
  /** FETCH FIRST n ROWS WITH TIES. */
  readonly withTies: boolean
}

/** `WITH a AS (INSERT ... RETURNING ...), b AS (SELECT ...) statement`: members in order, at least one of them changes data. */
export interface WithChangesStatement extends Node {
  readonly kind: 'with-changes'
  readonly members: readonly WithMember[]
  /** Without a WITH of its own. */
  readonly statement: QueryStatement | DataChange
}

export type DataChange = InsertStatement | UpdateStatement | DeleteStatement | MergeStatement

export type WithMember = CommonTable | ChangeTable

/** `a AS (DELETE ... RETURNING ...)`; the parser hands refused statements on. */
export interface ChangeTable extends Node {
  readonly name: Identifier
  readonly columns: readonly Identifier[]
  readonly change: DataChange | UnsupportedStatement
}

export interface WithClause extends Node {
  readonly recursive: boolean
  readonly ctes: readonly CommonTable[]
}

export interface CommonTable extends Node {
  readonly name: Identifier
  readonly columns: readonly Identifier[]
  /** Null where it was not said. */
  readonly materialized: boolean | null
  readonly query: Query
  readonly search?: SearchClause
  readonly cycle?: CycleClause
}

/** `SEARCH DEPTH FIRST BY a, b SET ordering`. */
export interface SearchClause extends Node {
  readonly order: 'breadth' | 'depth'
  readonly by: readonly Identifier[]
  readonly column: Identifier
}

/** `CYCLE a, b SET is_cycle [TO x DEFAULT y] USING path`. */
export interface CycleClause extends Node {
  readonly by: readonly Identifier[]
  readonly mark: Identifier
  /** Null: true and false. */
  readonly values: { readonly to: Expression; readonly default: Expression } | null
  readonly path: Identifier
}

export type QueryBody = Select | SetOperation | ValuesList | TableQuery | ParenthesizedQuery

export interface SetOperation extends Node {
  readonly kind: 'set-operation'
  readonly operator: 'union' | 'intersect' | 'except'
  readonly all: boolean
  readonly byName: boolean
  readonly left: QueryBody
  readonly right: QueryBody
}

export interface ValuesList extends Node {
  readonly kind: 'values'
  readonly rows: readonly (readonly Expression[])[]
}

/** `TABLE t`. */
export interface TableQuery extends Node {
  readonly kind: 'table'
  readonly name: QualifiedName
}

export interface ParenthesizedQuery extends Node {
  readonly kind: 'subquery'
  readonly query: Query
}

export interface Select extends Node {
  readonly kind: 'select'
  readonly distinct: boolean
  /** DISTINCT ON (...). */
  readonly distinctOn: readonly Expression[] | null
  readonly items: readonly SelectItem[]
  /** Comma-separated items; each is a tree of joins. */
  readonly from: readonly TableReference[]
  readonly where: Expression | null
  /** `'all'` for GROUP BY ALL. */
  readonly groupBy: readonly GroupItem[] | 'all'
  /** GROUP BY DISTINCT: equal grouping sets count once. */
  readonly groupDistinct?: true
  readonly having: Expression | null
  readonly qualify: Expression | null
  readonly windows: readonly NamedWindow[]
  /** USING SAMPLE: of the rows of FROM. */
  readonly sample?: Sample
}

export type SelectItem = ExpressionItem | StarItem

export interface ExpressionItem extends Node {
  readonly kind: 'expression'
  readonly expression: Expression
  readonly alias: Identifier | null
}

export interface StarItem extends Node {
  readonly kind: 'star'
  readonly qualifier: QualifiedName | null
  readonly exclude: readonly QualifiedName[]
  readonly replace: readonly { readonly expression: Expression; readonly name: Identifier }[]
  readonly rename: readonly { readonly from: QualifiedName; readonly to: Identifier }[]
  /** `* [NOT] LIKE 'a%'`: columns whose names match. */
  readonly pattern?: { readonly operator: Like['operator']; readonly negated: boolean; readonly pattern: Expression }
}

export type GroupItem =
  | (Node & { readonly kind: 'expression'; readonly expression: Expression })
  | (Node & { readonly kind: 'rollup' | 'cube'; readonly items: readonly Expression[] })
  | (Node & { readonly kind: 'grouping-sets'; readonly sets: readonly GroupItem[] })
  | (Node & { readonly kind: 'empty' })

export interface OrderItem extends Node {
  readonly expression: Expression
  readonly descending: boolean
  /** Null: last when ascending, first when descending. */
  readonly nulls: NullOrder | null
}

export type NullOrder = 'first' | 'last'

// ---- FROM

export type TableReference = TableName | DerivedTable | TableFunction | Join | SampledTable | PivotTable | UnpivotTable

export interface TableAlias extends Node {
  readonly name: Identifier
  readonly columns: readonly Identifier[]
}

export interface TableName extends Node {
  readonly kind: 'table-name'
  readonly name: QualifiedName
  readonly alias: TableAlias | null
  readonly travel: TimeTravel | null
  /** The text between `/*+` and `*`/`, if there was one. */
  readonly hint: string | null
}

/** `FOR VERSION AS OF x` / `FOR TIMESTAMP AS OF x` and their other spellings. */
export interface TimeTravel extends Node {
  readonly kind: 'version' | 'timestamp'
  readonly value: Expression
}

export interface DerivedTable extends Node {
  readonly kind: 'derived-table'
  readonly lateral: boolean
  readonly query: Query
  readonly alias: TableAlias | null
}

export interface TableFunction extends Node {
  readonly kind: 'table-function'
  readonly lateral: boolean
  readonly call: FunctionCall
  /** ROWS FROM (f(x), g(y), ...): the calls beside the first. */
  readonly beside?: readonly FunctionCall[]
  readonly ordinality: boolean
  readonly alias: TableAlias | null
}

export interface SampledTable extends Node {
  readonly kind: 'sampled'
  readonly source: TableReference
  readonly sample: Sample
  /** Written behind TABLESAMPLE; hides the source's names. */
  readonly alias: TableAlias | null
}

/** `BERNOULLI (10) REPEATABLE (1)`, `10%`, `reservoir(50 ROWS)`. */
export interface Sample extends Node {
  readonly method: Identifier | null
  readonly size: Expression
  /** Null: as the method has it. */
  readonly unit: 'percent' | 'rows' | null
  readonly seed: Expression | null
}

/** `t PIVOT (sum(a) FOR b IN (1, 2 AS two))` and DuckDB's `PIVOT t ON b USING sum(a) GROUP BY c`. */
export interface PivotTable extends Node {
  readonly kind: 'pivot'
  readonly source: TableReference
  /** None: count(*). */
  readonly aggregates: readonly PivotItem[]
  readonly columns: readonly PivotColumn[]
  /** Null: every column that is named nowhere else. */
  readonly groupBy: readonly Expression[] | null
  readonly alias: TableAlias | null
}

export interface PivotItem extends Node {
  readonly expression: Expression
  readonly alias: Identifier | null
}

/** Values that become columns: a list, the rows of a query, or, where both are null, what the expression has for values. */
export interface PivotColumn extends Node {
  readonly expression: Expression
  readonly values: readonly PivotItem[] | null
  readonly query: Query | null
}

/** `t UNPIVOT (v FOR n IN (a, b))` and DuckDB's `UNPIVOT t ON a, b INTO NAME n VALUE v`. */
export interface UnpivotTable extends Node {
  readonly kind: 'unpivot'
  readonly source: TableReference
  readonly includeNulls: boolean
  readonly values: readonly Identifier[]
  readonly name: Identifier
  readonly columns: readonly UnpivotColumn[]
  readonly alias: TableAlias | null
}

/** `a`, `a AS x`, `(a, b) AS x`: one item for each value column; or one star or COLUMNS() for several columns. */
export interface UnpivotColumn extends Node {
  readonly items: readonly SelectItem[]
  readonly alias: Identifier | null
}

export interface Join extends Node {
  readonly kind: 'join'
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'cross' | 'semi' | 'anti' | 'positional'
  readonly asof: boolean
  readonly natural: boolean
  readonly left: TableReference
  readonly right: TableReference
  readonly on: Expression | null
  readonly using: readonly Identifier[] | null
  /** `USING (a) AS j`. */
  readonly usingAlias?: Identifier
}

// ---- expressions

export type Expression =
  | ColumnReference
  | NumberLiteral
  | StringLiteral
  | BytesLiteral
  | BooleanLiteral
  | NullLiteral
  | TypedLiteral
  | IntervalLiteral
  | Parameter
  | Unary
  | Binary
  | Logical
  | IsTest
  | IsDistinct
  | Between
  | InList
  | InQuery
  | Like
  | Quantified
  | Exists
  | ScalarQuery
  | Cast
  | Case
  | FunctionCall
  | Extract
  | RowConstructor
  | ArrayConstructor
  | ArrayQuery
  | StructConstructor
  | MapConstructor
  | Subscript
  | Slice
  | FieldAccess
  | Collate
  | Lambda
  | StarExpression
  | DefaultExpression

/** `a`, `t.a`, `s.t.a`, and struct paths that look the same: the binder tells them apart. */
export interface ColumnReference extends Node {
  readonly kind: 'column'
  readonly parts: readonly Identifier[]
}

/** The digits as written, without underscores: never a lossy number. */
export interface NumberLiteral extends Node {
  readonly kind: 'number'
  readonly text: string
}

export interface StringLiteral extends Node {
  readonly kind: 'string'
  readonly value: string
}

/** `X'0aff'`: lower-case hex digits. */
export interface BytesLiteral extends Node {
  readonly kind: 'bytes'
  readonly hex: string
}

export interface BooleanLiteral extends Node {
  readonly kind: 'boolean'
  readonly value: boolean
}

export interface NullLiteral extends Node {
  readonly kind: 'null'
}

/** `DATE '2024-01-01'`, `TIMESTAMP WITH TIME ZONE '...'`, `uuid '...'`. */
export interface TypedLiteral extends Node {
  readonly kind: 'typed'
  readonly type: TypeName
  readonly value: string
}

/** `INTERVAL '3' MONTH`, `INTERVAL '1 day 2 hours'`, `INTERVAL '1-2' YEAR TO MONTH`; units are lower-case singulars. */
export interface IntervalLiteral extends Node {
  readonly kind: 'interval'
  /** The text in quotes, or an expression in parentheses, or a number. */
  readonly value: string | Expression
  readonly from: string | null
  readonly to: string | null
}

/** `$1` (1-based), or `?` numbered in the order of the text, or `$name` / `:name`. */
export interface Parameter extends Node {
  readonly kind: 'parameter'
  readonly index: number | null
  readonly name: string | null
}

export interface Unary extends Node {
  readonly kind: 'unary'
  /** `-`, `+`, `~`, `@`, `not`, ... */
  readonly operator: string
  readonly operand: Expression
}

/** `a operator b`: `+ - * / % ^ || = <> < <= > >= -> ->> @> ~ at time zone` ...; `!=` is given as `<>`, `==` as `=`. */
export interface Binary extends Node {
  readonly kind: 'binary'
  readonly operator: string
  readonly left: Expression
  readonly right: Expression
  /** Where the operator stands, for error messages. */
  readonly operatorAt: TextRange
}

/** AND/OR chains, flattened; at least two operands. */
export interface Logical extends Node {
  readonly kind: 'and' | 'or'
  readonly operands: readonly Expression[]
}

export interface IsTest extends Node {
  readonly kind: 'is'
  readonly test: 'null' | 'true' | 'false' | 'unknown'
  readonly negated: boolean
  readonly operand: Expression
}

export interface IsDistinct extends Node {
  readonly kind: 'is-distinct'
  readonly negated: boolean
  readonly left: Expression
  readonly right: Expression
}

export interface Between extends Node {
  readonly kind: 'between'
  readonly negated: boolean
  readonly symmetric: boolean
  readonly operand: Expression
  readonly low: Expression
  readonly high: Expression
}

export interface InList extends Node {
  readonly kind: 'in-list'
  readonly negated: boolean
  readonly operand: Expression
  readonly values: readonly Expression[]
}

export interface InQuery extends Node {
  readonly kind: 'in-query'
  readonly negated: boolean
  readonly operand: Expression
  readonly query: Query
}

export interface Like extends Node {
  readonly kind: 'like'
  readonly operator: 'like' | 'ilike' | 'similar' | 'glob' | 'regexp'
  readonly negated: boolean
  readonly operand: Expression
  readonly pattern: Expression
  readonly escape: Expression | null
}

/** `a = ANY (query | array)`; SOME is given as any. Also `like`, `not ilike`, ...; `x IN array` is `= any`, NOT IN `<> all`. */
export interface Quantified extends Node {
  readonly kind: 'quantified'
  readonly operator: string
  readonly quantifier: 'any' | 'all'
  readonly operand: Expression
  readonly source: Query | Expression
  readonly sourceIsQuery: boolean
}

export interface Exists extends Node {
  readonly kind: 'exists'
  readonly query: Query
}

export interface ScalarQuery extends Node {
  readonly kind: 'scalar-query'
  readonly query: Query
}

export interface Cast extends Node {
  readonly kind: 'cast'
  readonly operand: Expression
  readonly type: TypeName
  /** TRY_CAST: NULL instead of an error. */
  readonly try: boolean
}

export interface Case extends Node {
  readonly kind: 'case'
  readonly operand: Expression | null
  readonly branches: readonly { readonly when: Expression; readonly then: Expression }[]
  readonly else: Expression | null
}

/**
 * Also COALESCE, GROUPING, CURRENT_DATE and the like, and with keywords between the arguments: SUBSTRING(x FROM a FOR b) is
 * `substring(x, a, b)`, POSITION(a IN b) `position(a, b)` and position(b, a) `strpos(b, a)`, OVERLAY(x PLACING y FROM a FOR b) `overlay(x, y, a, b)`,
 * TRIM([BOTH|LEADING|TRAILING] c FROM x) `btrim|ltrim|rtrim(x, c)`.
 */
export interface FunctionCall extends Node {
  readonly kind: 'function'
  readonly name: QualifiedName
  readonly arguments: readonly FunctionArgument[]
  readonly distinct: boolean
  /** `count(*)`. */
  readonly star: boolean
  readonly orderBy: readonly OrderItem[]
  readonly withinGroup: readonly OrderItem[]
  readonly filter: Expression | null
  readonly nullTreatment: 'ignore' | 'respect' | null
  readonly over: WindowSpec | Identifier | null
}

export interface FunctionArgument extends Node {
  /** `name => value`. */
  readonly name: string | null
  readonly value: Expression
  /** `*COLUMNS(...)`: an argument for each column. */
  readonly unpack?: true
  /** VARIADIC: an array of arguments. */
  readonly variadic?: true
}

export interface NamedWindow extends Node {
  readonly name: Identifier
  readonly spec: WindowSpec
}

export interface WindowSpec extends Node {
  readonly kind: 'window-spec'
  readonly base: Identifier | null
  readonly partitionBy: readonly Expression[]
  readonly orderBy: readonly OrderItem[]
  readonly frame: WindowFrame | null
}

export interface WindowFrame extends Node {
  readonly unit: 'rows' | 'range' | 'groups'
  readonly start: FrameBound
  readonly end: FrameBound | null
  readonly exclude: 'current-row' | 'group' | 'ties' | 'no-others' | null
}

export interface FrameBound extends Node {
  readonly kind: 'unbounded-preceding' | 'preceding' | 'current-row' | 'following' | 'unbounded-following'
  readonly offset: Expression | null
}

export interface Extract extends Node {
  readonly kind: 'extract'
  /** Lower case: year, month, day, hour, epoch, ... */
  readonly field: string
  readonly source: Expression
}

/** `ROW(a, b)` or `(a, b)`. */
export interface RowConstructor extends Node {
  readonly kind: 'row'
  readonly values: readonly Expression[]
}

/** `ARRAY[a, b]` or `[a, b]`. */
export interface ArrayConstructor extends Node {
  readonly kind: 'array'
  readonly elements: readonly Expression[]
}

export interface ArrayQuery extends Node {
  readonly kind: 'array-query'
  readonly query: Query
}

/** `{'a': 1}`. */
export interface StructConstructor extends Node {
  readonly kind: 'struct'
  readonly fields: readonly { readonly name: string; readonly value: Expression }[]
}

/** `MAP {'a': 1}`. */
export interface MapConstructor extends Node {
  readonly kind: 'map'
  readonly entries: readonly { readonly key: Expression; readonly value: Expression }[]
}

export interface Subscript extends Node {
  readonly kind: 'subscript'
  readonly operand: Expression
  readonly index: Expression
  readonly continues?: true
}

export interface Slice extends Node {
  readonly kind: 'slice'
  readonly operand: Expression
  readonly low: Expression | null
  readonly high: Expression | null
  /** The operand's own brackets stand right before these, and one of them all is a slice: `x[1:2][3]`, but not `(x[1:2])[3]`. */
  readonly continues?: true
}

/** `(expr).field`. */
export interface FieldAccess extends Node {
  readonly kind: 'field'
  readonly operand: Expression
  readonly field: Identifier
}

export interface Collate extends Node {
  readonly kind: 'collate'
  readonly operand: Expression
  readonly collation: QualifiedName
}

export interface Lambda extends Node {
  readonly kind: 'lambda'
  readonly parameters: readonly Identifier[]
  readonly body: Expression
}

/** `*` or `t.*` where an expression may stand (`count(t.*)`, `(s).*`). */
export interface StarExpression extends Node {
  readonly kind: 'star'
  readonly operand: Expression | null
  /** `COLUMNS(* EXCLUDE (a))`. */
  readonly item?: StarItem
}

/** DEFAULT in VALUES of an INSERT. */
export interface DefaultExpression extends Node {
  readonly kind: 'default'
}

// ---- types

/** A type as written: `decimal(15, 2)`, `timestamp(6) with time zone`, `integer[]`, `struct<a: int>`. */
export interface TypeName extends Node {
  /** Lower case, `double precision` and `timestamp with time zone` as those words. */
  readonly name: string
  readonly modifiers: readonly number[]
  /** list and map arguments, element of an array type. */
  readonly arguments: readonly TypeName[]
  readonly fields: readonly { readonly name: Identifier; readonly type: TypeName }[]
  /** `integer[][]` is a TypeName named `array` around `array` around `integer`. */
  readonly interval: { readonly from: string | null; readonly to: string | null } | null
}
