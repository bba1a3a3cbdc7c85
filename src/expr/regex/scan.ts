/** Automata over texts: the loops. */
import { DEAD, type LazyDfa, type StepTable } from './lazy-dfa.ts'
import type { Subject } from './subject.ts'
import { nextPlace, pointAt, previousPlace } from './utf8.ts'

/** What a pass looks for: the first or the last place where the automaton accepts, or all of them. */
type Wanted = 'first' | 'last' | 'all'

/**
 * The first place in [from, to] up to which a match reaches that began at `from` (anywhere from there, of a searching automaton);
 * -1 less the bytes that were read when there is none.
 */
export function firstEnd(dfa: LazyDfa, subject: Subject, from: number, to: number): number {
  return forward(dfa, subject, from, to, 'first', null)
}

/** The last such place; -1. */
export function lastEnd(dfa: LazyDfa, subject: Subject, from: number, to: number): number {
  return forward(dfa, subject, from, to, 'last', null)
}

/** Sets `marks` (counted from `from`) to 1 at all such places. */
export function markForward(dfa: LazyDfa, subject: Subject, from: number, to: number, marks: Uint8Array): void {
  forward(dfa, subject, from, to, 'all', marks)
}

/** Sets `marks` (counted from `to`) to 1 at the places in [to, from] where matches begin that end at `from`. */
export function markBackward(dfa: LazyDfa, subject: Subject, from: number, to: number, marks: Uint8Array): void {
  const { bytes } = subject
  let state = dfa.start()
  for (let at = from; ;) {
    const table = tableAt(dfa, subject, at)
    if (dfa.accepts(state, table)) marks[at - to] = 1
    if (at <= to) return
    at = previousPlace(bytes, at, to)
    state = stepFrom(dfa, table, state, classAt(dfa, bytes, at))
    if (state === DEAD) return
  }
}

/**
 * The last (or first) place in (from, to] up to which a match reaches from `from`, of those that `allowed` (counted from `base`) marks;
 * `from` itself when `empty`. -1.
 */
export function chooseEnd(
  dfa: LazyDfa,
  subject: Subject,
  from: number,
  to: number,
  allowed: Uint8Array,
  base: number,
  { first, empty }: { readonly first: boolean; readonly empty: boolean },
): number {
  const { bytes } = subject
  let last = -1
  let state = dfa.start()
  for (let at = from; ;) {
    const table = tableAt(dfa, subject, at)
    if ((at > from || empty) && allowed[at - base] === 1 && dfa.accepts(state, table)) {
      last = at
      if (first) return at
    }
    if (at >= to) return last
    state = stepFrom(dfa, table, state, classAt(dfa, bytes, at))
    if (state === DEAD) return last
    at = nextPlace(bytes, at, to)
  }
}

function tableAt(dfa: LazyDfa, subject: Subject, at: number): StepTable {
  const { assertions } = dfa.program
  if (assertions === 0) return dfa.plain
  const mask = subject.maskAt(at, assertions)
  return mask === 0 ? dfa.plain : dfa.tableFor(mask)
}

function classAt({ alphabet }: LazyDfa, bytes: Uint8Array, at: number): number {
  const byte = bytes[at]!
  return byte < 128 ? alphabet.ascii[byte]! : alphabet.classOf(pointAt(bytes, at))
}

function stepFrom(dfa: LazyDfa, table: StepTable, state: number, charClass: number): number {
  const next = charClass >> dfa.shift === 0 ? table.next[(state << dfa.shift) | charClass]! : -1
  return next >= 0 ? next : dfa.step(state, charClass, table.mask)
}

function forward(
  dfa: LazyDfa,
  subject: Subject,
  from: number,
  to: number,
  wanted: Wanted,
  marks: Uint8Array | null,
): number {
  const { bytes } = subject
  const { ascii } = dfa.alphabet
  const first = wanted === 'first'
  const plainEnd = plainUpTo(dfa, subject, to)
  let last = -1
  let state = dfa.start()
  for (let at = from; ;) {
    const table = tableAt(dfa, subject, at)
    if (dfa.accepts(state, table)) {
      last = at
      if (first) return at
      if (marks !== null) marks[at - from] = 1
    }
    if (at >= to) break
    state = stepFrom(dfa, table, state, classAt(dfa, bytes, at))
    at = nextPlace(bytes, at, to)
    // Steps that are known, at places where no assertion can hold.
    const { next, accept } = dfa.plain
    const { shift } = dfa
    while (at < plainEnd && accept[state] === 0) {
      const byte = bytes[at]!
      const known = byte < 128 ? next[(state << shift) | ascii[byte]!]! : -1
      if (known <= DEAD) break
      state = known
      at++
    }
    if (state === DEAD) return first ? from - at - 1 : last
  }
  return first ? from - to - 1 : last
}

/** Up to where no assertion of the automaton can hold but at the start of the text. */
function plainUpTo(dfa: LazyDfa, subject: Subject, to: number): number {
  if (dfa.program.assertions === 0) return to
  return subject.onlyAtEnds(dfa.program.assertions) ? Math.min(to, subject.end) : 0
}
