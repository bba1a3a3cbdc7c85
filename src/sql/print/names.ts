/** Names, texts and types as SQL. */
import type { Identifier, QualifiedName, TableAlias, TypeName } from '../ast.ts'

export function printName({ name, quoted }: Identifier): string {
  return quoted ? `"${name.replaceAll('"', '""')}"` : name
}

export function printNames(names: readonly Identifier[]): string {
  return names.map(printName).join(', ')
}

export function printQualifiedName({ parts, path }: QualifiedName): string {
  return path === true ? printText(parts[0]!.name) : parts.map(printName).join('.')
}

export function printText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

export function printAlias(alias: TableAlias | null): string {
  if (alias === null) return ''
  const columns = alias.columns.length === 0 ? '' : `(${printNames(alias.columns)})`
  return ` AS ${printName(alias.name)}${columns}`
}

/** Types whose digits stand within the name: `timestamp(3) with time zone`. */
const SPLIT_NAME = /^(time|timestamp) (with .*)$/

export function printType(type: TypeName): string {
  const { name, modifiers, fields, interval } = type
  const digits = modifiers.length === 0 ? '' : `(${modifiers.join(', ')})`
  if (name === 'array' && type.arguments.length === 1) return `array<${printType(type.arguments[0]!)}>`
  if (type.arguments.length > 0) return `${name}<${type.arguments.map(printType).join(', ')}>`
  if (name === 'struct')
    return `struct<${fields.map((field) => `${printName(field.name)} ${printType(field.type)}`).join(', ')}>`
  if (name === 'interval' && interval !== null) {
    return `interval ${interval.from ?? ''}${interval.to === null ? '' : ` to ${interval.to}`}`
  }
  const split = SPLIT_NAME.exec(name)
  if (split !== null) return `${split[1]!}${digits} ${split[2]!}`
  return `${typeWord(name)}${digits}`
}

/** Type names of several words, which are no names otherwise. */
const SEVERAL_WORDS: ReadonlySet<string> = new Set(['double precision', 'character varying', 'bit varying'])

function typeWord(name: string): string {
  if (SEVERAL_WORDS.has(name)) return name
  // The word is another type without quotes.
  if (name === 'char') return '"char"'
  return name
    .split('.')
    .map((part) => (/^[a-z_][a-z0-9_$]*$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`))
    .join('.')
}
