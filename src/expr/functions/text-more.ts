/** More text functions: digits in other bases, splitting, distances, and PostgreSQL's names for what operators do. */
import { SqlError } from '../../core/errors.ts'
import { type DataType, BIGINT, DOUBLE, INTEGER, VARCHAR } from '../../core/types.ts'
import { editDistance, jaccard } from '../values/edit-distance.ts'
import { splitVectors } from '../vectors/text-cut.ts'
import { define } from './define.ts'
import type { ScalarFunction } from './function.ts'
import type { Overloads } from './text-function.ts'

const TEXTS: DataType = { kind: 'list', element: { name: 'element', type: VARCHAR, nullable: true } }
const ONE: Overloads = [[[VARCHAR], VARCHAR]]
const TWO_TO_INTEGER: Overloads = [[[VARCHAR, VARCHAR], INTEGER]]

/** Distances take time and memory by the product of the lengths. */
const DISTANCE_CHARS_MAX = 10_000

function inBase(name: string, base: number, example: readonly [string, string]): ScalarFunction {
  return define(
    'text',
    name,
    `The integer as digits of base ${base}.`,
    example,
    [
      [[INTEGER], VARCHAR],
      [[BIGINT], VARCHAR],
    ],
    ([v]: readonly [number | bigint], { args }) =>
      BigInt.asUintN(args[0]!.kind === 'bigint' ? 64 : 32, BigInt(v)).toString(base),
  )
}

/** NULL as separator: every character is a part. Parts equal to `nullText` are NULL. */
function splitText(text: string, separator: string | null, nullText: string | null): (string | null)[] {
  if (text === '') return []
  const parts = separator === null ? [...text] : separator === '' ? [text] : text.split(separator)
  return nullText === null ? parts : parts.map((part) => (part === nullText ? null : part))
}

function checkDistance(...texts: readonly string[]): void {
  if (texts.some((text) => text.length > DISTANCE_CHARS_MAX)) {
    throw new SqlError('22023', `levenshtein argument exceeds maximum length of ${DISTANCE_CHARS_MAX} characters`)
  }
}

function hamming(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  if (left.length !== right.length) throw new SqlError('22023', 'texts of different lengths have no hamming distance')
  return left.filter((char, i) => char !== right[i]).length
}

/** Soundex, as PostgreSQL's fuzzystrmatch has it. */
function soundex(text: string): string {
  const letters = text.toUpperCase().replace(/[^A-Z]/g, '')
  if (letters === '') return ''
  const codes = '01230120022455012623010202'
  const codeOf = (letter: string): string => codes[letter.charCodeAt(0) - 65]!
  let out = letters[0]!
  let last = codeOf(out)
  for (const letter of letters.slice(1)) {
    const code = codeOf(letter)
    if (code !== last && code !== '0') out += code
    if (letter !== 'H' && letter !== 'W') last = code
    if (out.length === 4) break
  }
  return out.padEnd(4, '0')
}

export const textMoreFunctions: readonly ScalarFunction[] = [
  inBase('to_bin', 2, ['to_bin(5)', '101']),
  inBase('to_oct', 8, ['to_oct(64)', '100']),
  define(
    'text',
    'casefold',
    'The text without the difference of upper and lower case.',
    ["casefold('ABC')", 'abc'],
    ONE,
    ([v]: readonly [string]) => v.toLowerCase(),
  ),
  define(
    'text',
    'strip_accents',
    'The text without accents.',
    ["strip_accents('café')", 'cafe'],
    ONE,
    ([v]: readonly [string]) => v.normalize('NFD').replace(/\p{Mn}/gu, ''),
  ),
  define(
    'text',
    'string_to_array',
    'The parts of a text between separators; NULL as separator gives its characters, a third argument the part that means NULL.',
    ["string_to_array('xx~~yy~~zz', '~~', 'yy')", '{xx,NULL,zz}'],
    [
      [[VARCHAR, VARCHAR], TEXTS],
      [[VARCHAR, VARCHAR, VARCHAR], TEXTS],
    ],
    ([text, separator, nullText = null]: readonly [string | null, string | null, (string | null)?]) =>
      text === null ? null : splitText(text, separator, nullText),
    { nulls: 'custom', aliases: ['string_to_list'] },
  ),
  {
    ...define(
      'text',
      'string_split',
      'The parts of a text between separators; an empty separator gives its characters.',
      ["string_split('a-b-c', '-')", '{a,b,c}'],
      [[[VARCHAR, VARCHAR], TEXTS]],
      ([text, separator]: readonly [string, string]) => (separator === '' ? [...text] : text.split(separator)),
      { aliases: ['str_split', 'split'] },
    ),
    evaluate: splitVectors,
  },
  define(
    'text',
    'levenshtein',
    'How many insertions, deletions and replacements make one text the other; their costs may be given.',
    ["levenshtein('GUMBO', 'GAMBOL')", '2'],
    [...TWO_TO_INTEGER, [[VARCHAR, VARCHAR, INTEGER, INTEGER, INTEGER], INTEGER]],
    ([a, b, insert = 1, remove = 1, replace = 1]: readonly [string, string, number?, number?, number?]) => {
      checkDistance(a, b)
      return editDistance(a, b, insert, remove, replace)
    },
    { aliases: ['editdist3'] },
  ),
  define(
    'text',
    'hamming',
    'In how many places two texts of one length differ.',
    ["hamming('duck', 'luck')", '1'],
    TWO_TO_INTEGER,
    ([a, b]: readonly [string, string]) => hamming(a, b),
    { aliases: ['mismatches'] },
  ),
  define(
    'text',
    'jaccard',
    'The share of characters that two texts have in common.',
    ["jaccard('duck', 'luck')", '0.6'],
    [[[VARCHAR, VARCHAR], DOUBLE]],
    ([a, b]: readonly [string, string]) => jaccard(a, b),
  ),
  define(
    'text',
    'soundex',
    'A code of how an English word sounds.',
    ["soundex('Anne')", 'A500'],
    ONE,
    ([v]: readonly [string]) => soundex(v),
  ),
  define(
    'text',
    'to_ascii',
    'The text with accents dropped.',
    ["to_ascii('Karél')", 'Karel'],
    [
      [[VARCHAR], VARCHAR],
      [[VARCHAR, VARCHAR], VARCHAR],
    ],
    ([v]: readonly [string]) => v.normalize('NFD').replace(/\p{Mn}/gu, ''),
  ),
]
