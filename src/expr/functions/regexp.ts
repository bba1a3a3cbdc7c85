/** Regular expressions: operators ~ ~* !~ !~* and the regexp functions. */
import { BOOLEAN, INTEGER, VARCHAR } from '../../core/types.ts'
import { compileRegexp, matchesRegexp, replaceRegexp } from '../values/regexp.ts'
import type { ScalarFunction } from './function.ts'
import { overloads } from './overloads.ts'

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
  }
}

const common = { category: 'text', nulls: 'strict', volatility: 'immutable' } as const

export const regexpFunctions: readonly ScalarFunction[] = [
  operator('regexp_match', '~', "'abc' ~ '^a'", false, ''),
  operator('regexp_imatch', '~*', "'ABC' ~* '^a'", false, 'i'),
  operator('not_regexp_match', '!~', "'abc' !~ '^b'", true, ''),
  operator('not_regexp_imatch', '!~*', "'ABC' !~* '^b'", true, 'i'),
  {
    ...common,
    name: 'regexp_like',
    description: 'Whether the text has a match of the regular expression; flags as `i`.',
    example: { sql: "regexp_like('Hello', 'h.l', 'i')", result: 'true' },
    resolve: overloads([[VARCHAR, VARCHAR], BOOLEAN], [[VARCHAR, VARCHAR, VARCHAR], BOOLEAN]),
    scalar: ([text, pattern, flags]) =>
      matchesRegexp(text as string, pattern as string, (flags as string | undefined) ?? ''),
  },
  {
    ...common,
    name: 'regexp_replace',
    description: 'The text with the first match (all with flag `g`) replaced; \\1 is a group, \\& the match.',
    example: { sql: "regexp_replace('a1b2', '[0-9]', '#', 'g')", result: 'a#b#' },
    resolve: overloads([[VARCHAR, VARCHAR, VARCHAR], VARCHAR], [[VARCHAR, VARCHAR, VARCHAR, VARCHAR], VARCHAR]),
    scalar: ([text, pattern, replacement, flags]) =>
      replaceRegexp(text as string, pattern as string, replacement as string, (flags as string | undefined) ?? ''),
  },
  {
    ...common,
    name: 'regexp_substr',
    aliases: ['regexp_extract'],
    description: 'The first match of the regular expression; NULL if there is none.',
    example: { sql: "regexp_substr('foobar', 'o+')", result: 'oo' },
    resolve: overloads([[VARCHAR, VARCHAR], VARCHAR]),
    scalar: ([text, pattern]) => compileRegexp(pattern as string).exec(text as string)?.[0] ?? null,
  },
  {
    ...common,
    name: 'regexp_count',
    description: 'How many matches the text has.',
    example: { sql: "regexp_count('a1b2', '[0-9]')", result: '2' },
    resolve: overloads([[VARCHAR, VARCHAR], INTEGER]),
    scalar: ([text, pattern]) => [...(text as string).matchAll(compileRegexp(pattern as string))].length,
  },
]
