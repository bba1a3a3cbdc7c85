/** Regular expressions: operators ~ ~* !~ !~* and the regexp functions. Places count from 1 in characters, as in PostgreSQL. */
import { SqlError } from '../../core/errors.ts'
import { type DataType, BOOLEAN, INTEGER, VARCHAR } from '../../core/types.ts'
import type { LiteralValue } from '../expr.ts'
import { similarToRegexp } from '../regex/similar.ts'
import { type RegexpMatch, RegexpText, matchesRegexp, replaceMatches, splitByRegexp } from '../values/regexp.ts'
import { regexpVectors, replaceMatchVectors } from '../vectors/regexp.ts'
import { define } from './define.ts'
import type { ScalarFunction } from './function.ts'
import { overloads } from './overloads.ts'

const TEXTS: DataType = { kind: 'list', element: { name: 'element', type: VARCHAR, nullable: true } }
const TEXT_LISTS: DataType = { kind: 'list', element: { name: 'element', type: TEXTS, nullable: true } }

function operator(name: string, symbol: string, example: string, negated: boolean, flags: string): ScalarFunction {
  return {
    name,
    category: 'operator',
    description: `\`a ${symbol} pattern\`: whether the text ${negated ? 'lacks' : 'has'} a match of the regular expression${flags === 'i' ? ', upper and lower case the same' : ''}.`,
    example: { sql: example, result: 'true' },
    resolve: overloads([[VARCHAR, VARCHAR], BOOLEAN]),
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([text, pattern]) => matchesRegexp(text as string, pattern as string, flags) !== negated,
    evaluate: regexpVectors(negated, flags),
  }
}

function checkNumber(what: string, value: number, least: number): void {
  if (value < least) throw new SqlError('22023', `invalid value for parameter "${what}": ${value}`)
}

function refuseGlobal(flags: string, name: string): void {
  if (flags.includes('g')) throw new SqlError('22023', `${name}() does not support the "global" option`)
}

/** The `nth` match from the `start`-th character on, or null. */
function nthMatch(text: RegexpText, pattern: string, start: number, nth: number, flags: string): RegexpMatch | null {
  checkNumber('start', start, 1)
  checkNumber('n', nth, 1)
  let count = 0
  for (const match of text.matches(pattern, flags, text.placeOf(start))) if (++count === nth) return match
  return null
}

function groupsOf(match: RegexpMatch): readonly (string | null)[] {
  return match.groups.length === 0 ? [match.text] : match.groups
}

function integers(count: number, ...before: readonly DataType[]): readonly DataType[] {
  return [...before, ...Array.from({ length: count }, () => INTEGER)]
}

const TWO = [VARCHAR, VARCHAR] as const
const THREE = [VARCHAR, VARCHAR, VARCHAR] as const

type InstrArgs = readonly [string, string, number?, number?, number?, string?, number?]

function instr([text, pattern, start = 1, nth = 1, end = 0, flags = '', group = 0]: InstrArgs): number {
  refuseGlobal(flags, 'regexp_instr')
  if (end !== 0 && end !== 1) throw new SqlError('22023', `invalid value for parameter "endoption": ${end}`)
  checkNumber('subexpr', group, 0)
  const subject = new RegexpText(text)
  const match = nthMatch(subject, pattern, start, nth, flags)
  if (match === null) return 0
  const place = group === 0 ? ([match.start, match.end] as const) : match.places[group - 1]
  return place == null ? 0 : subject.numberOf(place[end])
}

type SubstrArgs = readonly [string, string, number?, number?, string?, number?]

function substr([text, pattern, start = 1, nth = 1, flags = '', group = 0]: SubstrArgs): string | null {
  refuseGlobal(flags, 'regexp_substr')
  checkNumber('subexpr', group, 0)
  const match = nthMatch(new RegexpText(text), pattern, start, nth, flags)
  if (match === null) return null
  return group === 0 ? match.text : (match.groups[group - 1] ?? null)
}

type ReplaceArgs = readonly [string, string, string, (string | number)?, (number | string)?, string?]

function replace([text, pattern, replacement, fourth = '', fifth, sixth]: ReplaceArgs): string {
  if (typeof fourth === 'string') {
    return replaceMatches(text, pattern, replacement, fourth, { nth: fourth.includes('g') ? 0 : 1 })
  }
  checkNumber('start', fourth, 1)
  if (typeof fifth !== 'number') return replaceMatches(text, pattern, replacement, '', { start: fourth, nth: 1 })
  checkNumber('n', fifth, 0)
  return replaceMatches(text, pattern, replacement, sixth ?? '', { start: fourth, nth: fifth })
}

/** substring(text SIMILAR pattern ESCAPE e): the part between two escape-doublequotes, the whole match without them. */
function similarPart(text: string, pattern: string, escape: string): string | null {
  for (const match of new RegexpText(text).matches(similarToRegexp(pattern, escape), '')) return groupsOf(match)[0]!
  return null
}

export const regexpFunctions: readonly ScalarFunction[] = [
  operator('regexp_match', '~', "'abc' ~ '^a'", false, ''),
  operator('regexp_imatch', '~*', "'ABC' ~* '^a'", false, 'i'),
  operator('not_regexp_match', '!~', "'abc' !~ '^b'", true, ''),
  operator('not_regexp_imatch', '!~*', "'ABC' !~* '^b'", true, 'i'),
  define(
    'text',
    'regexp_like',
    'Whether the text has a match of the regular expression; flags as `i`.',
    ["regexp_like('Hello', 'h.l', 'i')", 'true'],
    [
      [TWO, BOOLEAN],
      [THREE, BOOLEAN],
    ],
    ([text, pattern, flags = '']: readonly [string, string, string?]) => {
      refuseGlobal(flags, 'regexp_like')
      return matchesRegexp(text, pattern, flags)
    },
  ),
  define(
    'text',
    'regexp_full_match',
    'Whether the regular expression matches the whole text.',
    ["regexp_full_match('anabanana', '(an)*')", 'false'],
    [
      [TWO, BOOLEAN],
      [THREE, BOOLEAN],
    ],
    ([text, pattern, flags = '']: readonly [string, string, string?]) => matchesRegexp(text, `^(?:${pattern})$`, flags),
  ),
  {
    ...define(
      'text',
      'regexp_replace',
      'The text with the first match (all with flag `g`, or the n-th from a place on) replaced; \\1 is a group, \\& the match.',
      ["regexp_replace('a1b2', '[0-9]', '#', 'g')", 'a#b#'],
      [
        [THREE, VARCHAR],
        [[...THREE, VARCHAR], VARCHAR],
        [[...THREE, INTEGER], VARCHAR],
        [[...THREE, INTEGER, INTEGER], VARCHAR],
        [[...THREE, INTEGER, INTEGER, VARCHAR], VARCHAR],
      ],
      replace,
    ),
    evaluate: replaceMatchVectors,
  },
  define(
    'text',
    'regexp_substr',
    'The n-th match (the first) from a place on, or its group; NULL if there is none.',
    ["regexp_substr('foobar', 'o+')", 'oo'],
    [
      [TWO, VARCHAR],
      [integers(1, ...TWO), VARCHAR],
      [integers(2, ...TWO), VARCHAR],
      [[...integers(2, ...TWO), VARCHAR], VARCHAR],
      [[...integers(2, ...TWO), VARCHAR, INTEGER], VARCHAR],
    ],
    substr,
  ),
  define(
    'text',
    'regexp_extract',
    'The first match, or its n-th group; NULL if there is none.',
    ["regexp_extract('2023-04-15', '(\\d+)-(\\d+)', 2)", '04'],
    [
      [TWO, VARCHAR],
      [[...TWO, INTEGER], VARCHAR],
      [[...TWO, INTEGER, VARCHAR], VARCHAR],
    ],
    ([text, pattern, group = 0, flags = '']: readonly [string, string, number?, string?]) =>
      substr([text, pattern, 1, 1, flags, group]),
  ),
  define(
    'text',
    'regexp_extract_all',
    'All matches, or their n-th groups, as a list.',
    ["regexp_extract_all('a1b22', '\\d+')", '{1,22}'],
    [
      [TWO, TEXTS],
      [[...TWO, INTEGER], TEXTS],
    ],
    ([text, pattern, group = 0]: readonly [string, string, number?]) =>
      [...new RegexpText(text).matches(pattern, '')].map((match) =>
        group === 0 ? match.text : (match.groups[group - 1] ?? null),
      ),
  ),
  define(
    'text',
    'regexp_count',
    'How many matches the text has from a place on.',
    ["regexp_count('a1b2', '[0-9]')", '2'],
    [
      [TWO, INTEGER],
      [integers(1, ...TWO), INTEGER],
      [[...integers(1, ...TWO), VARCHAR], INTEGER],
    ],
    ([text, pattern, start = 1, flags = '']: readonly [string, string, number?, string?]) => {
      refuseGlobal(flags, 'regexp_count')
      checkNumber('start', start, 1)
      const subject = new RegexpText(text)
      return [...subject.matches(pattern, flags, subject.placeOf(start))].length
    },
  ),
  define(
    'text',
    'regexp_instr',
    'Where the n-th match from a place on begins (or, with 1 as the fifth argument, what follows it), counted from 1; 0 if nowhere.',
    ["regexp_instr('ABCDEF', 'c(.)(..)', 1, 1, 0, 'i', 2)", '5'],
    [
      [TWO, INTEGER],
      [integers(1, ...TWO), INTEGER],
      [integers(2, ...TWO), INTEGER],
      [integers(3, ...TWO), INTEGER],
      [[...integers(3, ...TWO), VARCHAR], INTEGER],
      [[...integers(3, ...TWO), VARCHAR, INTEGER], INTEGER],
    ],
    instr,
  ),
  define(
    'text',
    'regexp_match_array',
    "SQL's `regexp_match(text, pattern [, flags])`: the groups of the first match, or the match, as a list; NULL if there is none.",
    ["regexp_match('foobarbequebaz', '(bar)(beque)')", '{bar,beque}'],
    [
      [TWO, TEXTS],
      [THREE, TEXTS],
    ],
    ([text, pattern, flags = '']: readonly [string, string, string?]) => {
      refuseGlobal(flags, 'regexp_match')
      for (const match of new RegexpText(text).matches(pattern, flags)) return groupsOf(match)
      return null
    },
  ),
  define(
    'text',
    'regexp_matches_list',
    'What `regexp_matches(text, pattern [, flags])` gives as rows: the groups of the first match, of all with flag `g`.',
    ["regexp_matches_list('a1b2', '[a-z](\\d)', 'g')", '{{1},{2}}'],
    [
      [TWO, TEXT_LISTS],
      [THREE, TEXT_LISTS],
    ],
    ([text, pattern, flags = '']: readonly [string, string, string?]) => {
      const rows: LiteralValue[] = []
      for (const match of new RegexpText(text).matches(pattern, flags)) {
        rows.push(groupsOf(match))
        if (!flags.includes('g')) break
      }
      return rows
    },
  ),
  define(
    'text',
    'regexp_split_to_array',
    'The parts of a text between matches, as a list.',
    ["regexp_split_to_array('hello world', '\\s+')", '{hello,world}'],
    [
      [TWO, TEXTS],
      [THREE, TEXTS],
    ],
    ([text, pattern, flags = '']: readonly [string, string, string?]) => {
      refuseGlobal(flags, 'regexp_split_to_array')
      return splitByRegexp(text, pattern, flags)
    },
    { aliases: ['string_split_regex', 'str_split_regex', 'regexp_split'] },
  ),
  define(
    'text',
    'substring_similar',
    '`SUBSTRING(text SIMILAR pattern ESCAPE e)`: the part between two `e"` of the pattern, the rest matched too.',
    ["substring('foobar' SIMILAR '%#\"o_b#\"%' ESCAPE '#')", 'oob'],
    [[THREE, VARCHAR]],
    ([text, pattern, escape]: readonly [string, string, string]) => similarPart(text, pattern, escape),
  ),
]
