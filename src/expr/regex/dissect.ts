/**
 * Which part of a match each group caught (match-tree.ts): given that a node matches the text between two places, its children's
 * places are found, the preferred ones first.
 *
 * Of a concatenation one pass backwards marks where its second part can begin, one forwards finds the longest or shortest first
 * part that ends at a mark: the work of a level is linear in the text. Without back references the first division found is right.
 * With them it is checked and others are tried: that is bounded by a number of steps, as no linear way is known.
 */
import { tooComplex } from './error.ts'
import { caseVariants } from './char-set.ts'
import type { LazyDfa } from './lazy-dfa.ts'
import type { MatchTree } from './match-tree.ts'
import { chooseEnd, lastEnd, markBackward, markForward } from './scan.ts'
import type { Subject } from './subject.ts'

/** The automata of tree nodes, made when first asked for. */
export interface NodeAutomata {
  forward(node: MatchTree): LazyDfa
  backward(node: MatchTree): LazyDfa
}

/** Bytes looked at while back references are tried, for one match: a fraction of a second. */
const WORK_MAX = 30_000_000

export class Dissection {
  readonly #automata: NodeAutomata
  readonly #subject: Subject
  readonly #fold: boolean
  /** Start and end of group n at 2n and 2n + 1; -1 where it took no part. */
  readonly #places: Int32Array
  #work = 0

  constructor(automata: NodeAutomata, subject: Subject, fold: boolean, groupCount: number) {
    this.#automata = automata
    this.#subject = subject
    this.#fold = fold
    this.#places = new Int32Array(groupCount * 2 + 2).fill(-1)
  }

  /** The places of the match (group 0) and its groups; null when back references do not fit. */
  divide(tree: MatchTree, from: number, to: number): Int32Array | null {
    this.#places.fill(-1)
    if (!this.#match(tree, from, to)) return null
    this.#places[0] = from
    this.#places[1] = to
    return this.#places.slice()
  }

  /** The same for the first end in [from, most], in the order preferred, for which there is a division. */
  divideAny(tree: MatchTree, from: number, most: number): Int32Array | null {
    this.#spend(most - from)
    for (const end of this.#ends(tree, from, most)) {
      const places = this.divide(tree, from, end)
      if (places !== null) return places
    }
    return null
  }

  #spend(work: number): void {
    this.#work += work + 1
    if (this.#work > WORK_MAX) throw tooComplex()
  }

  #match(tree: MatchTree, from: number, to: number): boolean {
    if (!tree.captures && !tree.checked) return true
    switch (tree.op) {
      case 'plain':
        return true
      case 'back':
        return this.#repeats(tree, from, to)
      case 'capture': {
        if (!this.#match(tree.children[0]!, from, to)) return false
        this.#places[tree.group * 2] = from
        this.#places[tree.group * 2 + 1] = to
        return true
      }
      case 'alternate':
        return tree.children.some((child) => {
          if (tree.checked) this.#spend(to - from)
          if (lastEnd(this.#automata.forward(child), this.#subject, from, to) !== to) return false
          return this.#match(child, from, to)
        })
      case 'concat':
        return this.#concat(tree, from, to)
      case 'iterate':
        return this.#iterate(tree, from, to)
    }
  }

  #concat(tree: MatchTree, from: number, to: number): boolean {
    const [first, rest] = tree.children as [MatchTree, MatchTree]
    const starts = new Uint8Array(to - from + 1)
    markBackward(this.#automata.backward(rest), this.#subject, to, from, starts)
    if (tree.checked) return this.#tryMiddles(tree, first, rest, from, to, starts)
    const way = { first: first.prefer === 'shorter', empty: true }
    const middle = chooseEnd(this.#automata.forward(first), this.#subject, from, to, starts, from, way)
    return middle >= 0 && this.#match(first, from, middle) && this.#match(rest, middle, to)
  }

  /** `starts`: where the rest can begin, counted from `from`. */
  #tryMiddles(
    tree: MatchTree,
    first: MatchTree,
    rest: MatchTree,
    from: number,
    to: number,
    starts: Uint8Array,
  ): boolean {
    for (const middle of this.#ends(first, from, to)) {
      if (starts[middle - from] === 0) continue
      this.#spend(to - from)
      if (this.#match(first, from, middle) && this.#match(rest, middle, to)) return true
      this.#forget(tree)
    }
    return false
  }

  #forget(tree: MatchTree): void {
    if (tree.op === 'capture') this.#places[tree.group * 2] = this.#places[tree.group * 2 + 1] = -1
    for (const child of tree.children) if (child.captures) this.#forget(child)
  }

  /**
   * Rounds of the child that fill the text; groups are those of the last round. No round at all is what a child tries first that
   * prefers the shortest, and last else.
   */
  #iterate(tree: MatchTree, from: number, to: number): boolean {
    const mayBeNone = tree.min === 0 && from === to
    if (mayBeNone && tree.children[0]!.prefer === 'shorter') return true
    if (tree.checked || tree.max !== Infinity) return this.#tryRounds(tree, from, to) || mayBeNone
    return this.#lastRound(tree, from, to) || mayBeNone
  }

  /** One round after the other, each to a place from which rounds lead to the end: only the last is divided. */
  #lastRound(tree: MatchTree, from: number, to: number): boolean {
    const child = tree.children[0]!
    const dfa = this.#automata.forward(child)
    const reach = new Uint8Array(to - from + 1)
    markBackward(this.#automata.backward(tree), this.#subject, to, from, reach)
    const way = { first: child.prefer === 'shorter', empty: from === to }
    for (let start = from; ;) {
      const end = chooseEnd(dfa, this.#subject, start, to, reach, from, way)
      if (end < 0) return false
      if (end === to) return this.#match(child, start, end)
      start = end
    }
  }

  #tryRounds(tree: MatchTree, from: number, to: number): boolean {
    const endsOf = (start: number): readonly number[] => {
      if (tree.checked) this.#spend(to - start)
      return this.#ends(tree.children[0]!, start, to)
    }
    const rounds = new Rounds(tree, to, endsOf, (start, end) => this.#round(tree, start, end, to))
    if (rounds.fill(from)) return true
    this.#forget(tree)
    return false
  }

  /** Where a match of the node that begins at `start` can end, in the order preferred. */
  #ends(tree: MatchTree, start: number, to: number): readonly number[] {
    const marks = new Uint8Array(to - start + 1)
    markForward(this.#automata.forward(tree), this.#subject, start, to, marks)
    const ends: number[] = []
    for (let i = 0; i < marks.length; i++) if (marks[i] === 1) ends.push(start + i)
    return tree.prefer === 'shorter' ? ends : ends.reverse()
  }

  #round(tree: MatchTree, start: number, end: number, to: number): boolean {
    const child = tree.children[0]!
    if (!child.checked && end !== to) return true
    this.#forget(child)
    return this.#match(child, start, end)
  }

  /** Whether the text between the places is the group's, as often as the node allows. */
  #repeats({ group, min, max }: MatchTree, from: number, to: number): boolean {
    const start = this.#places[group * 2]!
    const length = this.#places[group * 2 + 1]! - start
    if (start < 0) return false
    this.#spend(to - from)
    if (length === 0) return from === to && min <= max
    const count = (to - from) / length
    // Folded texts may differ in length, but the automaton counts characters of the same classes: rounds are of equal length or none.
    if (!Number.isInteger(count) || count < min || count > max) return false
    for (let at = from; at < to; at += length) if (!this.#sameText(start, at, length)) return false
    return true
  }

  #sameText(a: number, b: number, length: number): boolean {
    const { bytes } = this.#subject
    const one = Buffer.from(bytes.buffer, bytes.byteOffset + a, length)
    const other = Buffer.from(bytes.buffer, bytes.byteOffset + b, length)
    if (one.equals(other)) return true
    return this.#fold && sameFolded([...one.toString()], [...other.toString()])
  }
}

function sameFolded(one: readonly string[], other: readonly string[]): boolean {
  return (
    one.length === other.length && one.every((char, i) => char === other[i] || caseVariants(char).includes(other[i]!))
  )
}

/** One round after the other, back to another end of the last one when no round fits behind it. */
class Rounds {
  readonly #tree: MatchTree
  readonly #to: number
  readonly #endsOf: (start: number) => readonly number[]
  readonly #fits: (start: number, end: number) => boolean
  /** Rounds done and place, of which it is known that no rounds lead to the end. */
  readonly #failed = new Set<number>()

  constructor(
    tree: MatchTree,
    to: number,
    endsOf: (start: number) => readonly number[],
    fits: (start: number, end: number) => boolean,
  ) {
    this.#tree = tree
    this.#to = to
    this.#endsOf = endsOf
    this.#fits = fits
  }

  fill(from: number): boolean {
    const path = [{ at: from, ends: this.#endsOf(from), next: 0 }]
    while (path.length > 0) {
      const step = path.at(-1)!
      const end = step.ends[step.next++]
      const done = path.length
      if (end === undefined) {
        this.#failed.add(this.#key(done - 1, step.at))
        path.pop()
        continue
      }
      if (!this.#mayEnd(step.at, end, done) || !this.#fits(step.at, end)) continue
      if (end === this.#to) {
        // As in PostgreSQL, no empty rounds are added at the end to reach the least number.
        if (done >= this.#tree.min) return true
      } else if (done < this.#tree.max && !this.#failed.has(this.#key(done, end))) {
        path.push({ at: end, ends: this.#endsOf(end), next: 0 })
      }
    }
    return false
  }

  /** An empty round is of use only to reach the least number of rounds, or as the only one. */
  #mayEnd(at: number, end: number, done: number): boolean {
    return end > at || end === this.#to || (done < this.#tree.min && this.#tree.min - done >= this.#to - end)
  }

  /** Beyond the least number of rounds, without a bound, it does not matter how many they were. */
  #key(done: number, at: number): number {
    const { min, max } = this.#tree
    const rounds = max === Infinity ? Math.min(done, Math.max(min, 1)) : done
    return at * 512 + rounds
  }
}
