/** Text functions. Characters are code points. */
import { ResourceError, SqlError } from '../../core/errors.ts'
import { BOOLEAN, BYTEA, INTEGER, VARCHAR } from '../../core/types.ts'
import { RegexpText } from '../values/regexp.ts'
import type { Reference } from '../vectors/rest.ts'
import { caseVectors } from '../vectors/text-case.ts'
import { endVectors, firstCodeVectors, placeVectors, splitPartVectors, trimVectors } from '../vectors/text-cut.ts'
import { padVectors, repeatVectors, replaceVectors, reverseVectors, translateVectors } from '../vectors/text-make.ts'
import { lengthVectors, partVectors, substringVectors } from '../vectors/text.ts'
import type { ScalarFunction } from './function.ts'
import { type Overloads, bytesOf, text } from './text-function.ts'

/** What repeat() and lpad() may make: far beyond use, far below what breaks. */
const TEXT_CHARS_MAX = 64 << 20

/** Letters are changed one for one: `ß` has no capital of one letter. */
function eachLetter(text: string, changed: string, change: (char: string) => string): string {
  if (changed.length === text.length) return changed
  return Array.from(text, (char) => {
    const other = change(char)
    return [...other].length === 1 ? other : char
  }).join('')
}

function checkLength(length: number): void {
  if (length > TEXT_CHARS_MAX) throw new ResourceError('54000', 'requested length too large')
}

/** ASCII text has one UTF-16 unit a character, so slicing needs no look at surrogates. */
function hasSurrogates(value: string): boolean {
  return /[\ud800-\udfff]/.test(value)
}

function charLength(value: string): number {
  if (!hasSurrogates(value)) return value.length
  let count = 0
  for (const _ of value) count++
  return count
}

/** Characters [start, end). */
function slice(value: string, start: number, end?: number): string {
  return hasSurrogates(value) ? [...value].slice(start, end).join('') : value.slice(start, end)
}

/** substring(x, from, count): positions count from 1 and may lie before the start. */
function range(from: number, count: number | undefined): [number, number | undefined] {
  if (count === undefined) return [Math.max(0, from - 1), undefined]
  if (count < 0) throw new SqlError('22011', 'negative substring length not allowed')
  const end = from - 1 + count
  return [Math.max(0, from - 1), Math.max(0, end)]
}

const substring: ScalarFunction = {
  ...text(
    'substring',
    ['substr'],
    'Characters (or bytes) from position n, counted from 1; or the first match of a regular expression.',
    ["substring('abcdef', 2, 3)", 'bcd'],
    [
      [[VARCHAR, INTEGER], VARCHAR],
      [[VARCHAR, INTEGER, INTEGER], VARCHAR],
      [[BYTEA, INTEGER], BYTEA],
      [[BYTEA, INTEGER, INTEGER], BYTEA],
      [[VARCHAR, VARCHAR], VARCHAR],
    ],
    ([value, from, count]: readonly [string | Uint8Array, number | string, number?]) => {
      if (typeof from === 'string') {
        for (const { groups, text: found } of new RegexpText(value as string).matches(from, '')) {
          return groups.length === 0 ? found : groups[0]!
        }
        return null
      }
      const [start, end] = range(from, count)
      return typeof value === 'string' ? slice(value, start, end) : value.slice(start, end)
    },
  ),
  evaluate: substringVectors,
}

function trimBytes(value: Uint8Array, drop: ReadonlySet<number>, start: boolean, end: boolean): Uint8Array {
  let from = 0
  let to = value.length
  while (start && from < to && drop.has(value[from]!)) from++
  while (end && to > from && drop.has(value[to - 1]!)) to--
  return value.slice(from, to)
}

function trimFunction(
  name: string,
  aliases: readonly string[],
  where: string,
  example: readonly [string, string],
  start: boolean,
  end: boolean,
): ScalarFunction {
  return text(
    name,
    aliases,
    `The text without the characters of the second argument (blanks) at ${where}.`,
    example,
    [
      [[VARCHAR], VARCHAR],
      [[VARCHAR, VARCHAR], VARCHAR],
      [[BYTEA, BYTEA], BYTEA],
    ],
    ([value, set]: readonly [string | Uint8Array, (string | Uint8Array)?]) => {
      if (typeof value !== 'string') return trimBytes(value, new Set(set as Uint8Array), start, end)
      const chars = [...value]
      const drop = new Set((set as string | undefined) ?? ' ')
      let from = 0
      let to = chars.length
      while (start && from < to && drop.has(chars[from]!)) from++
      while (end && to > from && drop.has(chars[to - 1]!)) to--
      return chars.slice(from, to).join('')
    },
  )
}

function pad(name: string, side: 'left' | 'right', result: string): ScalarFunction {
  return text(
    name,
    [],
    `The text filled up (or cut) to n characters, on the ${side}.`,
    [`${name}('hi', 5, 'xy')`, result],
    [
      [[VARCHAR, INTEGER], VARCHAR],
      [[VARCHAR, INTEGER, VARCHAR], VARCHAR],
    ],
    ([value, length, fill]: readonly [string, number, string?]) => {
      checkLength(length)
      const chars = [...value]
      if (length <= 0) return ''
      if (chars.length >= length) return chars.slice(0, length).join('')
      const filler = [...(fill ?? ' ')]
      if (filler.length === 0) return value
      const added = Array.from({ length: length - chars.length }, (_, i) => filler[i % filler.length]).join('')
      return side === 'left' ? added + value : value + added
    },
  )
}

/** left(x, n) and right(x, n): n < 0 counts from the other end. */
function ends(value: string, count: number, side: 'left' | 'right'): string {
  const chars = [...value]
  const kept = count >= 0 ? Math.min(count, chars.length) : Math.max(0, chars.length + count)
  return (side === 'left' ? chars.slice(0, kept) : chars.slice(chars.length - kept)).join('')
}

/** 1-based place in characters, 0 if absent. */
function placeOf(part: string, whole: string): number {
  const at = whole.indexOf(part)
  return at < 0 ? 0 : charLength(whole.slice(0, at)) + 1
}

function splitPart(value: string, separator: string, place: number): string {
  if (place === 0) throw new SqlError('22023', 'field position must not be zero')
  const parts = separator === '' ? [value] : value.split(separator)
  return parts.at(place > 0 ? place - 1 : place) ?? ''
}

function chr(code: number): string {
  if (code === 0) throw new SqlError('54000', 'null character not permitted')
  if (code < 0 || code > 0x10_ffff || (code >= 0xd800 && code < 0xe000)) {
    throw new SqlError('54000', `requested character not valid for encoding: ${code}`)
  }
  return String.fromCodePoint(code)
}

function translate(value: string, from: string, to: string): string {
  const targets = [...to]
  const map = new Map<string, string>()
  for (const [i, char] of [...from].entries()) if (!map.has(char)) map.set(char, targets[i] ?? '')
  return [...value].map((char) => map.get(char) ?? char).join('')
}

function repeat(value: string, count: number): string {
  if (count <= 0) return ''
  checkLength(value.length * count)
  return value.repeat(count)
}

const ONE: Overloads = [[[VARCHAR], VARCHAR]]

/** Kernels of the functions below; some leave rows to the reference. */
const EVALUATES: Record<string, (reference: Reference) => NonNullable<ScalarFunction['evaluate']>> = {
  length: () => lengthVectors(false),
  octet_length: () => lengthVectors(true),
  starts_with: () => partVectors(true, false),
  ends_with: () => partVectors(false, true),
  contains: () => partVectors(false, false),
  lower: (reference) => caseVectors('lower', reference),
  upper: (reference) => caseVectors('upper', reference),
  left: () => endVectors('left'),
  right: () => endVectors('right'),
  btrim: () => trimVectors(3),
  ltrim: () => trimVectors(1),
  rtrim: () => trimVectors(2),
  lpad: () => padVectors('left'),
  rpad: () => padVectors('right'),
  replace: () => replaceVectors,
  translate: () => translateVectors,
  strpos: () => placeVectors('text first'),
  position: () => placeVectors('part first'),
  repeat: () => repeatVectors,
  reverse: () => reverseVectors,
  split_part: () => splitPartVectors,
  ascii: () => firstCodeVectors,
}

const DEFINITIONS: readonly ScalarFunction[] = [
  text('lower', [], 'All letters small.', ["lower('TOM')", 'tom'], ONE, ([v]: readonly [string]) =>
    eachLetter(v, v.toLowerCase(), (char) => char.toLowerCase()),
  ),
  text('upper', [], 'All letters capital.', ["upper('tom')", 'TOM'], ONE, ([v]: readonly [string]) =>
    eachLetter(v, v.toUpperCase(), (char) => char.toUpperCase()),
  ),
  text(
    'initcap',
    [],
    'Each word with a capital.',
    ["initcap('hi THOMAS')", 'Hi Thomas'],
    ONE,
    ([v]: readonly [string]) =>
      v.toLowerCase().replace(/[\p{L}\p{N}]+/gu, (word) => word[0]!.toUpperCase() + word.slice(1)),
  ),
  text(
    'length',
    ['char_length', 'character_length'],
    'How many characters (bytes of bytea).',
    ["length('jose')", '4'],
    [
      [[VARCHAR], INTEGER],
      [[BYTEA], INTEGER],
    ],
    ([v]: readonly [string | Uint8Array]) => (typeof v === 'string' ? charLength(v) : v.length),
  ),
  text(
    'octet_length',
    [],
    'How many bytes, in UTF-8.',
    ["octet_length('jos\u00e9')", '5'],
    [
      [[VARCHAR], INTEGER],
      [[BYTEA], INTEGER],
    ],
    ([v]: readonly [string | Uint8Array]) => bytesOf(v).length,
  ),
  text(
    'bit_length',
    [],
    'How many bits, in UTF-8.',
    ["bit_length('jose')", '32'],
    [
      [[VARCHAR], INTEGER],
      [[BYTEA], INTEGER],
    ],
    ([v]: readonly [string | Uint8Array]) => bytesOf(v).length * 8,
  ),
  substring,
  text(
    'left',
    [],
    'The first n characters; all but the last -n if n is negative.',
    ["left('abcde', 2)", 'ab'],
    [[[VARCHAR, INTEGER], VARCHAR]],
    ([v, n]: readonly [string, number]) => ends(v, n, 'left'),
  ),
  text(
    'right',
    [],
    'The last n characters; all but the first -n if n is negative.',
    ["right('abcde', 2)", 'de'],
    [[[VARCHAR, INTEGER], VARCHAR]],
    ([v, n]: readonly [string, number]) => ends(v, n, 'right'),
  ),
  trimFunction('btrim', ['trim'], 'both ends', ["trim('  abc ')", 'abc'], true, true),
  trimFunction('ltrim', [], 'the start', ["ltrim('xxabc', 'x')", 'abc'], true, false),
  trimFunction('rtrim', [], 'the end', ["rtrim('abcxx', 'x')", 'abc'], false, true),
  pad('lpad', 'left', 'xyxhi'),
  pad('rpad', 'right', 'hixyx'),
  text(
    'replace',
    [],
    'The text with every `from` replaced by `to`.',
    ["replace('abcab', 'ab', 'X')", 'XcX'],
    [[[VARCHAR, VARCHAR, VARCHAR], VARCHAR]],
    ([v, from, to]: readonly [string, string, string]) => (from === '' ? v : v.split(from).join(to)),
  ),
  text(
    'translate',
    [],
    'Each character of `from` replaced by the one in its place of `to`.',
    ["translate('12345', '143', 'ax')", 'a2x5'],
    [[[VARCHAR, VARCHAR, VARCHAR], VARCHAR]],
    ([v, from, to]: readonly [string, string, string]) => translate(v, from, to),
  ),
  text(
    'overlay',
    [],
    'The text with `new` in the place of n characters from a position.',
    ["overlay('Txxxxas', 'hom', 2, 4)", 'Thomas'],
    [
      [[VARCHAR, VARCHAR, INTEGER], VARCHAR],
      [[VARCHAR, VARCHAR, INTEGER, INTEGER], VARCHAR],
    ],
    ([v, part, from, count]: readonly [string, string, number, number?]) => {
      if (from < 1) throw new SqlError('22011', 'negative substring length not allowed')
      return slice(v, 0, from - 1) + part + slice(v, Math.max(0, from - 1 + (count ?? charLength(part))))
    },
  ),
  text(
    'strpos',
    ['instr'],
    'Where `part` begins in the text, counted from 1; 0 if nowhere.',
    ["strpos('high', 'ig')", '2'],
    [[[VARCHAR, VARCHAR], INTEGER]],
    ([whole, part]: readonly [string, string]) => placeOf(part, whole),
  ),
  text(
    'position',
    [],
    '`position(part IN text)`: where it begins, counted from 1; 0 if nowhere.',
    ["position('ig' IN 'high')", '2'],
    [[[VARCHAR, VARCHAR], INTEGER]],
    ([part, whole]: readonly [string, string]) => placeOf(part, whole),
  ),
  text(
    'starts_with',
    ['startswith'],
    'Whether the text begins so.',
    ["starts_with('alphabet', 'alph')", 'true'],
    [[[VARCHAR, VARCHAR], BOOLEAN]],
    ([v, part]: readonly [string, string]) => v.startsWith(part),
  ),
  text(
    'ends_with',
    ['endswith'],
    'Whether the text ends so.',
    ["ends_with('alphabet', 'bet')", 'true'],
    [[[VARCHAR, VARCHAR], BOOLEAN]],
    ([v, part]: readonly [string, string]) => v.endsWith(part),
  ),
  text(
    'contains',
    [],
    'Whether the text has the part.',
    ["contains('alphabet', 'pha')", 'true'],
    [[[VARCHAR, VARCHAR], BOOLEAN]],
    ([v, part]: readonly [string, string]) => v.includes(part),
  ),
  text(
    'repeat',
    [],
    'The text n times.',
    ["repeat('Pg', 3)", 'PgPgPg'],
    [[[VARCHAR, INTEGER], VARCHAR]],
    ([v, n]: readonly [string, number]) => repeat(v, n),
  ),
  text('reverse', [], 'The characters from last to first.', ["reverse('abc')", 'cba'], ONE, ([v]: readonly [string]) =>
    [...v].toReversed().join(''),
  ),
  text(
    'split_part',
    [],
    'The n-th part between separators; from the end if n is negative.',
    ["split_part('a,b,c', ',', 2)", 'b'],
    [[[VARCHAR, VARCHAR, INTEGER], VARCHAR]],
    ([v, by, n]: readonly [string, string, number]) => splitPart(v, by, n),
  ),
  text(
    'ascii',
    [],
    'Code of the first character; 0 for an empty text.',
    ["ascii('x')", '120'],
    [[[VARCHAR], INTEGER]],
    ([v]: readonly [string]) => v.codePointAt(0) ?? 0,
  ),
  text('chr', [], 'The character with a code.', ['chr(65)', 'A'], [[[INTEGER], VARCHAR]], ([n]: readonly [number]) =>
    chr(n),
  ),
]

export const textFunctions: readonly ScalarFunction[] = DEFINITIONS.map((entry) => {
  const evaluate = Object.hasOwn(EVALUATES, entry.name) ? EVALUATES[entry.name] : undefined
  return evaluate === undefined ? entry : { ...entry, evaluate: evaluate(entry) }
})
