/** ALTER TABLE and COMMENT ON: one change of a table's metadata, and what must hold of the rows that are there. */
import { plainQuery, plainSelect } from '../../sql/make-query.ts'
import { InternalError, SqlError, unsupported } from '../../core/errors.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { bindQuery } from '../../plan/bind/bind.ts'
import { resolveTypeName } from '../../plan/bind/type-name.ts'
import type {
  AlterAction,
  AlterTableStatement,
  AssignedColumn,
  Expression,
  Identifier,
  KeyConstraint,
  Select,
} from '../../sql/ast.ts'
import { declaredFields, isKeptAsText } from '../../plan/bind/declared-types.ts'
import type { TableAlteration } from '../../table/alteration.ts'
import type { Table } from '../../table/table.ts'
import { type ResolvedName, locateTable } from '../names.ts'
import { bringsSequence } from '../sequences/brings-sequence.ts'
import { inTransaction } from '../own-transaction.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { typeName } from '../../core/types.ts'
import { addFilledColumns, fillsColumn } from './add-filled-column.ts'
import { fieldOf, keptField, partitionField, typeRules } from './create-table.ts'
import { bindContext } from './plan.ts'
import { parseExpression } from '../../sql/parse-expression.ts'
import { RuleBinder, checkUnused } from './rule-binder.ts'
import { runBound } from './run-bound.ts'

export async function runAlterTable(
  session: Session,
  statement: AlterTableStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const tag = statement.actions[0]!.kind.startsWith('comment') ? 'COMMENT' : 'ALTER TABLE'
  const found = await find(session, statement)
  const [action, ...others] = statement.actions
  if (found !== undefined && others.length === 0 && (action?.kind === 'rename' || action?.kind === 'set-schema')) {
    const { renameRelation } = await import('./rename.ts')
    const name = { to: action.to, isSchema: action.kind === 'set-schema' }
    await inTransaction(session, async () => {
      const again = await find(session, statement)
      return renameRelation(again!.place, name, statement.name.at)
    })
    return commandResult(tag, () => session.engine.memory)
  }
  if (found !== undefined) await alterFound(session, statement, found, options)
  return commandResult(tag, () => session.engine.memory)
}

async function alterFound(
  session: Session,
  statement: AlterTableStatement,
  found: Found,
  options: ExecuteOptions,
): Promise<void> {
  const { place } = found
  const alter = new Alteration(session, found, options)
  // Within a transaction its catalog begins no other.
  const isAtomic = place.catalog.transaction !== undefined || session.transaction !== null
  // A column that is there keeps its values.
  const actions = statement.actions.filter((action) => !alter.isThere(action))
  if (actions.some(concernsSequence)) {
    const { alterWithSequences } = await import('./alter-identity.ts')
    const again = async (one: AlterTableStatement): Promise<unknown> => runAlterTable(session, one, options)
    return alterWithSequences(session, { ...statement, actions }, again)
  }
  if (isAtomic && actions.some(fillsColumn) && (await alter.hasRows())) {
    return addFilledColumns(
      session,
      { ...statement, actions },
      async (one) => runAlterTable(session, one, options),
      options,
    )
  }
  const changes: TableAlteration[] = []
  for (const action of statement.actions) changes.push(...(await alter.changesOf(action)))
  await place.catalog.alterTable!(place.schema, place.table, changes)
  if (changes.some(({ kind }) => kind === 'drop-column' || kind === 'rename-column')) {
    await (await import('../sequences/owned-sequences.ts')).followColumns(place, changes)
  }
}

/** Whether the action makes or changes a sequence that a column has. */
function concernsSequence(action: AlterAction): boolean {
  if (action.kind === 'add-column') return bringsSequence(action.definition)
  return action.kind === 'add-identity' || action.kind === 'drop-identity' || action.kind === 'set-identity'
}

interface Found {
  readonly table: Table
  readonly place: ResolvedName & { readonly catalog: Catalog }
}

async function find(session: Session, { name, ifExists }: AlterTableStatement): Promise<Found | undefined> {
  try {
    const { table, place } = await locateTable(session.names, name.parts, null, name.at)
    if (place?.catalog.alterTable === undefined || table.begin === undefined) {
      throw new SqlError('0A000', `cannot alter "${table.name}": ${table.format} tables are read-only here`, {
        at: name.at,
      })
    }
    return { table, place }
  } catch (error) {
    if (ifExists && error instanceof SqlError && error.sqlstate === '42P01') return undefined
    throw error
  }
}

class Alteration {
  readonly #session: Session
  readonly #table: Table
  readonly #options: ExecuteOptions

  constructor(session: Session, { table }: Found, options: ExecuteOptions) {
    this.#session = session
    this.#table = table
    this.#options = options
  }

  /** Whether it is ADD COLUMN IF NOT EXISTS of a column that exists. */
  isThere(action: AlterAction): boolean {
    if (action.kind !== 'add-column' || !action.ifNotExists) return false
    const [name, ...fields] = this.#pathOf(action.column)
    return fields.length === 0 && this.#has(name!)
  }

  async changesOf(action: AlterAction): Promise<readonly TableAlteration[]> {
    switch (action.kind) {
      case 'add-column':
        return this.#addColumn(action)
      case 'drop-column': {
        const path = this.#pathOf(action.column)
        if (action.ifExists && path.length === 1 && !this.#has(path[0]!)) return []
        this.#checkUnused(path)
        this.#checkInNoKey(path)
        const [column] = path as [string]
        const own = path.length === 1 ? this.#table.rules : undefined
        const changes: TableAlteration[] = [{ kind: 'drop-column', path }]
        if (own?.defaults.has(column) === true) changes.unshift({ kind: 'set-default', column, expression: null })
        if (own?.types?.has(column) === true) changes.unshift({ kind: 'declare-type', column, type: null })
        return changes
      }
      case 'rename-column': {
        const path = this.#pathOf(action.column)
        this.#checkUnused(path)
        return [{ kind: 'rename-column', path, to: action.to.name }]
      }
      case 'move-column':
        return [
          {
            kind: 'move-column',
            path: this.#pathOf(action.column),
            place: { after: action.position.after?.name ?? null },
          },
        ]
      case 'set-type':
        return [this.#setType(action)]
      case 'set-not-null':
        return this.#setNotNull(this.#pathOf(action.column))
      case 'drop-not-null':
        return [{ kind: 'set-nullable', path: this.#pathOf(action.column), nullable: true }]
      case 'comment-column':
        return [{ kind: 'comment-column', path: this.#pathOf(action.column), comment: action.comment }]
      case 'set-default': {
        const [column, ...fields] = this.#pathOf(action.column)
        if (fields.length > 0) throw unsupported('a default of a field of a column', { at: action.at })
        if (action.value === null) return [{ kind: 'set-default', column: column!, expression: null }]
        return [await this.#rules().setDefault(column!, action.value)]
      }
      case 'add-identity':
      case 'drop-identity':
      case 'set-identity':
        throw new InternalError('an action on a sequence among the others')
      default:
        return this.#tableChanges(action)
    }
  }

  async #tableChanges(action: Exclude<AlterAction, { column: AssignedColumn }>): Promise<readonly TableAlteration[]> {
    switch (action.kind) {
      case 'comment':
        return action.comment === null
          ? [{ kind: 'unset-properties', names: ['comment'] }]
          : [{ kind: 'set-properties', properties: new Map([['comment', action.comment]]) }]
      case 'add-check': {
        const check = this.#rules().check(action.name?.name ?? null, action.check)
        await this.#assertNoRow(notTrue(action.check.expression), () => {
          const message = `check constraint "${check.name}" of relation "${this.#table.name}" is violated by some row`
          return new SqlError('23514', message, { at: action.at })
        })
        return [{ kind: 'same-rows' }, check]
      }
      case 'add-key':
        return this.#addKey(action.key)
      case 'drop-check': {
        const { name, ifExists } = action
        if (this.#table.rules?.keys.some((key) => key.name === name.name) === true)
          return [{ kind: 'drop-key', name: name.name }]
        if (this.#table.rules?.checks.some((check) => check.name === name.name) === true)
          return [{ kind: 'drop-check', name: name.name }]
        if (ifExists) return []
        const message = `constraint "${name.name}" of relation "${this.#table.name}" does not exist`
        throw new SqlError('42704', message, { at: name.at })
      }
      case 'rename':
      case 'set-schema':
        throw new SqlError('42601', 'a table is given another name by a statement of its own', { at: action.at })
      case 'set-properties': {
        const properties = action.properties.map(({ name, value }) => [name, String(value)] as const)
        return [{ kind: 'set-properties', properties: new Map(properties) }]
      }
      case 'unset-properties':
        return [{ kind: 'unset-properties', names: action.names }]
      case 'add-partition': {
        const field = partitionField(action.transform, this.#names())
        return [{ kind: 'add-partition', field, ...(action.name === null ? {} : { name: action.name.name }) }]
      }
      case 'drop-partition':
        return [{ kind: 'drop-partition', field: this.#partition(action.transform) }]
      case 'replace-partition': {
        const field = partitionField(action.transform, this.#names())
        return [
          { kind: 'drop-partition', field: this.#partition(action.from) },
          { kind: 'add-partition', field, ...(action.name === null ? {} : { name: action.name.name }) },
        ]
      }
      case 'sort-order': {
        const order = action.order.map(({ expression, descending, nulls }) => ({
          ...partitionField(expression, this.#names()),
          descending,
          nullsFirst: nulls === null ? !descending : nulls === 'first',
        }))
        return [{ kind: 'sort-order', order }]
      }
    }
  }

  async #addKey(key: KeyConstraint): Promise<readonly TableAlteration[]> {
    if (key.isPrimary && this.#table.rules?.keys.some(({ isPrimary }) => isPrimary) === true) {
      const message = `multiple primary keys for table "${this.#table.name}" are not allowed`
      throw new SqlError('42P16', message, { at: key.at })
    }
    const added = this.#rules().key(key)
    const required: TableAlteration[] = []
    if (key.isPrimary) for (const column of added.columns) required.push(...(await this.#setNotNull([column])))
    if (!key.enforced) return required
    const { checkKey } = await import('./unique-keys.ts')
    await checkKey(this.#session, this.#table, added, this.#options)
    return [{ kind: 'same-rows' }, ...required, added]
  }

  async #addColumn(action: AlterAction & { kind: 'add-column' }): Promise<readonly TableAlteration[]> {
    const { column, definition, position, ifNotExists } = action
    const path = this.#pathOf(column)
    if (ifNotExists && path.length === 1 && this.#has(path[0]!)) return []
    const field = fieldOf(definition)
    if (definition.keys !== undefined) {
      throw unsupported('a key in ADD COLUMN', { at: action.at, hint: 'Add the column, then the constraint.' })
    }
    const place = position === null ? {} : { place: { after: position.after?.name ?? null } }
    const kept = path.length === 1 ? keptField(field) : field
    const changes: TableAlteration[] = [{ kind: 'add-column', path, field: kept, ...place }, ...typeRules([field])]
    const hasDefault = definition.default !== null && definition.default.kind !== 'null'
    if (definition.check !== undefined || hasDefault || !field.nullable) {
      if (path.length > 1) throw unsupported('constraints and defaults of a field of a column', { at: action.at })
      await this.#assertEmpty(action, field.name, field.nullable)
      changes.unshift({ kind: 'same-rows' })
    }
    const rules = new RuleBinder(
      this.#table.name,
      [...declaredFields(this.#table), field],
      this.#context(),
      this.#session.names,
    )
    rules.take(constraintNames(this.#table))
    if (definition.default !== null) changes.push(await rules.default(definition))
    if (definition.check !== undefined) changes.push(rules.check(null, definition.check))
    return changes
  }

  /** Rows that are there would need the default: files say nothing of a column that is new. */
  async #assertEmpty({ at }: AlterAction, column: string, isNullable: boolean): Promise<void> {
    await this.#assertNoRow(null, () =>
      isNullable
        ? unsupported('ADD COLUMN with a default or a constraint on a table that has rows', {
            at,
            hint: 'Add the column, set its default, UPDATE the rows, and add the constraint then.',
          })
        : new SqlError('23502', `column "${column}" of relation "${this.#table.name}" contains null values`, { at }),
    )
  }

  async #setNotNull(path: readonly string[]): Promise<readonly TableAlteration[]> {
    const column = path.join('.')
    const at = NOWHERE
    const parts = path.map((name): Identifier => ({ name, quoted: true, at }))
    const operand: Expression = { kind: 'column', parts, at }
    await this.#assertNoRow({ kind: 'is', test: 'null', negated: false, operand, at }, () => {
      return new SqlError('23502', `column "${column}" of relation "${this.#table.name}" contains null values`)
    })
    return [{ kind: 'same-rows' }, { kind: 'set-nullable', path, nullable: false }]
  }

  /** Throws when some row satisfies the condition (null: when there is any). */
  async #assertNoRow(where: Expression | null, error: () => SqlError): Promise<void> {
    if (await this.hasRows(where)) throw error()
  }

  /** Whether some row satisfies the condition (null: whether there is any). */
  async hasRows(where: Expression | null = null): Promise<boolean> {
    const context = { ...this.#context(), resolveTable: async () => this.#table }
    const query = await bindQuery(anyRow(this.#table.name, where), context)
    const result = await runBound(this.#session, query, this.#options)
    for await (const rows of result.chunks()) if (rows.length > 0) return true
    return false
  }

  #setType({ column, type: name, at }: AlterAction & { kind: 'set-type' }): TableAlteration {
    const path = this.#pathOf(column)
    const type = resolveTypeName(name)
    if (isKeptAsText(type) || (path.length === 1 && this.#table.rules?.types?.has(path[0]!) === true)) {
      throw unsupported(`changing column "${path.join('.')}" to type ${typeName(type)}`, { at })
    }
    return { kind: 'set-type', path, type }
  }

  #rules(): RuleBinder {
    const rules = new RuleBinder(this.#table.name, declaredFields(this.#table), this.#context(), this.#session.names)
    rules.take(constraintNames(this.#table))
    return rules
  }

  #context() {
    return bindContext(this.#session, this.#options)
  }

  #checkUnused(path: readonly string[]): void {
    checkUnused(path[0]!, this.#table.rules?.checks ?? [], parseExpression)
  }

  #checkInNoKey([column, ...fields]: readonly string[]): void {
    if (fields.length > 0) return
    const key = this.#table.rules?.keys.find(({ columns }) => columns.includes(column!))
    if (key === undefined) return
    throw new SqlError('2BP01', `cannot drop column "${column!}" because constraint "${key.name}" needs it`, {
      hint: `Use ALTER TABLE ... DROP CONSTRAINT ${key.name} first.`,
    })
  }

  #names(): ReadonlySet<string> {
    return new Set(this.#table.schema.fields.map(({ name }) => name))
  }

  #has(name: string): boolean {
    return this.#names().has(name)
  }

  /** A transform, or the name of a partition field that is no column. */
  #partition(transform: Expression) {
    const name = transform.kind === 'column' && transform.parts.length === 1 ? transform.parts[0]!.name : undefined
    if (name !== undefined && !this.#has(name)) return name
    return partitionField(transform, this.#names())
  }

  /** Names as the table spells them: unquoted ones match without case. */
  #pathOf({ parts }: AssignedColumn): readonly string[] {
    const [first, ...rest] = parts
    const fields = this.#table.schema.fields
    const exact = fields.find(({ name }) => name === first!.name)
    const loose = first!.quoted ? [] : fields.filter(({ name }) => name.toLowerCase() === first!.name)
    const own = exact ?? (loose.length === 1 ? loose[0] : undefined)
    return [own?.name ?? first!.name, ...rest.map(({ name }) => name)]
  }
}

function constraintNames({ rules }: Table): readonly string[] {
  return [...(rules?.checks ?? []), ...(rules?.keys ?? [])].map(({ name }) => name)
}

const NOWHERE = { start: 0, end: 0 }

/** A row for which the condition is false: NULL passes a constraint. */
function notTrue(condition: Expression): Expression {
  return { kind: 'is', test: 'false', negated: false, operand: condition, at: condition.at }
}

/** `SELECT 1 FROM table WHERE ... LIMIT 1`. */
function anyRow(table: string, where: Expression | null): Parameters<typeof bindQuery>[0] {
  const at = NOWHERE
  const one: Expression = { kind: 'number', text: '1', at }
  const name = { parts: [{ name: table, quoted: true, at }], at }
  const items: Select['items'] = [{ kind: 'expression', expression: one, alias: null, at }]
  const from: Select['from'] = [{ kind: 'table-name', name, alias: null, travel: null, hint: null, at }]
  return plainQuery(plainSelect({ items, from, where }, at), at, { limit: one })
}
