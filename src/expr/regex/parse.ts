/**
 * PostgreSQL's advanced regular expressions, read by descent (its manual, 9.7.3; POSIX 1003.2 for what both share).
 *
 *   pattern  := branch ('|' branch)*          branch := (constraint | atom quantifier?)*
 *   atom     := char | . | [set] | \escape | (pattern) | (?:pattern)
 *   quantifier := (* | + | ? | {m} | {m,} | {m,n}) then perhaps ? for as little as can be
 */
import type { CharSet, CharSetPart } from './char-set.ts'
import { regexError, tooComplex } from './error.ts'
import { type RegexOptions, readDirectors } from './options.ts'
import { readBracket } from './parse-bracket.ts'
import { readEscape } from './parse-escape.ts'
import type { Assertion, GroupNode, Preference, RegexNode, RegexSyntax } from './syntax.ts'

/** Characters of a pattern, at most. */
const PATTERN_MAX = 10_000
/** Brackets within brackets: far below what the stack of JavaScript holds. */
const DEPTH_MAX = 500
/** Groups and back references: each is a level of the match tree. */
const GROUPS_MAX = 1000
/** Assertions that differ from each other: one bit each. */
const ASSERTIONS_MAX = 31
/** Of `{m,n}`, as PostgreSQL has it. */
const BOUND_MAX = 255

/** 2201B. */
export function parseRegex(pattern: string, flags: RegexOptions): RegexSyntax {
  if (pattern.length > PATTERN_MAX) throw regexError('pattern is too long')
  return new Parser([...pattern], flags).parse()
}

class Parser {
  readonly #chars: readonly string[]
  readonly #options: RegexOptions
  readonly #sets: CharSet[] = []
  readonly #setNumbers = new Map<string, number>()
  readonly #assertions: Assertion[] = []
  readonly #assertionNumbers = new Map<string, number>()
  /** By number; null while the group is open. */
  readonly #groups: (GroupNode | null)[] = []
  #at: number
  #depth = 0
  #lookaround = 0
  #backReferences = 0

  constructor(chars: readonly string[], flags: RegexOptions) {
    this.#chars = chars
    const { options, at } = readDirectors(chars, flags)
    this.#options = options
    this.#at = at
  }

  parse(): RegexSyntax {
    const root = this.#options.quoted ? this.#quoted() : this.#alternatives()
    // Whatever ended the alternatives but the end of the text is a bracket that nothing opened.
    if (this.#at < this.#chars.length) throw regexError('parentheses () not balanced')
    return {
      root,
      groupCount: this.#groups.length,
      sets: this.#sets,
      assertions: this.#assertions,
      fold: this.#options.fold,
      hasBackReferences: this.#backReferences > 0,
    }
  }

  #quoted(): RegexNode {
    const parts = this.#chars.slice(this.#at).map((char) => this.#char(char.codePointAt(0)!))
    this.#at = this.#chars.length
    return { kind: 'concat', parts }
  }

  #alternatives(): RegexNode {
    if (++this.#depth > DEPTH_MAX) throw tooComplex()
    const branches = [this.#branch()]
    while (this.#peek() === '|') {
      this.#at++
      branches.push(this.#branch())
    }
    this.#depth--
    return branches.length === 1 ? branches[0]! : { kind: 'alternate', branches }
  }

  /** The next character that means something; undefined at the end. */
  #peek(): string | undefined {
    if (this.#options.advanced) this.#skipComments()
    return this.#chars[this.#at]
  }

  #skipComments(): void {
    for (;;) {
      const char = this.#chars[this.#at]
      if (this.#options.expanded && char !== undefined && /^\s$/.test(char)) {
        this.#at++
      } else if (this.#options.expanded && char === '#') {
        while (this.#at < this.#chars.length && this.#chars[this.#at] !== '\n') this.#at++
      } else if (char === '(' && this.#chars[this.#at + 1] === '?' && this.#chars[this.#at + 2] === '#') {
        while (this.#at < this.#chars.length && this.#chars[this.#at] !== ')') this.#at++
        this.#at++
      } else {
        return
      }
    }
  }

  #branch(): RegexNode {
    const parts: RegexNode[] = []
    for (;;) {
      const char = this.#peek()
      if (char === undefined || char === '|') break
      // Outside of brackets, extended expressions of POSIX take it for itself.
      if (char === ')' && (this.#options.advanced || this.#depth > 1)) break
      this.#at++
      const constraint = this.#constraint(char)
      parts.push(constraint ?? this.#quantified(this.#atom(char)))
    }
    if (parts.length === 0) return { kind: 'empty' }
    return parts.length === 1 ? parts[0]! : { kind: 'concat', parts }
  }

  /** A place that must be of a kind, with `char` just read; null when it begins an atom. */
  #constraint(char: string): RegexNode | null {
    const { lineAnchors, advanced } = this.#options
    if (char === '^') return this.#assert({ kind: lineAnchors ? 'lineStart' : 'textStart' })
    if (char === '$') return this.#assert({ kind: lineAnchors ? 'lineEnd' : 'textEnd' })
    if (char === '[') return this.#wordBracket()
    if (!advanced) return null
    if (char === '(') return this.#lookaroundAt()
    if (char !== '\\') return null
    const { escape, end } = readEscape(this.#chars, this.#at, this.#groups.length)
    if (escape.kind !== 'assert') return null
    this.#at = end
    return this.#assert(escape.assertion)
  }

  /** `[[:<:]]` and `[[:>:]]`. */
  #wordBracket(): RegexNode | null {
    const rest = this.#chars.slice(this.#at, this.#at + 6).join('')
    if (rest !== '[:<:]]' && rest !== '[:>:]]') return null
    this.#at += 6
    return this.#assert({ kind: rest === '[:<:]]' ? 'wordStart' : 'wordEnd' })
  }

  #lookaroundAt(): RegexNode | null {
    const sign = /^\?<?[=!]/.exec(this.#chars.slice(this.#at, this.#at + 3).join(''))?.[0]
    if (sign === undefined) return null
    this.#at += sign.length
    this.#lookaround++
    const body = this.#alternatives()
    this.#lookaround--
    this.#close()
    return this.#assert({ kind: sign.includes('<') ? 'behind' : 'ahead', negated: sign.endsWith('!'), body })
  }

  #close(): void {
    if (this.#peek() !== ')') throw regexError('parentheses () not balanced')
    this.#at++
  }

  #atom(char: string): RegexNode {
    switch (char) {
      case '*':
      case '+':
      case '?':
        throw regexError('quantifier operand invalid')
      case '{':
        if (/^[0-9]$/.test(this.#chars[this.#at] ?? '')) throw regexError('quantifier operand invalid')
        return this.#char(123)
      case '(':
        return this.#group()
      case '.':
        return this.#set([{ low: 0, high: 0x10_ffff }], this.#options.dotStopsAtNewline)
      case '[': {
        const { set, end } = readBracket(this.#chars, this.#at, this.#options)
        this.#at = end
        return { kind: 'set', set: this.#setNumber(set) }
      }
      case '\\':
        return this.#escape()
      default:
        return this.#char(char.codePointAt(0)!)
    }
  }

  #group(): RegexNode {
    const plain = this.#options.advanced && this.#chars[this.#at] === '?'
    if (plain) {
      if (this.#chars[this.#at + 1] !== ':') throw regexError('quantifier operand invalid')
      this.#at += 2
    }
    // Groups within lookaround catch nothing.
    const index = plain || this.#lookaround > 0 ? 0 : this.#groups.push(null)
    if (index > GROUPS_MAX) throw tooComplex()
    const body = this.#alternatives()
    this.#close()
    // A quantifier of a back reference is part of it, but not of one in brackets.
    if (index === 0) return body.kind === 'back' ? { kind: 'concat', parts: [body] } : body
    return (this.#groups[index - 1] = { kind: 'group', index, body })
  }

  #escape(): RegexNode {
    if (!this.#options.advanced) {
      const char = this.#chars[this.#at++]
      if (char === undefined) throw regexError('invalid escape \\ sequence')
      return this.#char(char.codePointAt(0)!)
    }
    const { escape, end } = readEscape(this.#chars, this.#at, this.#groups.length)
    this.#at = end
    switch (escape.kind) {
      case 'char':
        return this.#char(escape.point)
      case 'class':
        return this.#set([{ name: escape.name, negated: escape.negated }])
      default: {
        const group = escape.kind === 'back' ? this.#groups[escape.group - 1] : undefined
        if (group == null || this.#lookaround > 0) throw regexError('invalid backreference number')
        if (++this.#backReferences > GROUPS_MAX) throw tooComplex()
        return { kind: 'back', group }
      }
    }
  }

  #quantified(body: RegexNode): RegexNode {
    const bounds = this.#bounds()
    if (bounds === null) return body
    const lazy = this.#options.advanced && this.#chars[this.#at] === '?'
    if (lazy) this.#at++
    const next = this.#peek()
    if (next === '*' || next === '+' || next === '?') throw regexError('quantifier operand invalid')
    const { min, max, exact } = bounds
    if (max === 0) return { kind: 'empty' }
    const prefer: Preference = exact ? 'none' : lazy ? 'shorter' : 'longer'
    return { kind: 'repeat', body, min, max, prefer }
  }

  #bounds(): { readonly min: number; readonly max: number; readonly exact: boolean } | null {
    const char = this.#peek()
    if (char === '{') return this.#braces()
    if (char !== '*' && char !== '+' && char !== '?') return null
    this.#at++
    return { min: char === '+' ? 1 : 0, max: char === '?' ? 1 : Infinity, exact: false }
  }

  #braces(): { readonly min: number; readonly max: number; readonly exact: boolean } | null {
    if (!/^[0-9]$/.test(this.#chars[this.#at + 1] ?? '')) return null
    this.#at++
    const min = this.#count()!
    let max: number | null = min
    const exact = this.#chars[this.#at] !== ','
    if (!exact) {
      this.#at++
      max = this.#count()
    }
    if (this.#at >= this.#chars.length) throw regexError('braces {} not balanced')
    if (this.#chars[this.#at] !== '}' || (max !== null && max < min)) throw regexError('invalid repetition count(s)')
    this.#at++
    return { min, max: max ?? Infinity, exact }
  }

  #count(): number | null {
    let count: number | null = null
    for (; /^[0-9]$/.test(this.#chars[this.#at] ?? ''); this.#at++) {
      count = (count ?? 0) * 10 + Number(this.#chars[this.#at])
      if (count > BOUND_MAX) throw regexError('invalid repetition count(s)')
    }
    return count
  }

  #char(point: number): RegexNode {
    return this.#set([{ low: point, high: point }])
  }

  #set(parts: readonly CharSetPart[], withoutNewline: boolean = false): RegexNode {
    const set: CharSet = { parts, negated: false, fold: this.#options.fold, withoutNewline }
    return { kind: 'set', set: this.#setNumber(set) }
  }

  #setNumber(set: CharSet): number {
    return numberOf(this.#sets, this.#setNumbers, set)
  }

  #assert(assertion: Assertion): RegexNode {
    const number = numberOf(this.#assertions, this.#assertionNumbers, assertion)
    if (number >= ASSERTIONS_MAX) throw tooComplex()
    return { kind: 'assert', assertion: number }
  }
}

function numberOf<Item>(items: Item[], numbers: Map<string, number>, item: Item): number {
  const key = JSON.stringify(item)
  let found = numbers.get(key)
  if (found === undefined) {
    found = items.push(item) - 1
    numbers.set(key, found)
  }
  return found
}
