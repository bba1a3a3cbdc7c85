/** Backslash escapes of advanced regular expressions (PostgreSQL's manual, 9.7.3.3). */
import { regexError } from './error.ts'
import type { ClassName } from './char-set.ts'
import type { Assertion } from './syntax.ts'

export type Escape =
  | { readonly kind: 'char'; readonly point: number }
  | { readonly kind: 'class'; readonly name: ClassName; readonly negated: boolean }
  | { readonly kind: 'assert'; readonly assertion: Assertion }
  | { readonly kind: 'back'; readonly group: number }

const CHARS: Record<string, number> = { a: 7, b: 8, B: 92, e: 27, f: 12, n: 10, r: 13, t: 9, v: 11 }

const CLASSES: Record<string, readonly [ClassName, boolean]> = {
  d: ['digit', false],
  D: ['digit', true],
  s: ['space', false],
  S: ['space', true],
  w: ['word', false],
  W: ['word', true],
}

const ASSERTIONS: Record<string, Assertion> = {
  A: { kind: 'textStart' },
  Z: { kind: 'textEnd' },
  m: { kind: 'wordStart' },
  M: { kind: 'wordEnd' },
  y: { kind: 'boundary' },
  Y: { kind: 'notBoundary' },
}

const POINT_MAX = 0x10_ffff

/** Digits of a base from a place on: at least `least`, at most `most`. */
function readDigits(
  pattern: readonly string[],
  at: number,
  digits: RegExp,
  least: number,
  most: number,
): { readonly text: string; readonly end: number } {
  let text = ''
  while (text.length < most && digits.test(pattern[at + text.length] ?? '')) text += pattern[at + text.length]
  if (text.length < least) throw invalidEscape()
  return { text, end: at + text.length }
}

function invalidEscape(): Error {
  return regexError('invalid escape \\ sequence')
}

function character(point: number, end: number): { readonly escape: Escape; readonly end: number } {
  if (point > POINT_MAX || (point >= 0xd800 && point <= 0xdfff)) throw invalidEscape()
  return { escape: { kind: 'char', point }, end }
}

/** The escape whose first character after the backslash is at `at`. `groupCount`: capturing groups opened so far. */
export function readEscape(
  pattern: readonly string[],
  at: number,
  groupCount: number,
): { readonly escape: Escape; readonly end: number } {
  const char = pattern[at]
  if (char === undefined) throw invalidEscape()
  if (!/^[A-Za-z0-9]$/.test(char)) return character(char.codePointAt(0)!, at + 1)
  if (Object.hasOwn(CHARS, char)) return character(CHARS[char]!, at + 1)
  if (Object.hasOwn(CLASSES, char)) {
    const [name, negated] = CLASSES[char]!
    return { escape: { kind: 'class', name, negated }, end: at + 1 }
  }
  if (Object.hasOwn(ASSERTIONS, char)) {
    return { escape: { kind: 'assert', assertion: ASSERTIONS[char]! }, end: at + 1 }
  }
  return readNumber(pattern, at, char, groupCount)
}

function readNumber(
  pattern: readonly string[],
  at: number,
  char: string,
  groupCount: number,
): { readonly escape: Escape; readonly end: number } {
  switch (char) {
    case 'c': {
      const next = pattern[at + 1]
      if (next === undefined) throw invalidEscape()
      return character(next.codePointAt(0)! & 31, at + 2)
    }
    case 'x':
    case 'u':
    case 'U': {
      const least = { x: 1, u: 4, U: 8 }[char]
      const { text, end } = readDigits(pattern, at + 1, /[0-9A-Fa-f]/, least, char === 'x' ? 255 : least)
      return character(Number.parseInt(text, 16), end)
    }
    default:
      if (!/[0-9]/.test(char)) throw invalidEscape()
  }
  if (char !== '0') {
    // Of several digits only those that name a group opened before are a back reference; else they are octal.
    const { text, end } = readDigits(pattern, at, /[0-9]/, 1, 255)
    const group = Number(text)
    if (text.length === 1 || group <= groupCount) return { escape: { kind: 'back', group }, end }
  }
  const { text, end } = readDigits(pattern, at, /[0-7]/, 1, 3)
  const point = Number.parseInt(text, 8)
  return point > 255 ? character(point >> 3, end - 1) : character(point, end)
}
