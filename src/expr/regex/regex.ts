/**
 * Regular expressions of PostgreSQL in linear time: what the rest of the engine calls.
 *
 * Searching: an automaton that may begin anywhere runs up to the first place at which some match ends. The leftmost match begins at or
 * before the place where that one began; starts are tried from the last place at which no match was under way. When that
 * would become more than linear, one pass backwards marks all places where matches begin. Then the match is extended to the longest
 * (or shortest) end, and divided among the groups if someone asks.
 */
import { Alphabet } from './char-set.ts'
import { Dissection, type NodeAutomata } from './dissect.ts'
import { LazyDfa } from './lazy-dfa.ts'
import { type MatchTree, buildMatchTree } from './match-tree.ts'
import { type RegexOptions, flagOptions } from './options.ts'
import { parseRegex } from './parse.ts'
import { compileProgram } from './program.ts'
import { firstEnd, lastEnd, markBackward } from './scan.ts'
import { Subject } from './subject.ts'
import type { RegexNode, RegexSyntax } from './syntax.ts'
import { nextPlace } from './utf8.ts'

/** Start and end of the match, then of each group; -1 where a group took no part. Indexes into the bytes searched. */
export type MatchPlaces = Int32Array

export class Regex implements NodeAutomata {
  readonly groupCount: number
  readonly #syntax: RegexSyntax
  readonly #tree: MatchTree
  readonly #alphabet: Alphabet
  readonly #automata = new Map<RegexNode, { forward?: LazyDfa; backward?: LazyDfa }>()
  readonly #lookaround: (LazyDfa | undefined)[] = []
  #search: LazyDfa | null = null
  #starts: LazyDfa | null = null

  /** 2201B. */
  constructor(pattern: string, options: RegexOptions) {
    this.#syntax = parseRegex(pattern, options)
    this.#tree = buildMatchTree(this.#syntax.root)
    this.#alphabet = new Alphabet(this.#syntax.sets)
    this.groupCount = this.#syntax.groupCount
    // Patterns with too many states are refused before any text is looked at.
    this.forward(this.#tree)
  }

  /** A text to search: UTF-8 from `start` to `end`. */
  subject(bytes: Uint8Array, start: number, end: number): Subject {
    return new Subject(bytes, start, end, this.#syntax.assertions, this)
  }

  /** Whether the text has a match. */
  test(subject: Subject): boolean {
    if (this.#syntax.hasBackReferences) return this.find(subject, subject.start, false) !== null
    return firstEnd(this.#searching(), subject, subject.start, subject.end) >= 0
  }

  /** The leftmost match that begins at `from` or later. Without `groups` only its start and end. */
  find(subject: Subject, from: number, groups: boolean): MatchPlaces | null {
    if (this.#syntax.hasBackReferences) return this.#findChecked(subject, from)
    const start = this.#leftmostStart(subject, from)
    if (start < 0) return null
    const dfa = this.forward(this.#tree)
    const shortest = this.#tree.prefer === 'shorter'
    const end = shortest ? firstEnd(dfa, subject, start, subject.end) : lastEnd(dfa, subject, start, subject.end)
    if (!groups || this.groupCount === 0) return Int32Array.of(start, end)
    return this.#dissection(subject).divide(this.#tree, start, end)!
  }

  forward({ node }: MatchTree): LazyDfa {
    const known = this.#automataOf(node)
    return (known.forward ??= new LazyDfa(compileProgram(node, false), this.#alphabet, false))
  }

  backward({ node }: MatchTree): LazyDfa {
    const known = this.#automataOf(node)
    return (known.backward ??= new LazyDfa(compileProgram(node, true), this.#alphabet, false))
  }

  dfaOf(assertion: number): LazyDfa {
    const known = this.#lookaround[assertion]
    if (known !== undefined) return known
    const entry = this.#syntax.assertions[assertion]!
    const { kind, body } = entry as Extract<typeof entry, { body: RegexNode }>
    const dfa = new LazyDfa(compileProgram(body, kind === 'ahead'), this.#alphabet, true)
    this.#lookaround[assertion] = dfa
    return dfa
  }

  #automataOf(node: RegexNode): { forward?: LazyDfa; backward?: LazyDfa } {
    let known = this.#automata.get(node)
    if (known === undefined) this.#automata.set(node, (known = {}))
    return known
  }

  #searching(): LazyDfa {
    return (this.#search ??= new LazyDfa(compileProgram(this.#syntax.root, false), this.#alphabet, true))
  }

  #dissection(subject: Subject): Dissection {
    return new Dissection(this, subject, this.#syntax.fold, this.groupCount)
  }

  /** The first place from `from` on at which some match begins; -1. */
  #leftmostStart(subject: Subject, from: number): number {
    if (this.#startMarks?.subject === subject) return this.#nextStart(subject, from)
    const earliest = firstEnd(this.#searching(), subject, from, subject.end)
    if (earliest < 0) return -1
    const dfa = this.forward(this.#tree)
    // Bytes looked at before the pass over the whole text is the cheaper way.
    let work = 4 * (subject.end - from) + 64
    for (let at = from; at <= earliest && work > 0; at = nextPlace(subject.bytes, at, subject.end)) {
      const end = firstEnd(dfa, subject, at, subject.end)
      if (end >= 0) return at
      work += end
    }
    return this.#nextStart(subject, from)
  }

  #nextStart(subject: Subject, from: number): number {
    const found = this.#allStarts(subject).indexOf(1, from - subject.start)
    return found < 0 ? -1 : found + subject.start
  }

  /** 1 for each place of the text at which a match begins. */
  #allStarts(subject: Subject): Uint8Array {
    const known = this.#startMarks
    if (known !== null && known.subject === subject) return known.marks
    this.#starts ??= new LazyDfa(compileProgram(this.#syntax.root, true), this.#alphabet, true)
    const marks = new Uint8Array(subject.end - subject.start + 1)
    markBackward(this.#starts, subject, subject.end, subject.start, marks)
    this.#startMarks = { subject, marks }
    return marks
  }

  #startMarks: { readonly subject: Subject; readonly marks: Uint8Array } | null = null

  /** With back references: each start and end that the automata take is tried. */
  #findChecked(subject: Subject, from: number): MatchPlaces | null {
    const dissection = this.#dissection(subject)
    for (let start = this.#nextStart(subject, from); start >= 0; start = this.#nextStart(subject, start + 1)) {
      const places = dissection.divideAny(this.#tree, start, subject.end)
      if (places !== null || start >= subject.end) return places
    }
    return null
  }
}

const cache = new Map<string, Regex>()
/** Compiled patterns kept; rarely more than one or two a query. */
const CACHE_MAX = 64

/** `flags` as the regexp functions take them. 2201B, 22023. */
export function compileRegex(pattern: string, flags: string): Regex {
  const key = `${flags}/${pattern}`
  let regex = cache.get(key)
  if (regex === undefined) {
    if (cache.size >= CACHE_MAX) cache.clear()
    cache.set(key, (regex = new Regex(pattern, flagOptions(flags))))
  }
  return regex
}
