/** Texts as SQL writes them, and texts made from patterns: quote_ident quote_literal format parse_ident unistr. */
import { SqlError } from '../../core/errors.ts'
import { type DataType, INTEGER, VARCHAR, isInteger } from '../../core/types.ts'
import { canAssign, canCoerce } from '../coerce.ts'
import type { LiteralValue } from '../expr.ts'
import { define } from './define.ts'
import type { ScalarFunction, Signature } from './function.ts'
import { isReservedWord } from '../values/reserved-words.ts'

const TEXTS: DataType = { kind: 'list', element: { name: 'element', type: VARCHAR, nullable: true } }

export function quoteIdentifier(name: string): string {
  if (/^[a-z_][a-z0-9_$]*$/.test(name) && !isReservedWord(name)) return name
  return `"${name.replaceAll('"', '""')}"`
}

function quoteLiteral(value: string): string {
  const quoted = `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
  return value.includes('\\') ? `E${quoted}` : quoted
}

/** Any value, as its text. */
function asText(args: readonly DataType[]): Signature | null {
  const [type, ...rest] = args
  return type !== undefined && rest.length === 0 && canAssign(type, VARCHAR)
    ? { args: [VARCHAR], result: VARCHAR }
    : null
}

/** format(pattern, ...): widths given as arguments stay integers, all else is text. */
function resolveFormat(args: readonly DataType[]): Signature | null {
  const [pattern, ...values] = args
  if (pattern === undefined || !canCoerce(pattern, VARCHAR)) return null
  if (!values.every((type) => canAssign(type, VARCHAR))) return null
  return { args: [VARCHAR, ...values.map((type) => (isInteger(type) ? INTEGER : VARCHAR))], result: VARCHAR }
}

const SPECIFIER = /%(?:%|(?:(\d+)\$)?(-)?(?:\*(?:(\d+)\$)?|(\d+))?([\s\S])?)/g

function format([pattern, ...values]: readonly LiteralValue[]): string {
  let next = 0
  const take = (place: string | undefined): LiteralValue => {
    if (place !== undefined) {
      if (Number(place) === 0)
        throw new SqlError('22023', 'format specifies argument 0, but arguments are numbered from 1')
      next = Number(place) - 1
    }
    if (next >= values.length) throw new SqlError('22023', 'too few arguments for format()')
    return values[next++]!
  }
  return (pattern as string).replace(SPECIFIER, (whole, place, minus, widthPlace, digits, kind): string => {
    if (whole === '%%') return '%'
    if (kind === undefined) throw new SqlError('22023', 'unterminated format() type specifier')
    let width = digits === undefined ? 0 : Number(digits)
    if (whole.includes('*')) {
      const given = take(widthPlace)
      width = given === null ? 0 : Number(given)
    }
    if (Math.abs(width) > 1 << 24) throw new SqlError('22023', 'number is out of range')
    const text = formatOne(kind as string, take(place))
    return minus !== undefined || width < 0 ? text.padEnd(Math.abs(width)) : text.padStart(width)
  })
}

function formatOne(kind: string, value: LiteralValue): string {
  switch (kind) {
    case 's':
      return value === null ? '' : String(value)
    case 'I':
      if (value === null) throw new SqlError('22004', 'null values cannot be formatted as an SQL identifier')
      return quoteIdentifier(String(value))
    case 'L':
      return value === null ? 'NULL' : quoteLiteral(String(value))
    default:
      throw new SqlError('22023', `unrecognized format() type specifier "${kind}"`, {
        hint: 'For a single "%" use "%%".',
      })
  }
}

function parseIdentifier(text: string, strict: boolean): string[] {
  const parts: string[] = []
  const bad = (): SqlError => new SqlError('22023', `string is not a valid identifier: "${text}"`)
  const part = /\s*(?:"((?:[^"]|"")*)"|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*))\s*/y
  for (;;) {
    const match = part.exec(text)
    if (match === null) throw bad()
    if (match[1] === '') throw bad()
    parts.push(match[1] === undefined ? match[2]!.toLowerCase() : match[1].replaceAll('""', '"'))
    if (part.lastIndex >= text.length) return parts
    if (text[part.lastIndex] !== '.') {
      if (strict) throw bad()
      return parts
    }
    part.lastIndex++
  }
}

const ESCAPE = /\\(?:\\|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|\+([0-9a-fA-F]{6})|([0-9a-fA-F]{4})|)/g

function unescapeUnicode(text: string): string {
  return text.replace(ESCAPE, (whole, ...groups: unknown[]): string => {
    if (whole === '\\\\') return '\\'
    const digits = groups.slice(0, 4).find((group) => typeof group === 'string') as string | undefined
    if (digits === undefined) {
      throw new SqlError('22023', 'invalid Unicode escape', {
        hint: 'Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.',
      })
    }
    const code = Number.parseInt(digits, 16)
    if (code > 0x10_ffff || code === 0) throw new SqlError('22023', 'invalid Unicode escape value')
    return code > 0xffff ? String.fromCodePoint(code) : String.fromCharCode(code)
  })
}

const FORMS = new Set(['NFC', 'NFD', 'NFKC', 'NFKD'])

function normalForm(name: string): string {
  const form = name.toUpperCase()
  if (!FORMS.has(form)) throw new SqlError('22023', `invalid normalization form: ${name}`)
  return form
}

export const textQuoteFunctions: readonly ScalarFunction[] = [
  define(
    'text',
    'quote_ident',
    'The text as a name in SQL, with quotes where it needs them.',
    ["quote_ident('Foo bar')", '"Foo bar"'],
    [[[VARCHAR], VARCHAR]],
    ([v]: readonly [string]) => quoteIdentifier(v),
  ),
  define(
    'text',
    'quote_literal',
    'The value as a literal in SQL.',
    ["quote_literal('O''Reilly')", "'O''Reilly'"],
    asText,
    ([v]: readonly [string]) => quoteLiteral(v),
  ),
  define(
    'text',
    'quote_nullable',
    'The value as a literal in SQL; `NULL` for NULL.',
    ['quote_nullable(NULL)', 'NULL'],
    asText,
    ([v]: readonly [string | null]) => (v === null ? 'NULL' : quoteLiteral(v)),
    { nulls: 'custom' },
  ),
  define(
    'text',
    'format',
    'The pattern with %s (text), %I (name) and %L (literal) replaced by the arguments; `%2$s` takes the second, `%-10s` pads.',
    ["format('Hello %s, %1$s', 'World')", 'Hello World, World'],
    resolveFormat,
    (args: readonly LiteralValue[]) => (args[0] === null ? null : format(args)),
    { nulls: 'custom' },
  ),
  define(
    'text',
    'parse_ident',
    'The parts of a qualified name, as a list; false as second argument allows more after it.',
    ['parse_ident(\'"SomeSchema".someTable\')', '{SomeSchema,sometable}'],
    [
      [[VARCHAR], TEXTS],
      [[VARCHAR, { kind: 'boolean' }], TEXTS],
    ],
    ([v, strict = true]: readonly [string, boolean?]) => parseIdentifier(v, strict),
  ),
  define(
    'text',
    'unistr',
    'The text with its Unicode escapes (\\0441, \\+01F600, \\u0441, \\U0001F600) replaced.',
    ["unistr('d\\0061t\\+000061')", 'data'],
    [[[VARCHAR], VARCHAR]],
    ([v]: readonly [string]) => unescapeUnicode(v),
  ),
  define(
    'text',
    'normalize',
    'The text in a Unicode normal form: NFC (unless given), NFD, NFKC or NFKD.',
    ["length(normalize('e\u0301'))", '1'],
    [
      [[VARCHAR], VARCHAR],
      [[VARCHAR, VARCHAR], VARCHAR],
    ],
    ([v, form = 'NFC']: readonly [string, string?]) => v.normalize(normalForm(form)),
  ),
  define(
    'text',
    'is_normalized',
    '`a IS NFC NORMALIZED`: whether the text is in a Unicode normal form.',
    ["is_normalized('abc', 'NFC')", 'true'],
    [
      [[VARCHAR], { kind: 'boolean' }],
      [[VARCHAR, VARCHAR], { kind: 'boolean' }],
    ],
    ([v, form = 'NFC']: readonly [string, string?]) => v.normalize(normalForm(form)) === v,
  ),
  define(
    'text',
    'unicode_assigned',
    'Whether every character of the text is one that Unicode has assigned.',
    ["unicode_assigned('a')", 'true'],
    [[[VARCHAR], { kind: 'boolean' }]],
    ([v]: readonly [string]) => !/\p{Cn}/u.test(v),
  ),
  define(
    'system',
    'pg_client_encoding',
    'The encoding of texts: always UTF8.',
    ['pg_client_encoding()', 'UTF8'],
    [[[], VARCHAR]],
    () => 'UTF8',
  ),
]
