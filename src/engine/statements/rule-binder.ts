/** Checks defaults and constraints against a table's columns before they are kept as text. */
import { SqlError, unsupported } from '../../core/errors.ts'
import type { Field } from '../../core/types.ts'
import { bindColumnDefault, bindTableCheck } from '../../plan/bind/bind-rules.ts'
import type { BindContext } from '../../plan/bind/context.ts'
import { type SyntaxNode, childNodes } from '../../plan/bind/walk-syntax.ts'
import type { ColumnDefinition, ColumnReference, ExpressionText, Identifier, KeyConstraint } from '../../sql/ast.ts'
import type { NameSpace } from '../names.ts'
import type { TableAlteration } from '../../table/alteration.ts'

const NAMES_SEQUENCE = /nextval|currval|setval/i

export class RuleBinder {
  readonly #table: string
  readonly #fields: readonly Field[]
  readonly #context: BindContext
  readonly #names: NameSpace
  readonly #taken = new Set<string>()

  constructor(table: string, fields: readonly Field[], context: BindContext, names: NameSpace) {
    this.#names = names
    this.#table = table
    this.#fields = fields
    this.#context = context
  }

  default({ name, default: expression, defaultText: text }: ColumnDefinition): Promise<TableAlteration> {
    return this.setDefault(name.name, { expression: expression!, text: text! })
  }

  async setDefault(column: string, { expression, text }: ExpressionText): Promise<TableAlteration> {
    const field = this.#fields.find(({ name }) => name === column)
    if (field === undefined) {
      throw new SqlError('42703', `column "${column}" of relation "${this.#table}" does not exist`)
    }
    await bindColumnDefault(expression, field, this.#context)
    if (!NAMES_SEQUENCE.test(text)) return { kind: 'set-default', column, expression: text }
    const { withWholeNames } = await import('../sequences/default-text.ts')
    return { kind: 'set-default', column, expression: (await withWholeNames(this.#names, expression)) ?? text }
  }

  /** PostgreSQL's names for constraints that are given none. */
  check(given: string | null, { expression, text }: ExpressionText): TableAlteration & { kind: 'add-check' } {
    bindTableCheck(expression, this.#table, this.#fields, this.#context)
    const columns = new Set(columnsOf(expression))
    const base = columns.size === 1 ? `${this.#table}_${[...columns][0]!}_check` : `${this.#table}_check`
    let name = given ?? base
    for (let n = 1; this.#taken.has(name); n++) {
      if (given !== null) throw new SqlError('42710', `check constraint "${given}" already exists`)
      name = `${base}${n}`
    }
    this.#taken.add(name)
    return { kind: 'add-check', name, expression: text }
  }

  /** PRIMARY KEY or UNIQUE over columns that can be compared. */
  key({ name: given, isPrimary, columns, at }: KeyConstraint): TableAlteration & { kind: 'add-key' } {
    const names = columns.map((column) => this.#keyColumn(column))
    const twice = names.find((name, i) => names.indexOf(name) !== i)
    if (twice !== undefined) {
      const what = isPrimary ? 'primary key' : 'unique'
      throw new SqlError('42701', `column "${twice}" appears twice in ${what} constraint`, { at })
    }
    const base = isPrimary ? `${this.#table}_pkey` : `${[this.#table, ...names].join('_')}_key`
    let name = given?.name ?? base
    for (let n = 1; this.#taken.has(name); n++) {
      if (given !== null) throw new SqlError('42P07', `relation "${given.name}" already exists`, { at })
      name = `${base}${n}`
    }
    this.#taken.add(name)
    return { kind: 'add-key', name, isPrimary, columns: names }
  }

  #keyColumn({ name, quoted, at }: Identifier): string {
    const exact = this.#fields.find((field) => field.name === name)
    const field = exact ?? (quoted ? undefined : this.#fields.find((other) => other.name.toLowerCase() === name))
    if (field === undefined) throw new SqlError('42703', `column "${name}" named in key does not exist`, { at })
    return field.name
  }

  /** Names that are no longer free. */
  take(names: Iterable<string>): void {
    for (const name of names) this.#taken.add(name)
  }
}

/** Names of columns in an expression, as written. */
export function columnsOf(node: SyntaxNode): readonly string[] {
  const own = node.kind === 'column' ? [(node as ColumnReference).parts[0]!.name] : []
  return [...own, ...childNodes(node).flatMap(columnsOf)]
}

/** 0A000 when a constraint names the column: its text would mean another, or none. */
export function checkUnused(
  column: string,
  checks: readonly { readonly name: string; readonly expression: string }[],
  parse: (text: string) => SyntaxNode,
): void {
  const user = checks.find(({ expression }) => columnsOf(parse(expression)).includes(column))
  if (user === undefined) return
  throw unsupported(`changing column "${column}", which constraint "${user.name}" names,`, {
    hint: 'Drop the constraint, change the column, and add the constraint again.',
  })
}
