/** Arguments of table functions: constants, by name or by place, each taken once and checked. */
import { SqlError, type TextRange } from '../../core/errors.ts'
import { type DataType, typeName } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import type { TableFunctionArgument } from '../../plan/bind/context.ts'
import { resolveTypeName } from '../../plan/bind/type-name.ts'
import { parse } from '../../sql/parse.ts'

export class FunctionArguments {
  readonly #function: string
  readonly #at: TextRange
  readonly #named = new Map<string, TableFunctionArgument['value']>()
  readonly #placed: TableFunctionArgument['value'][] = []

  /** 42601 for a name that is given twice. */
  constructor(name: string, args: readonly TableFunctionArgument[], at: TextRange) {
    this.#function = name
    this.#at = at
    for (const { name: argument, value } of args) {
      if (argument === null) this.#placed.push(value)
      else if (this.#named.has(argument)) throw this.#error(`argument "${argument}" is given twice`)
      else this.#named.set(argument, value)
    }
  }

  /** The first argument: a text or a list of texts. */
  paths(): readonly string[] {
    const argument = this.#placed.shift()
    const value = argument?.value
    if (typeof value === 'string') return [value]
    const paths = argument === undefined ? undefined : textsOf(value)
    if (paths === undefined || paths.length === 0) throw this.#error('a path, or a list of paths, is needed')
    return paths
  }

  text(...names: readonly string[]): string | undefined {
    return this.#take(names, 'a text', (value) => (typeof value === 'string' ? value : undefined))
  }

  /** A character of ASCII, or the empty text. */
  character(...names: readonly string[]): string | undefined {
    const text = this.text(...names)
    if (text === undefined || text === '' || (text.length === 1 && text.charCodeAt(0) < 128)) return text
    throw this.#refusal(`"${names[0]}" of more than one character of ASCII`)
  }

  boolean(...names: readonly string[]): boolean | undefined {
    return this.#take(names, 'a boolean', (value, type) => {
      if (type.kind === 'boolean') return value === true || value === 1
      const text = typeof value === 'string' ? value.toLowerCase() : String(value)
      return ['true', '1'].includes(text) ? true : ['false', '0'].includes(text) ? false : undefined
    })
  }

  integer(name: string, least: number): number | undefined {
    return this.#take([name], `an integer from ${least} on`, (value) => {
      const number = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : Number.NaN
      return Number.isSafeInteger(number) && number >= least ? number : undefined
    })
  }

  /** A text, or a list of texts. */
  texts(...names: readonly string[]): readonly string[] | undefined {
    return this.#take(names, 'a list of texts', (value) => (typeof value === 'string' ? [value] : textsOf(value)))
  }

  /** A struct of texts that are types, or a list of them. Errors as those of CAST. */
  types(...names: readonly string[]): ReadonlyMap<string, DataType> | readonly DataType[] | undefined {
    return this.#take(names, 'a struct of types, as {name: ‘integer’}', (value, type) => {
      if (type.kind === 'struct' && Array.isArray(value)) {
        return new Map(type.fields.map(({ name }, i) => [name, this.#type(value[i] as LiteralValue)]))
      }
      if (type.kind === 'map' && Array.isArray(value)) {
        return new Map((value as [string, string][]).map(([name, text]) => [name, this.#type(text)]))
      }
      return type.kind === 'list' ? textsOf(value)?.map((text) => this.#type(text)) : undefined
    })
  }

  /** The fields of a struct, by name. */
  struct(name: string): ReadonlyMap<string, { readonly value: LiteralValue; readonly type: DataType }> | undefined {
    return this.#take([name], 'a struct', (value, type) => {
      if (type.kind !== 'struct' || !Array.isArray(value)) return undefined
      const parts = value as readonly LiteralValue[]
      return new Map(type.fields.map((field, i) => [field.name, { value: parts[i] ?? null, type: field.type }]))
    })
  }

  /** The value as it is: for arguments of several types. */
  value(name: string): LiteralValue | undefined {
    return this.#take([name], 'a value', (value) => value)
  }

  has(name: string): boolean {
    return this.#named.has(name)
  }

  /** 0A000 for options that other systems know and we don't. */
  refuse(...names: readonly string[]): void {
    for (const name of names) if (this.#named.has(name)) throw this.#refusal(`option "${name}"`)
  }

  /** 42883 when an argument is left that nobody took. */
  finish(): void {
    const [name] = this.#named.keys()
    if (name !== undefined)
      throw new SqlError('42883', `function ${this.#function} has no option "${name}"`, { at: this.#at })
    if (this.#placed.length > 0) throw this.#error('too many arguments')
  }

  #take<T>(
    names: readonly string[],
    what: string,
    read: (value: LiteralValue, type: DataType) => T | undefined,
  ): T | undefined {
    let found: T | undefined
    for (const name of names) {
      const argument = this.#named.get(name)
      if (argument === undefined) continue
      if (found !== undefined) throw this.#error(`"${name}" and "${names[0]}" are the same option`)
      this.#named.delete(name)
      found = argument.value === null ? undefined : read(argument.value, argument.type)
      if (found === undefined) throw this.#error(`"${name}" must be ${what}, not type ${typeName(argument.type)}`)
    }
    return found
  }

  #type(text: LiteralValue): DataType {
    if (typeof text !== 'string') throw this.#error('types are given as texts')
    const [statement] = parse(`SELECT CAST(NULL AS ${text})`)
    const body = statement?.kind === 'query' ? statement.query.body : undefined
    const items = body?.kind === 'select' ? body.items : []
    const [item] = items
    const cast = item?.kind === 'expression' && items.length === 1 ? item.expression : undefined
    if (cast?.kind !== 'cast') throw this.#error(`"${text}" is no type`)
    return resolveTypeName(cast.type)
  }

  #error(what: string): SqlError {
    return new SqlError('42601', `${this.#function}: ${what}`, { at: this.#at })
  }

  #refusal(what: string): SqlError {
    return new SqlError('0A000', `${this.#function}: ${what} is not supported`, { at: this.#at })
  }
}

function textsOf(value: LiteralValue | undefined): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const texts = (value as readonly LiteralValue[]).filter((item) => typeof item === 'string')
  return texts.length === value.length ? texts : undefined
}
