import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flagOptions } from '../../../src/expr/regex/options.ts'
import { buildMatchTree } from '../../../src/expr/regex/match-tree.ts'
import { parseRegex } from '../../../src/expr/regex/parse.ts'
import { Regex } from '../../../src/expr/regex/regex.ts'
import { similarToRegexp } from '../../../src/expr/regex/similar.ts'
import { RegexpText, matchesRegexp, replaceMatches, splitByRegexp } from '../../../src/expr/values/regexp.ts'
import { referenceMatch } from './reference.ts'

function matchesOf(text: string, pattern: string, flags: string = ''): (string | null)[][] {
  const found = [...new RegexpText(text).matches(pattern, flags)]
  return found.map((match) => (match.groups.length === 0 ? [match.text] : [...match.groups]))
}

interface Recorded {
  readonly pattern: string
  readonly flags: string
  readonly text: string
  readonly matches: (string | null)[][] | null
  readonly parts: string[]
}

/** Random patterns, and what regexp_matches(..., 'g') and regexp_split_to_array of PostgreSQL 15 give for them. */
const RECORDED = readFileSync(new URL('../../fixtures/regex/postgres-15.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded)

describe('regular expressions', () => {
  it.each(RECORDED)('$pattern in $text, as PostgreSQL', ({ pattern, flags, text, matches, parts }) => {
    expect(matchesOf(text, pattern, flags)).toEqual(matches ?? [])
    expect(splitByRegexp(text, pattern, flags)).toEqual(parts)
  })

  it.each([
    // Alternatives: the longest, not the first.
    ['foobar', 'foo|foobar', [['foobar']]],
    // The preference of the whole is that of the first part that has one.
    ['XY1234Z', 'Y*([0-9]{1,3})', [['123'], ['4']]],
    ['XY1234Z', 'Y*?([0-9]{1,3})', [['1'], ['2'], ['3'], ['4']]],
    ['abc01234xyz', '(.*)(\\d+)(.*)', [['abc0123', '4', 'xyz']]],
    [
      'abc01234xyz',
      '(.*?)(\\d+)(.*)',
      [
        ['abc', '0', ''],
        ['', '1', ''],
        ['', '2', ''],
        ['', '3', ''],
        ['', '4', ''],
      ],
    ],
    ['abc01234xyz', '(?:(.*?)(\\d+)(.*)){1,1}', [['abc', '01234', 'xyz']]],
    // Only the last round of a repetition is caught.
    ['abab', '(ab|a|b)*', [['ab'], [null]]],
    ['aaa', '(a+)+', [['a']]],
    // Constraints, escapes, classes.
    ['a_b c', '[[:<:]]\\w+[[:>:]]', [['a_b'], ['c']]],
    ['x\ny', '(?n)^.$', [['x'], ['y']]],
    ['a]b', '[]]', [[']']]],
    ['a-b', '[a-]+', [['a-']]],
    ['A1', '\\x41\\061', [['A1']]],
    ['price: 5', '(?<=: )\\d(?!\\d)', [['5']]],
    ['a.c', '***=a.c', [['a.c']]],
    ['ab', '(?x) a # one\n b', [['ab']]],
    ['a{b', 'a{b', [['a{b']]],
    ['ÄäÖ', '(?i)ä+', [['Ää']]],
    ['😀x', '.', [['😀'], ['x']]],
    ['abcabc', '(abc)\\1', [['abc']]],
    ['a(b', '(?e)a\\(b', [['a(b']]],
  ])('%s ~ %s', (text, pattern, expected) => {
    expect(matchesOf(text, pattern)).toEqual(expected)
  })

  it.each([
    ['*', 'quantifier operand invalid'],
    ['a**', 'quantifier operand invalid'],
    ['^*', 'quantifier operand invalid'],
    ['(?<x>a)', 'quantifier operand invalid'],
    ['(a', 'parentheses () not balanced'],
    ['a)', 'parentheses () not balanced'],
    ['[a', 'brackets [] not balanced'],
    ['a{1', 'braces {} not balanced'],
    ['a{2,1}', 'invalid repetition count(s)'],
    ['a{256}', 'invalid repetition count(s)'],
    ['[z-a]', 'invalid character range'],
    ['[a-c-e]', 'invalid character range'],
    ['[[:foo:]]', 'invalid character class'],
    ['a\\', 'invalid escape \\ sequence'],
    ['\\q', 'invalid escape \\ sequence'],
    ['\\1', 'invalid backreference number'],
    ['(a\\1)', 'invalid backreference number'],
    ['(?z)a', 'invalid embedded option'],
    ['((((x){255}){255}){255}){255}', 'regular expression is too complex'],
    ['('.repeat(2000) + ')'.repeat(2000), 'regular expression is too complex'],
  ])('refuses %s', (pattern, message) => {
    expect(() => matchesRegexp('x', pattern)).toThrow(`invalid regular expression: ${message}`)
  })

  it.each([
    '(a+)+$',
    '(a|aa)+$',
    '(a|aa)*$',
    '(x+x+)+y',
    '(.*)(.*)(.*)b$',
    '^(a?){100}a{100}$',
    '((?=.*b)a)+',
    'a*?a*?a*?c',
  ])('%s takes time linear in the text', (pattern) => {
    const text = 'a'.repeat(100_000)
    const before = process.cpuUsage()
    matchesOf(text, pattern)
    matchesOf(`${text}!`, pattern)
    const { user } = process.cpuUsage(before)
    expect(user / 1000).toBeLessThan(1500)
  })

  it('stops trying back references after a number of steps', () => {
    expect(() => matchesRegexp(`${'a'.repeat(1000)}b${'a'.repeat(999)}`, '^(a*)(a*)(a*)b\\1\\2\\3$')).toThrow(
      'too complex',
    )
  })

  it('finds what a slow reference finds', () => {
    fc.assert(
      fc.property(PATTERNS, TEXTS, (pattern, text) => {
        const syntax = parseRegex(pattern, flagOptions(''))
        const regex = new Regex(pattern, flagOptions(''))
        const bytes = Buffer.from(text)
        const subject = regex.subject(bytes, 0, bytes.length)
        const found = regex.find(subject, 0, true)
        const expected = referenceMatch(syntax, text, buildMatchTree(syntax.root).prefer === 'shorter')
        const place = (at: number): number => bytes.toString('utf8', 0, at).length
        expect(found === null ? null : [place(found[0]!), place(found[1]!)]).toEqual(expected)
        expect(regex.test(regex.subject(bytes, 0, bytes.length))).toBe(expected !== null)
      }),
      { numRuns: 2000 },
    )
  })

  it('replaces, with groups and the n-th match', () => {
    expect(replaceMatches('foobarbaz', 'b(..)', 'X\\1Y', 'g', { nth: 0 })).toBe('fooXarYXazY')
    expect(replaceMatches('A PostgreSQL function', 'a|e|i|o|u', 'X', 'i', { start: 1, nth: 3 })).toBe(
      'A PostgrXSQL function',
    )
    expect(replaceMatches('äöü', '', '-', 'g', { nth: 0 })).toBe('-ä-ö-ü-')
  })

  it.each([
    ['%(b|d)%', '^(?:.*(?:b|d).*)$'],
    ['a\\%_.$^', '^(?:a\\%.\\.\\$\\^)$'],
    ['[%_(]', '^(?:[%_(])$'],
  ])('SIMILAR TO %s', (pattern, expected) => {
    expect(similarToRegexp(pattern)).toBe(expected)
  })
})

const ATOMS = fc.constantFrom(
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '\\w',
  '\\m',
  '\\M',
  '\\y',
  '^',
  '$',
  'é',
  '(?=b)',
  '(?<!a)',
)
const TEXTS = fc.string({ unit: fc.constantFrom('a', 'b', 'é', ' '), maxLength: 7 })
const { pattern: PATTERNS } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4 },
    ATOMS,
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{0,2}', '{1,2}?'))
      .map(([a, quantifier]) => `(?:${a})${quantifier}`),
    tie('pattern').map((a) => `(${a})`),
  ),
}))
