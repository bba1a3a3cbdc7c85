/**
 * A text that a regular expression is looked for in, and which assertions hold at its places.
 *
 * Places are indexes of bytes in which a character begins, and the end. Lookaround is answered for all places at once, by
 * one pass over the text the first time that it is asked: so it is linear too.
 */
import { NEWLINE, setHas } from './char-set.ts'
import type { LazyDfa } from './lazy-dfa.ts'
import { markBackward, markForward } from './scan.ts'
import type { Assertion } from './syntax.ts'
import { pointAt, previousPlace } from './utf8.ts'

/** The automaton of a lookaround: of `ahead` one that reads backwards; both search. */
export interface Lookaround {
  dfaOf(assertion: number): LazyDfa
}

export class Subject {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly #assertions: readonly Assertion[]
  readonly #lookaround: Lookaround
  #endMask = 0
  /** By assertion: 1 at the places, counted from `start`, where the lookaround's body matches. */
  readonly #marks: (Uint8Array | undefined)[] = []

  constructor(bytes: Uint8Array, start: number, end: number, assertions: readonly Assertion[], lookaround: Lookaround) {
    this.bytes = bytes
    this.start = start
    this.end = end
    this.#assertions = assertions
    this.#lookaround = lookaround
    for (let i = 0; i < assertions.length; i++) {
      const { kind } = assertions[i]!
      if (kind === 'textStart' || kind === 'textEnd') this.#endMask |= 1 << i
    }
  }

  /** Whether the assertions in `asked` can hold nowhere but at the start and end of the text. */
  onlyAtEnds(asked: number): boolean {
    return (asked & ~this.#endMask) === 0
  }

  /** Of the assertions in `asked` those that hold at `at`. */
  maskAt(at: number, asked: number): number {
    let mask = 0
    if (at > this.start && at < this.end) asked &= ~this.#endMask
    for (let left = asked; left !== 0; left &= left - 1) {
      const number = 31 - Math.clz32(left & -left)
      if (this.#holds(number, at)) mask |= 1 << number
    }
    return mask
  }

  #holds(number: number, at: number): boolean {
    const assertion = this.#assertions[number]!
    switch (assertion.kind) {
      case 'textStart':
        return at === this.start
      case 'textEnd':
        return at === this.end
      case 'lineStart':
        return at === this.start || this.bytes[at - 1] === NEWLINE
      case 'lineEnd':
        return at === this.end || this.bytes[at] === NEWLINE
      case 'wordStart':
        return !this.#wordBefore(at) && this.#wordAfter(at)
      case 'wordEnd':
        return this.#wordBefore(at) && !this.#wordAfter(at)
      case 'boundary':
        return this.#wordBefore(at) !== this.#wordAfter(at)
      case 'notBoundary':
        return this.#wordBefore(at) === this.#wordAfter(at)
      default:
        return (this.#lookaroundMarks(number, assertion.kind)[at - this.start] === 1) !== assertion.negated
    }
  }

  #wordBefore(at: number): boolean {
    if (at <= this.start) return false
    const byte = this.bytes[at - 1]!
    return byte < 128 ? ASCII_WORD[byte] === 1 : isWord(pointAt(this.bytes, previousPlace(this.bytes, at, this.start)))
  }

  #wordAfter(at: number): boolean {
    return at < this.end && isWord(pointAt(this.bytes, at))
  }

  #lookaroundMarks(number: number, kind: 'ahead' | 'behind'): Uint8Array {
    let marks = this.#marks[number]
    if (marks === undefined) {
      marks = new Uint8Array(this.end - this.start + 1)
      const dfa = this.#lookaround.dfaOf(number)
      if (kind === 'ahead') markBackward(dfa, this, this.end, this.start, marks)
      else markForward(dfa, this, this.start, this.end, marks)
      this.#marks[number] = marks
    }
    return marks
  }
}

const WORD = {
  parts: [{ name: 'word', negated: false }],
  negated: false,
  fold: false,
  withoutNewline: false,
} as const

const ASCII_WORD = Uint8Array.from({ length: 128 }, (_, point) => (setHas(WORD, point) ? 1 : 0))

function isWord(point: number): boolean {
  return point < 128 ? ASCII_WORD[point] === 1 : setHas(WORD, point)
}
