/** like not_like ilike not_ilike similar_to: patterns with % and _. */
import { BOOLEAN, VARCHAR } from '../../core/types.ts'
import { type LikePattern, matchesLike, parseLike } from '../values/like-pattern.ts'
import { similarToRegexp } from '../regex/similar.ts'
import { matchesRegexp } from '../values/regexp.ts'
import { similarVectors } from '../vectors/regexp.ts'
import { ilikeVectors } from '../vectors/text-case.ts'
import { likeVectors } from '../vectors/text.ts'
import type { ScalarFunction } from './function.ts'
import { overloads } from './overloads.ts'

const resolve = overloads([[VARCHAR, VARCHAR], BOOLEAN], [[VARCHAR, VARCHAR, VARCHAR], BOOLEAN])

/** The last pattern taken apart: patterns are nearly always constant. */
let lastKey = ''
let lastPattern: LikePattern | null = null

function patternOf(pattern: string, escape: string): LikePattern {
  const key = `${escape.length}${escape}${pattern}`
  if (lastPattern === null || key !== lastKey) {
    lastPattern = parseLike(pattern, escape)
    lastKey = key
  }
  return lastPattern
}

function like(name: string, symbol: string, example: string, negated: boolean, fold: boolean): ScalarFunction {
  const scalar: ScalarFunction['scalar'] = ([text, pattern, escape]) => {
    const fit = (value: string): string => (fold ? value.toLowerCase() : value)
    const compiled = patternOf(fit(pattern as string), fit((escape as string | undefined) ?? '\\'))
    return matchesLike(fit(text as string), compiled) !== negated
  }
  return {
    name,
    category: 'operator',
    description: `\`a ${symbol} pattern [ESCAPE e]\`: % stands for any text, _ for one character${fold ? '; upper and lower case are the same' : ''}.`,
    example: { sql: example, result: 'true' },
    resolve,
    nulls: 'strict',
    volatility: 'immutable',
    scalar,
    evaluate: fold ? ilikeVectors(negated, { scalar }) : likeVectors(negated),
  }
}

export const likeFunctions: readonly ScalarFunction[] = [
  like('like', 'LIKE', "'abcdef' LIKE 'a%_f'", false, false),
  like('not_like', 'NOT LIKE', "'abc' NOT LIKE 'b%'", true, false),
  like('ilike', 'ILIKE', "'ABC' ILIKE 'a%'", false, true),
  like('not_ilike', 'NOT ILIKE', "'ABC' NOT ILIKE 'b%'", true, true),
  {
    name: 'similar_to',
    category: 'operator',
    description: '`a SIMILAR TO pattern`: a LIKE pattern with alternatives and repetition.',
    example: { sql: "'abc' SIMILAR TO '%(b|d)%'", result: 'true' },
    resolve,
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([text, pattern, escape]) =>
      matchesRegexp(text as string, similarToRegexp(pattern as string, escape as string | undefined)),
    evaluate: similarVectors,
  },
]
